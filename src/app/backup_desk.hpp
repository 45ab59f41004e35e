// Backups as the running engine makes them: one at a time, on a thread of its own, into a file that is handed out in pieces and then goes. What
// belongs together is pinned on the loop's thread, between two events: databases and journals as they were at one moment of the engine's life.
// Also what is known of the last one, and of the backup that this installation came out of.
#pragma once
#include "app/backup_maker.hpp"
#include "app/journal_file.hpp"
#include "app/nursery.hpp"
#include "app/signer_place.hpp"
#include "connection/findings.hpp"
#include "ports/store.hpp"
#include "server/api.hpp"
#include "server/backup_state.hpp"

#include <thread>

namespace bf::app {

class BackupDesk {
public:
    struct Setup {
        net::Loop& loop;
        Nursery& nursery;  ///< Its own: a backup must not wait for an import of candles.
        SignerPlace signer;
        std::string data;
        bool postgresql{false};
        ports::Store& settings;
        std::function<std::map<std::string, const JournalFile*>()> journals;
        /// Trading may begin again: a person said that the restored state is the one to go on with.
        std::function<void()> release;
    };
    static Result<std::unique_ptr<BackupDesk>> open(Setup setup);
    ~BackupDesk();

    /// Everything under /api/v1/backups. `parts` begins with "backups".
    void handle(const std::vector<std::string_view>& parts, const server::ApiRequest& request, std::function<void(server::ApiReply)> done);
    /// For the findings.
    void tell(connection::InstallationFacts& facts) const;
    /// As in engine::ClientIds: another after each restore.
    [[nodiscard]] std::uint64_t generation() const { return state_.restored ? static_cast<std::uint64_t>(state_.restored->restored_at.ms()) : 0; }
    /// This installation was restored and nobody has confirmed it yet.
    [[nodiscard]] bool holds_trading() const { return state_.restored && !state_.restored->confirmed_at; }

private:
    struct Job;
    explicit BackupDesk(Setup setup);
    server::ApiReply begin(const server::ApiRequest& request);
    void finished(Result<BackupMade> made);
    server::ApiReply state_reply(int status) const;
    void piece(const server::ApiRequest& request, std::function<void(server::ApiReply)> done) const;
    server::ApiReply verified(const server::ApiRequest& request);
    server::ApiReply confirm();
    void drop();
    Status keep();
    [[nodiscard]] std::string file() const { return setup_.data + "/run/backup.staged"; }

    Setup setup_;
    server::BackupState state_;
    std::unique_ptr<Job> job_;
    std::vector<std::function<void(server::ApiReply)>> waiting_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace bf::app
