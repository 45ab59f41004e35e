#include "app/journal_file.hpp"

#include "app/child.hpp"

#include <cstdio>
#include <cstdlib>

namespace bf::app {

Result<std::unique_ptr<JournalFile>> JournalFile::open(net::Loop& loop, const std::string& folder, const journal::Journal::OnEntry& on_entry) {
    BF_TRY_VOID(prepare_folder(folder));
    std::unique_ptr<JournalFile> file{new JournalFile{loop, folder}};
    BF_TRY(file->journal_, journal::Journal::open(file->folder_, loop, on_entry));
    const std::weak_ptr<bool> alive{file->alive_};
    file->committer_ = std::make_unique<journal::Committer>(*file->journal_, [self = file.get(), alive](std::uint64_t durable, const Status& status) {
        if (!status) {
            // What the disk holds after a failed sync is unknown: only a new start, which reads it back, tells.
            std::fprintf(stderr, "The journal can't be written: %s The engine ends and starts again.\n", status.error().detail.c_str());
            std::abort();
        }
        self->loop_.post([self, alive, durable] {
            if (!alive.expired() && self->callback_) self->callback_(durable);
        });
    });
    return file;
}

JournalFile::~JournalFile() {
    alive_.reset();
    committer_.reset();
    // There is none where it could not be opened.
    if (journal_) static_cast<void>(journal_->close());
}

}  // namespace bf::app
