#include "backtest/candle_zip.hpp"

#include "backtest/candle_words.hpp"
#include "backtest/pieces.hpp"

#include <algorithm>
#include <vector>
#include <zip.h>

namespace bf::backtest {
namespace {

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct Close {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};

/// Printable, short: an archive may call its files anything.
std::string tame(const char* name) {
    std::string text;
    for (; name != nullptr && *name != '\0' && text.size() < 80; ++name) text += *name >= ' ' && *name < 127 ? *name : '?';
    return text;
}

}  // namespace

struct Unzip::State {
    const std::string& name;
    std::unique_ptr<zip_t, Discard> archive{};
    std::unique_ptr<zip_file_t, Close> file{};  // Goes before the archive.
    std::string inside{};
    std::uint64_t said{0}, came{0};
    std::vector<char> piece{};
};

bool looks_like_zip(std::string_view bytes) { return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06"); }

Unzip::Unzip(std::unique_ptr<State> state) : state_{std::move(state)} {}
Unzip::Unzip(Unzip&&) noexcept = default;
Unzip::~Unzip() = default;

const std::string& Unzip::inside() const { return state_->inside; }

Unexpected<Error> Unzip::refuse(const std::string& what) const { return bad_input(state_->name + " " + what + "."); }

Result<Unzip> Unzip::open(std::string_view bytes, const std::string& name) {
    Unzip zip{std::unique_ptr<State>{new State{.name = name}}};
    auto& state = *zip.state_;
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source != nullptr) state.archive.reset(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
    zip_error_fini(&error);
    if (source == nullptr) return zip.refuse("can't be read as a zip");
    if (!state.archive) {
        zip_source_free(source);
        return zip.refuse("is a damaged zip: its end is missing or contradicts its files, as when a download was cut off");
    }
    const auto entries = zip_get_num_entries(state.archive.get(), 0);
    if (entries != 1) return zip.refuse("holds " + std::to_string(entries) + " files; a zip of candles holds one");
    zip_stat_t about;
    if (zip_stat_index(state.archive.get(), 0, 0, &about) != 0 || (about.valid & ZIP_STAT_SIZE) == 0) return zip.refuse("is a damaged zip");
    state.inside = tame(about.name);
    state.said = about.size;
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE) return zip.refuse("is locked with a password: unpack it first");
    state.file.reset(zip_fopen_index(state.archive.get(), 0, 0));
    if (!state.file) return zip.refuse("is packed in a way that is not understood: unpack it first");
    // A file that says it is small gets no more room than that and a byte, which shows that it lied.
    state.piece.resize(std::min<std::uint64_t>(kPiece, about.size + 1));
    return zip;
}

Result<std::string_view> Unzip::next(std::uint64_t bytes_max) {
    auto& state = *state_;
    const auto got = zip_fread(state.file.get(), state.piece.data(), state.piece.size());
    if (got < 0) return refuse("is a damaged zip: " + state.inside + " in it can't be unpacked");
    state.came += static_cast<std::uint64_t>(got);
    // What it says of its size is believed only against it.
    if (std::max(state.came, state.said) > bytes_max) return refuse(unpacks_to_more_than(bytes_max));
    if (got == 0 && state.came != state.said) return refuse("is a damaged zip: " + state.inside + " in it is cut off");
    return std::string_view{state.piece.data(), static_cast<std::size_t>(got)};
}

}  // namespace bf::backtest
