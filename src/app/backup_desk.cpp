#include "app/backup_desk.hpp"

#include "app/processes.hpp"
#include "app/web_copy.hpp"
#include "base/text.hpp"
#include "server/api_replies.hpp"
#include "server/step_up.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <atomic>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <unistd.h>

namespace bf::app {
namespace {

using server::ApiReply;
using wire::Method;

/// A piece on its way through the engine's thread: small, so that nothing there waits for it.
constexpr std::size_t kPieceSize = 48 * 1024;
constexpr milliseconds kWaitAtMost{10000};
constexpr milliseconds kKeptFor{std::chrono::hours{1}};

std::string read_piece(const std::string& path, std::uint64_t from) {
    std::string bytes(kPieceSize, '\0');
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const auto got = file < 0 ? -1 : ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(from));
    if (file >= 0) ::close(file);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
}

}  // namespace

/// The backup being made, or the one made last as long as it is handed out.
struct BackupDesk::Job {
    struct Cut {
        const JournalFile* journal;
        std::uint64_t last;  ///< That goes in.
    };
    using Pinned = Result<std::map<std::string, Cut>>;
    /// The first answer counts: the loop's, or that there is no loop any more.
    void answer(Pinned what) {
        {
            const std::lock_guard lock{mutex};
            if (!pinned) pinned.emplace(std::move(what));
        }
        told.notify_all();
    }
    Pinned wait() {
        std::unique_lock lock{mutex};
        told.wait(lock, [this] { return pinned.has_value(); });
        return std::move(*pinned);
    }
    std::mutex mutex{};
    std::condition_variable told{};
    std::optional<Pinned> pinned{};
    std::string sealed;
    ports::StepUp step_up{};
    bool keys{false};
    std::atomic<std::uint64_t> written{0};
    std::optional<Result<BackupMade>> outcome{};
    std::thread thread{};
};

BackupDesk::BackupDesk(Setup setup) : setup_{std::move(setup)} {}

Result<std::unique_ptr<BackupDesk>> BackupDesk::open(Setup setup) {
    std::unique_ptr<BackupDesk> desk{new BackupDesk{std::move(setup)}};
    // What an earlier life left half done.
    ::unlink(desk->file().c_str());
    ::unlink((desk->file() + ".part").c_str());
    BF_TRY(const auto last, desk->setup_.settings.setting(server::kLastBackupSetting));
    if (const auto json = wire::Json::parse(last.value_or("")); json) desk->state_.last = server::read_last_backup(json->root());
    BF_TRY(const auto restored, desk->setup_.settings.setting(server::kRestoredSetting));
    if (restored) {
        if (const auto json = wire::Json::parse(*restored); json) desk->state_.restored = server::read_restored_from(json->root());
        // That can't be read: it says that there was a restore, and nobody can say that it was confirmed.
        if (!desk->state_.restored) desk->state_.restored = server::RestoredFrom{{}, {}, desk->setup_.loop.wall(), {}};
    }
    return desk;
}

BackupDesk::~BackupDesk() {
    alive_.reset();
    if (job_ && job_->thread.joinable()) {
        job_->answer(Unexpected{Error{ErrorKind::io, "BackFuture ended before the backup was made.", Fate::not_sent, "ended"}});
        job_->thread.join();
        job_.reset();
    }
    ::unlink(file().c_str());
}

void BackupDesk::drop() {
    if (job_ && !job_->outcome) return;
    ::unlink(file().c_str());
    job_.reset();
}

void BackupDesk::handle(const std::vector<std::string_view>& parts, const server::ApiRequest& request, std::function<void(ApiReply)> done) {
    const bool reads = request.method == Method::get, posts = request.method == Method::post;
    if (parts.size() == 1) {
        if (posts) return done(begin(request));
        if (!reads) return done(server::wrong_method());
        // Whoever waits for the end is told at the end, or after a while that it goes on.
        if (server::query_value(request.query, "wait") != "done" || !job_ || job_->outcome) return done(state_reply(200));
        waiting_.push_back(std::move(done));
        setup_.loop.after(kWaitAtMost, [this, alive = std::weak_ptr<bool>{alive_}] {
            if (alive.expired()) return;
            for (auto& waiter : std::exchange(waiting_, {})) waiter(state_reply(200));
        });
        return;
    }
    if (parts.size() > 2) return done(server::not_found());
    if (parts[1] == "piece") return reads ? piece(request, std::move(done)) : done(server::wrong_method());
    if (parts[1] == "verified") return done(posts ? verified(request) : server::wrong_method());
    if (parts[1] == "confirm") return done(posts ? confirm() : server::wrong_method());
    if (parts[1] == "current") {
        if (request.method != Method::del) return done(server::wrong_method());
        drop();
        return done({204, {}});
    }
    done(server::not_found());
}

void BackupDesk::tell(connection::InstallationFacts& facts) const {
    facts.restore_unconfirmed = holds_trading();
    // Of a database in PostgreSQL others keep the backups.
    if (setup_.postgresql) return;
    facts.ever_backed_up = state_.last.has_value();
    if (!state_.last) return;
    facts.backed_up_at = state_.last->made_at;
    facts.backup_verified = state_.last->verified_at.has_value();
}

ApiReply BackupDesk::begin(const server::ApiRequest& request) {
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return server::malformed();
    const auto sealed = from_base64((*json)["sealed"].text().value_or(""));
    const auto keys = (*json)["keys"].boolean();
    if (!sealed || sealed->empty()) return server::bad_field("sealed", "The passphrase must come sealed to the signer's key, as base64.");
    if (!keys) return server::bad_field("keys", "Whether the exchange keys go with it is true or false.");
    auto step_up = server::step_up_of(*json, request);
    if (const auto* refused = std::get_if<ApiReply>(&step_up)) return *refused;
    if (setup_.postgresql) return server::problem_reply(409, "postgresql", "Conflict", "This installation keeps its database in PostgreSQL: back that up with PostgreSQL's own tools.");
    if (job_ && !job_->outcome) return server::problem_reply(409, "backup_running", "Conflict", "A backup is being made already.");
    drop();
    job_ = std::make_unique<Job>();
    job_->sealed.assign(sealed->begin(), sealed->end());
    job_->keys = *keys;
    job_->step_up = std::get<ports::StepUp>(std::move(step_up));
    auto pin = [this](BackupSources& sources) -> Result<std::map<std::string, std::uint64_t>> {
        setup_.loop.post([this, &sources, alive = std::weak_ptr<bool>{alive_}] {
            if (alive.expired()) return;
            std::map<std::string, Job::Cut> cuts;
            Status good;
            for (auto& [name, database] : sources.databases)
                if (good) good = database.pin();
            for (auto& [folder, journal] : sources.journals)
                if (good) good = journal.hold();
            for (const auto& [folder, journal] : setup_.journals()) cuts.emplace(folder, Job::Cut{journal, journal->last()});
            job_->answer(good ? Job::Pinned{std::move(cuts)} : Job::Pinned{Unexpected{good.error()}});
        });
        BF_TRY(const auto cuts, job_->wait());
        std::map<std::string, std::uint64_t> lasts;
        for (const auto& [folder, cut] : cuts) {
            // On its way to the disk: a moment.
            if (!cut.journal->wait(cut.last)) return Unexpected{Error{ErrorKind::io, "The journal can't be written.", Fate::not_sent, "journal_failed"}};
            lasts.emplace(folder, cut.last);
        }
        return lasts;
    };
    auto work = [this, pin, alive = std::weak_ptr<bool>{alive_}] {
        auto made = [&]() -> Result<BackupMade> {
            BF_TRY(auto link, setup_.signer.connect());
            signer::Client client{std::move(link), seconds{60}};
            BackupPlan plan{.data = setup_.data, .to = file(), .scratch = setup_.data + "/run", .keys = job_->keys, .sealed = job_->sealed, .step_up = job_->step_up,
                            .now = setup_.loop.wall(), .pin = pin, .written = &job_->written, .copy_web = [this] { return copy_web(setup_.nursery, setup_.data); }};
            return make_backup(plan, client);
        }();
        setup_.loop.post([this, alive, made = std::move(made)]() mutable {
            if (!alive.expired()) finished(std::move(made));
        });
    };
    job_->thread = std::thread{work};
    return state_reply(202);
}

void BackupDesk::finished(Result<BackupMade> made) {
    job_->thread.join();
    if (made) {
        state_.last = server::LastBackup{made->id, made->at, made->bytes, made->keys, {}, made->ledger_missing};
        if (auto kept = keep(); !kept) made = Unexpected{kept.error()};
    }
    job_->outcome = std::move(made);
    // Nobody fetches it any more: it goes.
    setup_.loop.after(kKeptFor, [this, alive = std::weak_ptr<bool>{alive_}, job = job_.get()] {
        if (!alive.expired() && job_.get() == job) drop();
    });
    for (auto& waiter : std::exchange(waiting_, {})) waiter(state_reply(200));
}

Status BackupDesk::keep() {
    if (state_.last) BF_TRY_VOID(setup_.settings.put_setting(server::kLastBackupSetting, server::to_json(*state_.last)));
    if (state_.restored) BF_TRY_VOID(setup_.settings.put_setting(server::kRestoredSetting, server::to_json(*state_.restored)));
    return {};
}

ApiReply BackupDesk::state_reply(int status) const {
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object();
    out.key("last").raw(state_.last ? server::to_json(*state_.last) : "null");
    out.key("restored").raw(state_.restored ? server::to_json(*state_.restored) : "null");
    out.key("current");
    if (!job_) {
        out.null();
    } else {
        const bool made = job_->outcome && job_->outcome->has_value();
        out.begin_object().member("state", !job_->outcome ? "making" : made ? "ready" : "failed").member("bytes", job_->written.load()).member("keys", job_->keys);
        out.member("id", made ? std::optional{(*job_->outcome)->id} : std::nullopt);
        out.key("problem");
        if (job_->outcome && !made)
            out.begin_object().member("code", server::is_step_up(job_->outcome->error()) ? "code_needed" : job_->outcome->error().code).member("detail", job_->outcome->error().detail).end_object();
        else
            out.null();
        out.end_object();
    }
    out.end_object();
    return {status, std::move(body)};
}

void BackupDesk::piece(const server::ApiRequest& request, std::function<void(ApiReply)> done) const {
    const auto from = parse_int(server::query_value(request.query, "from").value_or(""));
    if (!from || *from < 0) return done(server::bad_field("from", "from must be the number of bytes that were fetched already."));
    if (!job_ || !job_->outcome || !*job_->outcome) return done(server::problem_reply(409, "no_backup_ready", "Conflict", "There is no backup to fetch: make one first."));
    const auto total = (*job_->outcome)->bytes;
    const auto bytes = read_piece(file(), static_cast<std::uint64_t>(*from));
    const auto next = static_cast<std::uint64_t>(*from) + bytes.size();
    std::string body;
    wire::JsonWriter out{body};
    const bool more = next < total && !bytes.empty();
    out.begin_object().member("bytes", to_base64(as_bytes(bytes))).member("next", more ? std::optional{static_cast<std::int64_t>(next)} : std::nullopt).member("total", total).end_object();
    done({200, std::move(body)});
}

ApiReply BackupDesk::verified(const server::ApiRequest& request) {
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return server::malformed();
    const auto id = (*json)["id"].text();
    if (!id || id->empty()) return server::bad_field("id", "id must be the id of the backup that was verified.");
    // Of an older backup, or another installation's, nothing follows for the last one.
    if (!state_.last || *id != state_.last->id) return {204, {}};
    state_.last->verified_at = setup_.loop.wall();
    if (auto kept = keep(); !kept) return server::error_reply(kept.error());
    return {204, {}};
}

ApiReply BackupDesk::confirm() {
    if (!holds_trading()) return server::problem_reply(409, "nothing_to_confirm", "Conflict", "This installation does not wait for a confirmation.");
    auto confirmed = state_;
    confirmed.restored->confirmed_at = setup_.loop.wall();
    std::swap(state_, confirmed);
    if (auto kept = keep(); !kept) {
        std::swap(state_, confirmed);
        return server::error_reply(kept.error());
    }
    setup_.release();
    return {204, {}};
}

}  // namespace bf::app
