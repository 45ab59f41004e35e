#include "app/candle_desk.hpp"

#include "app/candles_command.hpp"
#include "app/exit_code.hpp"
#include "backtest/candle_disk.hpp"
#include "backtest/candle_example.hpp"
#include "backtest/candle_words.hpp"
#include "base/text.hpp"
#include "wire/json.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::app {
namespace {

using backtest::CandleDownload;
using backtest::CandleKey;
using backtest::Span;
using State = server::CandleDesk::Download::State;

constexpr std::string_view kUploads = "/.uploads";
constexpr std::string_view kPartPrefix = ".download-", kPartSuffix = ".csv";
constexpr std::size_t kUploadsMax = 100, kEndedKept = 50, kRunningMax = 8;
constexpr std::uint64_t kUploadedMax = std::uint64_t{4} << 30;
constexpr milliseconds kUploadIdle = seconds{900};
constexpr milliseconds kTellEvery{1'000};
constexpr milliseconds kPatience{60'000};  ///< For one answer; a feed answers or gives up long before.
constexpr int kFailuresMax = 12;
constexpr std::size_t kAskedMax = 1000;

Unexpected<Error> refuse(ErrorKind kind, std::string sentence, std::string code) { return Unexpected{Error{kind, std::move(sentence), Fate::not_sent, std::move(code)}}; }

Unexpected<Error> disk_error(const std::string& what) {
    const int reason = errno;
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    return refuse(ErrorKind::io, what + " failed: " + (full ? "the disk is full" : std::strerror(reason)) + ".", full ? "disk_full" : "unwritable");
}

/// What the import's process says in JSON: the sentence, or that it said none.
std::string problem_of(int status, const std::string& output) {
    const auto json = wire::Json::parse(output);
    if (json)
        if (const auto sentence = (*json)["error"].text()) return std::string{*sentence};
    return status < 0 ? "The import was ended by the system: the file needs more memory than an import may have." : "The import failed without saying why.";
}

std::string spans_text(std::vector<Span> spans) {
    // As many as fit a command line; those left out are asked for again some day.
    if (spans.size() > kAskedMax) {
        std::nth_element(spans.begin(), spans.begin() + kAskedMax, spans.end(), [](const Span& a, const Span& b) { return a.to - a.from > b.to - b.from; });
        spans.resize(kAskedMax);
    }
    std::string text;
    for (const auto& span : spans) text += (text.empty() ? "" : ",") + std::to_string(span.from) + "-" + std::to_string(span.to);
    return text;
}

/// Up to the last whole line: a killed writer leaves half of one.
void cut_torn_line(const std::string& path) {
    const auto file = backtest::MappedFile::open(path);
    if (!file) return;
    const auto end = (*file)->bytes().rfind('\n');
    if (::truncate(path.c_str(), end == std::string_view::npos ? 0 : static_cast<off_t>(end + 1)) != 0) return;
}

}  // namespace

struct CandleDesk::Job {
    Download shown;
    market::Symbol pair;
    market::Interval interval{};
    std::string source;
    connection::Record record;
    std::optional<CandleDownload> machine;
    int part{-1};
    std::uint64_t question{0};  ///< Which answer counts.
    bool asking{false};
    int failures{0};
    std::optional<ports::Timers::Id> timer;
    std::chrono::microseconds told{0};
    std::unique_ptr<FundingFetch> funding;  ///< After the candles.
    State after_funding{State::done};
};

CandleDesk::CandleDesk(Setup setup) : setup_{std::move(setup)}, shelf_{candles_folder(setup_.data)}, worker_{setup_.loop, setup_.nursery} {}

CandleDesk::~CandleDesk() {
    *alive_ = false;
    if (sweep_timer_) setup_.loop.cancel(*sweep_timer_);
    for (auto& [id, job] : jobs_) {
        if (job->timer) setup_.loop.cancel(*job->timer);
        if (job->part >= 0) ::close(job->part);
    }
    for (auto& [id, kept] : uploads_)
        if (kept.fd >= 0) ::close(kept.fd);
}

Result<std::unique_ptr<CandleDesk>> CandleDesk::open(Setup setup) {
    std::unique_ptr<CandleDesk> desk{new CandleDesk{std::move(setup)}};
    BF_TRY_VOID(desk->prepare());
    return desk;
}

Status CandleDesk::prepare() {
    { BF_TRY(const auto lock, backtest::FolderLock::take(shelf_.folder())); }
    // Uploads don't outlive the server that took them.
    std::error_code ignored;
    std::filesystem::remove_all(shelf_.folder() + std::string{kUploads}, ignored);
    if (::mkdir((shelf_.folder() + std::string{kUploads}).c_str(), 0700) != 0) return disk_error("Making the folder for uploads");
    take_over_parts();
    sweep_uploads();
    if (setup_.demo && !shelf_.open(backtest::example_key())) (void)make_example();
    return {};
}

/// What downloads of an earlier life have got.
void CandleDesk::take_over_parts() {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{shelf_.folder(), ignored}) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(kPartPrefix) || !name.ends_with(kPartSuffix)) continue;
        // The name is the set's key.
        const auto set = name.substr(kPartPrefix.size(), name.size() - kPartPrefix.size() - kPartSuffix.size());
        const auto words = split(set, '+');
        const auto interval = words.size() == 4 ? backtest::parse_interval(words[3]) : std::nullopt;
        if (!interval) continue;
        CandleKey key{std::string{words[0]}, std::string{words[1]}, std::string{words[2]}, *interval};
        // A pair's own signs can't stand in a file's name.
        for (char& c : key.pair)
            if (c == '_') c = '/';
            else if (c == '=') c = ':';
        if (key.problem()) continue;
        cut_torn_line(part_path(set));
        add_part(key, source_of(key.exchange), {}, [this, id = key.id()](int status, const std::string& output) {
            if (status != 0) setup_.complain("What an earlier download of " + id + " had got could not be added: " + problem_of(status, output));
        });
    }
}

/// Made-up prices must not pass for an exchange's.
std::string CandleDesk::source_of(const std::string& exchange) const {
    const auto id = exchange::parse_exchange(exchange);
    return exchange + (id && setup_.is_repointed(*id) ? ", simulated" : "");
}

std::string CandleDesk::part_path(const std::string& set) const { return shelf_.folder() + "/" + std::string{kPartPrefix} + set + std::string{kPartSuffix}; }

namespace {

std::string part_name(const CandleKey& key) {
    std::string pair = key.pair;
    for (char& c : pair)
        if (c == '/') c = '_';
        else if (c == ':') c = '=';
    return key.exchange + "+" + key.market + "+" + pair + "+" + backtest::interval_text(key.interval);
}

}  // namespace

void CandleDesk::add_part(const CandleKey& key, const std::string& source, const std::vector<Span>& asked, Worker::Done done) {
    const auto path = part_path(part_name(key));
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || about.st_size == 0) {
        ::unlink(path.c_str());
        setup_.loop.post([done = std::move(done)] { done(0, {}); });
        return;
    }
    std::vector<std::string> arguments{"candles", "import", path, "--exchange", key.exchange, "--market", key.market, "--pair", key.pair};
    arguments.insert(arguments.end(), {"--interval", backtest::interval_text(key.interval), "--data", setup_.data, "--replace", "--confined", "--source", source, "--json"});
    if (const auto text = spans_text(asked); !text.empty()) arguments.insert(arguments.end(), {"--asked", text});
    worker_.run(std::move(arguments), [path, done = std::move(done)](int status, const std::string& output) {
        // Asked for twice, by the start and by a new download: the first has it.
        if (status != kDone && ::access(path.c_str(), F_OK) != 0) return done(kDone, {});
        // Kept when it could not be added, since a full disk passes; not when it is no good.
        if (status == kDone || status == kUsage) ::unlink(path.c_str());
        done(status, output);
    });
}

// --- uploads

void CandleDesk::sweep_uploads() {
    for (auto at = uploads_.begin(); at != uploads_.end();) {
        const auto now = at++;
        if (!now->second.importing && setup_.loop.steady() - now->second.touched > kUploadIdle) (void)drop_upload(now->first);
    }
    sweep_timer_ = setup_.loop.after(seconds{60}, [this] { sweep_uploads(); });
}

Result<server::CandleDesk::Upload> CandleDesk::begin_upload(const std::string& name, std::uint64_t bytes) {
    std::uint64_t taken = bytes;
    for (const auto& [id, kept] : uploads_) taken += kept.upload.bytes;
    if (uploads_.size() >= kUploadsMax || taken > kUploadedMax) return refuse(ErrorKind::conflict, "Too many uploads wait for their import: import or drop them first.", "too_many");
    Kept kept;
    kept.upload = {"u" + std::to_string(++last_id_), name, bytes, 0};
    kept.folder = shelf_.folder() + std::string{kUploads} + "/" + kept.upload.id;
    kept.path = kept.folder + "/" + name;
    if (::mkdir(kept.folder.c_str(), 0700) != 0) return disk_error("Keeping the upload");
    kept.fd = ::open(kept.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (kept.fd < 0) return disk_error("Keeping the upload");
    kept.touched = setup_.loop.steady();
    const auto upload = kept.upload;
    uploads_.emplace(upload.id, std::move(kept));
    return upload;
}

std::optional<server::CandleDesk::Upload> CandleDesk::find_upload(const std::string& id) const {
    const auto found = uploads_.find(id);
    return found == uploads_.end() ? std::nullopt : std::optional{found->second.upload};
}

Result<server::CandleDesk::Upload> CandleDesk::add_to_upload(const std::string& id, std::uint64_t offset, std::span<const unsigned char> bytes) {
    auto& kept = uploads_.at(id);
    auto& upload = kept.upload;
    if (kept.importing) return refuse(ErrorKind::conflict, "The upload is being imported.", "importing");
    if (offset != upload.received) return refuse(ErrorKind::conflict, "The next piece begins at byte " + std::to_string(upload.received) + ".", "wrong_offset");
    if (bytes.size() > upload.bytes - upload.received) return bad_input("The piece is longer than what is left of the file.");
    for (std::size_t done = 0; done < bytes.size();) {
        const auto put = ::pwrite(kept.fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(upload.received + done));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return disk_error("Keeping the upload");
        done += static_cast<std::size_t>(put);
    }
    upload.received += bytes.size();
    kept.touched = setup_.loop.steady();
    return upload;
}

void CandleDesk::drop(Kept& kept) {
    if (kept.fd >= 0) ::close(kept.fd);
    std::error_code ignored;
    std::filesystem::remove_all(kept.folder, ignored);
}

Status CandleDesk::drop_upload(const std::string& id) {
    const auto found = uploads_.find(id);
    if (found == uploads_.end()) return refuse(ErrorKind::not_found, "There is no such upload.", "not_found");
    if (found->second.importing) return refuse(ErrorKind::conflict, "The upload is being imported.", "importing");
    drop(found->second);
    uploads_.erase(found);
    return {};
}

// --- imports

std::string CandleDesk::begin_import(std::vector<std::string> arguments, std::vector<std::string> uploads) {
    const auto id = "i" + std::to_string(++last_id_);
    if (imports_.size() >= kEndedKept)
        for (auto at = imports_.begin(); at != imports_.end(); ++at)
            if (at->second.state != Import::State::running) {
                imports_.erase(at);
                break;
            }
    imports_[id] = Import{.id = id};
    worker_.run(std::move(arguments), [this, id, uploads = std::move(uploads)](int status, const std::string& output) {
        for (const auto& upload : uploads) {
            const auto found = uploads_.find(upload);
            if (found == uploads_.end()) continue;
            drop(found->second);
            uploads_.erase(found);
        }
        auto& import = imports_[id];
        import.state = status == 0 ? Import::State::done : Import::State::failed;
        if (status == 0)
            import.result = trim(output);
        else
            import.problem = problem_of(status, output);
        setup_.tell([&](wire::JsonWriter& out) {
            out.begin_object().member("type", "candle_import").key("import");
            server::write_import(out, import);
            out.end_object();
        });
    });
    return id;
}

Result<std::string> CandleDesk::import(ImportWish wish) {
    std::vector<std::string> arguments{"candles", "import"};
    for (const auto& id : wish.uploads) {
        const auto found = uploads_.find(id);
        if (found == uploads_.end()) return refuse(ErrorKind::not_found, "There is no upload \"" + id + "\".", "not_found");
        const auto& [upload, folder, path, fd, touched, importing] = found->second;
        if (importing) return refuse(ErrorKind::conflict, upload.name + " is being imported.", "importing");
        if (upload.received != upload.bytes)
            return refuse(ErrorKind::conflict, upload.name + " is not here yet: " + std::to_string(upload.received) + " of " + std::to_string(upload.bytes) + " bytes are.", "incomplete");
        arguments.push_back(path);
    }
    for (const auto& id : wish.uploads) uploads_.at(id).importing = true;
    arguments.insert(arguments.end(), {"--exchange", wish.key.exchange, "--market", wish.key.market, "--pair", wish.key.pair, "--data", setup_.data, "--confined", "--json"});
    if (wish.key.interval.count() > 0) arguments.insert(arguments.end(), {"--interval", backtest::interval_text(wish.key.interval)});
    if (wish.replace) arguments.emplace_back("--replace");
    return begin_import(std::move(arguments), std::move(wish.uploads));
}

Result<std::string> CandleDesk::make_example() { return begin_import({"candles", "sample", "--data", setup_.data, "--confined", "--json"}, {}); }

const server::CandleDesk::Import* CandleDesk::find_import(const std::string& id) const {
    const auto found = imports_.find(id);
    return found == imports_.end() ? nullptr : &found->second;
}

// --- downloads

std::vector<const server::CandleDesk::Download*> CandleDesk::downloads() const {
    std::vector<const Download*> all;
    for (auto at = order_.rbegin(); at != order_.rend(); ++at) all.push_back(&jobs_.at(*at)->shown);
    return all;
}

Result<std::string> CandleDesk::download(DownloadWish wish) {
    const auto* record = setup_.book.find(wish.connection);
    if (record == nullptr) return refuse(ErrorKind::not_found, "There is no such connection.", "not_found");
    const CandleKey key{std::string{exchange::to_string(record->exchange)}, std::string{market::to_string(record->market)}, wish.pair.to_string(),
                        *backtest::parse_interval(market::to_string(wish.interval))};
    if (const auto problem = key.problem()) return bad_input(problem->sentence);
    if (wish.from >= setup_.loop.wall()) return bad_input("The download begins in the future.");
    auto& feed = setup_.feed_of(*record);
    if (!feed.instruments().empty() && feed.instrument(wish.pair) == nullptr) return bad_input(key.exchange + " lists no " + key.pair + " on " + key.market + ".");
    std::size_t running = 0;
    for (const auto& [id, job] : jobs_) {
        if (job->shown.ended_at) continue;
        ++running;
        if (job->shown.key == key) return refuse(ErrorKind::conflict, "These candles are being downloaded already.", "downloading");
    }
    if (running >= kRunningMax) return refuse(ErrorKind::conflict, "Eight downloads run already: wait for one or stop it.", "too_many");
    if (order_.size() >= kEndedKept)
        for (auto at = order_.begin(); at != order_.end(); ++at)
            if (jobs_.at(*at)->shown.ended_at) {
                jobs_.erase(*at);
                order_.erase(at);
                break;
            }
    auto job = std::make_unique<Job>();
    job->shown.id = "d" + std::to_string(++last_id_);
    job->shown.connection = record->id;
    job->shown.key = key;
    job->shown.from = wish.from.ms();
    if (wish.to) job->shown.to = wish.to->ms();
    job->shown.started_at = setup_.loop.wall();
    job->pair = wish.pair;
    job->interval = wish.interval;
    job->source = source_of(key.exchange);
    job->record = *record;
    const auto id = job->shown.id;
    jobs_.emplace(id, std::move(job));
    order_.push_back(id);
    // What an earlier one left is added first, so that nothing is asked for twice.
    add_part(key, jobs_.at(id)->source, {}, [this, id](int status, const std::string& output) {
        auto& started = *jobs_.at(id);
        if (status != 0) {
            started.shown.problem = "What an earlier download had got could not be added: " + problem_of(status, output);
            return end(started, State::failed);
        }
        if (!started.shown.ended_at) start(started);
    });
    return id;
}

void CandleDesk::start(Job& job) {
    CandleDownload::Known known;
    auto set = shelf_.open(job.shown.key);
    if (!set && set.error().kind != ErrorKind::not_found) {
        job.shown.problem = set.error().detail;
        return end(job, State::failed);
    }
    if (set) {
        auto told = CandleDownload::known_of(*set);
        if (!told) {
            job.shown.problem = told.error().detail;
            return end(job, State::failed);
        }
        known = std::move(*told);
    }
    job.machine.emplace(CandleDownload::Wish{job.shown.key.interval, job.shown.from, job.shown.to}, std::move(known));
    job.part = ::open(part_path(part_name(job.shown.key)).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (job.part < 0) {
        job.shown.problem = disk_error("Keeping the candles").error.detail;
        return end(job, State::failed);
    }
    step(job.shown.id);
}

void CandleDesk::again(Job& job, milliseconds delay) {
    if (job.timer) setup_.loop.cancel(*job.timer);
    job.timer = setup_.loop.after(delay, [this, id = job.shown.id] {
        jobs_.at(id)->timer.reset();
        step(id);
    });
}

void CandleDesk::step(const std::string& id) {
    auto& job = *jobs_.at(id);
    if (job.shown.state != State::running) return;
    auto& feed = setup_.feed_of(job.record);
    const auto now = feed.exchange_now();
    // Without the exchange's time no candle is known to be closed; without its instruments none can be asked for.
    if (!now || feed.instruments().empty()) {
        if (++job.failures > 120) {
            job.shown.problem = "The exchange does not answer: its time or its list of pairs could not be had.";
            return finish(job, State::failed);
        }
        return again(job, milliseconds{500});
    }
    if (job.asking) {
        // Nobody answered within the patience.
        job.asking = false;
        return take(job, {}, nullptr, *now);
    }
    if (feed.instrument(job.pair) == nullptr) {
        job.shown.problem = job.shown.key.exchange + " lists no " + job.shown.key.pair + " on " + job.shown.key.market + ".";
        return finish(job, State::failed);
    }
    job.shown.progress = job.machine->progress(*now);
    tell(job, false);
    const auto ask = job.machine->next(*now);
    if (!ask) return fetch_funding(job);
    job.asking = true;
    const auto question = ++job.question;
    const auto answered = [this, alive = std::weak_ptr{alive_}, id, question, ask = *ask](const std::vector<market::Candle>* list, Instant asked_at) {
        if (alive.expired()) return;
        const auto found = jobs_.find(id);
        if (found == jobs_.end() || found->second->question != question || !found->second->asking) return;
        found->second->asking = false;
        take(*found->second, ask, list, asked_at);
    };
    again(job, kPatience);
    feed.list_candles(job.pair, job.interval, ask->since, ask->rows, answered);
}

void CandleDesk::take(Job& job, const CandleDownload::Ask& ask, const std::vector<market::Candle>* list, Instant asked_at) {
    if (job.shown.state != State::running) return;
    if (list == nullptr) {
        if (++job.failures >= kFailuresMax) {
            job.shown.problem = "The exchange gave no candles " + std::to_string(kFailuresMax) + " times in a row. What came until then is kept; start the download again to go on.";
            return finish(job, State::failed);
        }
        return again(job, seconds{2} * (1 << std::min(job.failures - 1, 5)));
    }
    job.failures = 0;
    const auto fresh = job.machine->take(ask, *list, asked_at);
    if (!fresh) {
        job.shown.problem = fresh.error().detail;
        return finish(job, State::failed);
    }
    std::string lines;
    for (const auto& candle : *fresh) backtest::append_candle_line(lines, candle);
    for (std::string_view left = lines; !left.empty();) {
        const auto put = ::write(job.part, left.data(), left.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            job.shown.problem = disk_error("Keeping the candles").error.detail;
            return finish(job, State::failed);
        }
        left.remove_prefix(static_cast<std::size_t>(put));
    }
    // From the loop, not from here: an answer may come within the asking.
    again(job, milliseconds{0});
}

/// The candles are there; a contract's funding rates come after them.
void CandleDesk::fetch_funding(Job& job) {
    const auto path = backtest::funding_path(shelf_.folder(), job.shown.key);
    // Another length of the same pair's candles may be fetching them.
    const bool fetched = std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& one) {
        const auto& other = *one.second;
        return other.funding && !other.shown.ended_at && backtest::funding_path(shelf_.folder(), other.shown.key) == path;
    });
    if (!backtest::has_funding(job.shown.key) || fetched) return finish(job, State::done);
    if (job.timer) setup_.loop.cancel(*job.timer);
    job.timer.reset();
    const auto id = job.shown.id;
    job.funding = std::make_unique<FundingFetch>(setup_.funding, FundingFetch::Wish{job.record.exchange, job.record.site, job.pair, Instant::from_ms(job.shown.from), path},
                                                 setup_.feed_of(job.record),
                                                 [this, id] {
                                                     auto& told = *jobs_.at(id);
                                                     show_funding(told);
                                                     tell(told, false);
                                                 },
                                                 [this, id] {
                                                     auto& ended = *jobs_.at(id);
                                                     show_funding(ended);
                                                     finish(ended, ended.after_funding);
                                                 });
    show_funding(job);
    job.funding->start();
}

void CandleDesk::show_funding(Job& job) {
    const auto& told = job.funding->shown();
    job.shown.funding = Download::Funding{told.settlements, told.received, {}, {}, told.problem};
    if (told.first) job.shown.funding->first = told.first->ms();
    if (told.last) job.shown.funding->last = told.last->ms();
}

/// What came is added to the set; then it has ended.
void CandleDesk::finish(Job& job, State state) {
    if (job.timer) setup_.loop.cancel(*job.timer);
    job.timer.reset();
    if (job.part >= 0) ::close(job.part);
    job.part = -1;
    if (const auto now = setup_.feed_of(job.record).exchange_now(); now && job.machine) job.shown.progress = job.machine->progress(*now);
    job.shown.state = State::saving;
    tell(job, true);
    if (job.shown.problem.empty() || job.machine) cut_torn_line(part_path(part_name(job.shown.key)));
    add_part(job.shown.key, job.source, job.machine ? job.machine->asked() : std::vector<Span>{}, [this, id = job.shown.id, state](int status, const std::string& output) {
        auto& ended = *jobs_.at(id);
        ended.shown.added = 0;
        if (status != 0) {
            ended.shown.problem = problem_of(status, output);
            return end(ended, State::failed);
        }
        if (const auto json = wire::Json::parse(output))
            if (const auto added = (*json)["added"].integer()) ended.shown.added = static_cast<std::uint64_t>(*added);
        end(ended, state);
    });
}

void CandleDesk::end(Job& job, State state) {
    job.shown.state = state;
    job.shown.ended_at = setup_.loop.wall();
    job.machine.reset();
    tell(job, true);
}

Status CandleDesk::stop_download(const std::string& id) {
    auto& job = *jobs_.at(id);
    if (job.shown.state != State::running) return {};
    if (!job.machine) {
        end(job, State::stopped);
        return {};
    }
    if (job.funding) {
        job.after_funding = State::stopped;
        job.funding->stop();
        return {};
    }
    finish(job, State::stopped);
    return {};
}

void CandleDesk::tell(Job& job, bool at_once) {
    const auto now = setup_.loop.steady();
    if (!at_once && job.told.count() != 0 && now - job.told < kTellEvery) return;
    job.told = now;
    setup_.tell([&](wire::JsonWriter& out) {
        out.begin_object().member("type", "candle_download").key("download");
        server::write_download(out, job.shown);
        out.end_object();
    });
}

}  // namespace bf::app
