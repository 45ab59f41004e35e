#include "app/candle_downloads.hpp"

#include "app/candle_problems.hpp"
#include "backtest/candle_words.hpp"
#include "wire/json.hpp"

#include <cerrno>
#include <unistd.h>

namespace bf::app {
namespace {

using backtest::CandleDownload;
using backtest::CandleKey;
using backtest::Span;

constexpr std::size_t kEndedKept = 50, kRunningMax = 8;
constexpr milliseconds kTellEvery{1'000};
constexpr milliseconds kPatience{60'000};  ///< For one answer; a feed answers or gives up long before.
constexpr int kFailuresMax = 12;

}  // namespace

struct CandleDownloads::Job {
    Download shown;
    market::Symbol pair;
    market::Interval interval{};
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

CandleDownloads::CandleDownloads(Setup setup) : setup_{std::move(setup)} {}

CandleDownloads::~CandleDownloads() {
    *alive_ = false;
    for (auto& [id, job] : jobs_) {
        if (job->timer) setup_.loop.cancel(*job->timer);
        if (job->part >= 0) ::close(job->part);
    }
}

std::vector<const CandleDownloads::Download*> CandleDownloads::all() const {
    std::vector<const Download*> all;
    for (auto at = order_.rbegin(); at != order_.rend(); ++at) all.push_back(&jobs_.at(*at)->shown);
    return all;
}

Result<std::string> CandleDownloads::begin(server::CandleDesk::DownloadWish wish) {
    const auto* record = setup_.book.find(wish.connection);
    if (record == nullptr) return refuse_candles(ErrorKind::not_found, "There is no such connection.", "not_found");
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
        if (job->shown.key == key) return refuse_candles(ErrorKind::conflict, "These candles are being downloaded already.", "downloading");
    }
    if (running >= kRunningMax) return refuse_candles(ErrorKind::conflict, "Eight downloads run already: wait for one or stop it.", "too_many");
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
    job->record = *record;
    const auto id = job->shown.id;
    jobs_.emplace(id, std::move(job));
    order_.push_back(id);
    // What an earlier one left is added first, so that nothing is asked for twice.
    setup_.parts.add(key, {}, [this, id](int status, const std::string& output) {
        auto& started = *jobs_.at(id);
        if (status != 0) {
            started.shown.problem = "What an earlier download had got could not be added: " + import_problem(status, output);
            return end(started, State::failed);
        }
        if (!started.shown.ended_at) start(started);
    });
    return id;
}

void CandleDownloads::start(Job& job) {
    CandleDownload::Known known;
    auto set = setup_.shelf.open(job.shown.key);
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
    job.part = setup_.parts.begin(job.shown.key);
    if (job.part < 0) {
        job.shown.problem = candle_disk_error("Keeping the candles").error.detail;
        return end(job, State::failed);
    }
    step(job.shown.id);
}

void CandleDownloads::again(Job& job, milliseconds delay) {
    if (job.timer) setup_.loop.cancel(*job.timer);
    job.timer = setup_.loop.after(delay, [this, id = job.shown.id] {
        jobs_.at(id)->timer.reset();
        step(id);
    });
}

void CandleDownloads::step(const std::string& id) {
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

void CandleDownloads::take(Job& job, const CandleDownload::Ask& ask, const std::vector<market::Candle>* list, Instant asked_at) {
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
            job.shown.problem = candle_disk_error("Keeping the candles").error.detail;
            return finish(job, State::failed);
        }
        left.remove_prefix(static_cast<std::size_t>(put));
    }
    // From the loop, not from here: an answer may come within the asking.
    again(job, milliseconds{0});
}

/// The candles are there; a contract's funding rates come after them.
void CandleDownloads::fetch_funding(Job& job) {
    const auto path = backtest::funding_path(setup_.shelf.folder(), job.shown.key);
    // Another length of the same pair's candles may be fetching them.
    const bool fetched = std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& one) {
        const auto& other = *one.second;
        return other.funding && !other.shown.ended_at && backtest::funding_path(setup_.shelf.folder(), other.shown.key) == path;
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

void CandleDownloads::show_funding(Job& job) {
    const auto& told = job.funding->shown();
    job.shown.funding = Download::Funding{told.settlements, told.received, {}, {}, told.problem};
    if (told.first) job.shown.funding->first = told.first->ms();
    if (told.last) job.shown.funding->last = told.last->ms();
}

/// What came is added to the set; then it has ended.
void CandleDownloads::finish(Job& job, State state) {
    if (job.timer) setup_.loop.cancel(*job.timer);
    job.timer.reset();
    if (job.part >= 0) ::close(job.part);
    job.part = -1;
    if (const auto now = setup_.feed_of(job.record).exchange_now(); now && job.machine) job.shown.progress = job.machine->progress(*now);
    job.shown.state = State::saving;
    tell(job, true);
    if (job.shown.problem.empty() || job.machine) setup_.parts.cut_torn_line(job.shown.key);
    setup_.parts.add(job.shown.key, job.machine ? job.machine->asked() : std::vector<Span>{}, [this, id = job.shown.id, state](int status, const std::string& output) {
        auto& ended = *jobs_.at(id);
        ended.shown.added = 0;
        if (status != 0) {
            ended.shown.problem = import_problem(status, output);
            return end(ended, State::failed);
        }
        if (const auto json = wire::Json::parse(output))
            if (const auto added = (*json)["added"].integer()) ended.shown.added = static_cast<std::uint64_t>(*added);
        end(ended, state);
    });
}

void CandleDownloads::end(Job& job, State state) {
    job.shown.state = state;
    job.shown.ended_at = setup_.loop.wall();
    job.machine.reset();
    tell(job, true);
}

Status CandleDownloads::stop(const std::string& id) {
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

void CandleDownloads::tell(Job& job, bool at_once) {
    const auto now = setup_.loop.steady();
    if (!at_once && job.told.count() != 0 && now - job.told < kTellEvery) return;
    job.told = now;
    setup_.tell([&](wire::JsonWriter& out, exchange::Language language) {
        out.begin_object().member("type", "candle_download").key("download");
        server::write_download(out, job.shown, language);
        out.end_object();
    });
}

}  // namespace bf::app
