#include "server/sweep_api.hpp"

#include "backtest/candle_disk.hpp"
#include "base/text.hpp"
#include "server/api_replies.hpp"

#include <algorithm>

namespace bf::server {

using wire::Method;

struct SweepApi::Loaded {
    static constexpr std::size_t kMost = 3;
    std::mutex mutex;
    std::deque<std::shared_ptr<SweepJob>> jobs;

    void touch(const std::shared_ptr<SweepJob>& job) {
        const std::lock_guard lock{mutex};
        std::erase(jobs, job);
        jobs.push_front(job);
        if (jobs.size() <= kMost) return;
        jobs.back()->unload();
        jobs.pop_back();
    }
    void drop(const std::shared_ptr<SweepJob>& job) {
        const std::lock_guard lock{mutex};
        std::erase(jobs, job);
    }
};

SweepApi::SweepApi(Setup setup) : setup_{std::move(setup)}, loaded_{std::make_shared<Loaded>()} {
    const auto names = backtest::list_folder(setup_.folder);
    if (!names) return;
    for (const auto& name : *names) {
        if (!name.starts_with('s') || !name.ends_with(".json")) continue;
        const auto id = name.substr(0, name.size() - 5);
        const auto number = parse_int(std::string_view{id}.substr(1));
        if (!number || *number < 1) continue;
        last_ = std::max(last_, static_cast<std::uint64_t>(*number));
        if (auto job = SweepJob::restore(setup_.folder, setup_.places.folder, id)) jobs_.push_back(std::move(job));
    }
    std::sort(jobs_.begin(), jobs_.end(), [](const auto& a, const auto& b) { return a->at != b->at ? a->at > b->at : a->id > b->id; });
}

void SweepApi::go_on() {
    // The oldest first, as they were begun.
    for (auto at = jobs_.rbegin(); at != jobs_.rend(); ++at)
        if ((*at)->was_interrupted()) resume(*at, SweepJob::By::start, exchange::Language::en, std::make_shared<ApiReply>(), [] {});
}

void SweepApi::resume(const Shared& job, SweepJob::By by, exchange::Language language, const std::shared_ptr<ApiReply>& reply, std::function<void()> then) {
    const auto starts = std::make_shared<bool>(false);
    setup_.aside(
        [job, by, language, reply, starts, loaded = loaded_] {
            loaded->touch(job);
            auto problem = job->resume(by);
            *starts = !problem;
            *reply = problem ? std::move(*problem) : job->head(200, language);
        },
        [this, job, starts, then = std::move(then)] {
            if (*starts) start(job);
            then();
        });
}

SweepApi::~SweepApi() {
    for (const auto& job : jobs_) job->leaving = job->stop = true;
}

void SweepApi::answer(std::function<ApiReply()> make, Done done) {
    const auto reply = std::make_shared<ApiReply>();
    setup_.aside([reply, make = std::move(make)] { *reply = make(); }, [reply, done = std::move(done)] { done(std::move(*reply)); });
}

void SweepApi::handle(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done) {
    if (parts.size() == 1) {
        if (request.method == Method::post) return begin(request, std::move(done));
        return request.method == Method::get ? list(request.language, std::move(done)) : done(wrong_method());
    }
    if (parts.size() == 2 && parts[1] == "count") {
        if (request.method == Method::post) return count(request, std::move(done));
        return done(request.method == Method::get || request.method == Method::del ? not_found() : wrong_method());
    }
    const auto found = std::find_if(jobs_.begin(), jobs_.end(), [&](const Shared& job) { return job->id == parts[1]; });
    if (found == jobs_.end()) return done(problem_reply(404, "not_found", "Not found", "There is no such sweep."));
    one(*found, parts, request, std::move(done));
}

void SweepApi::list(exchange::Language language, Done done) {
    answer([language, jobs = std::vector<Shared>{jobs_.begin(), jobs_.end()}]() -> ApiReply {
        std::string body;
        wire::JsonWriter out{body};
        out.begin_object().key("sweeps").begin_array();
        for (const auto& job : jobs) job->write_head(out, language);
        out.end_array().end_object();
        return {200, std::move(body)};
    }, std::move(done));
}

void SweepApi::count(const ApiRequest& request, Done done) {
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return done(malformed());
    auto asked = read_asked(json->root(), setup_.places, request.language);
    if (!asked) return done(std::move(asked).error());
    answer([asked = std::make_shared<BacktestAsked>(std::move(*asked)), body = request.body]() -> ApiReply {
        auto counted = SweepJob::count(*asked, body);
        if (!counted) return std::move(counted).error();
        const auto& spec = counted->variants.spec();
        std::string text;
        wire::JsonWriter out{text};
        out.begin_object().member("variants", counted->variants.size()).member("grid", std::to_string(backtest::grid_size(spec))).key("ranges").begin_array();
        for (const auto& range : spec.ranges) out.begin_object().member("path", range.path).member("values", range.values.size()).end_object();
        out.end_array().member("candles", counted->ground.last - counted->ground.first).member("pieces", spec.pieces).key("funding_told");
        backtest::write(out, counted->ground.plan.assumptions.funding_told);
        out.end_object();
        return {200, std::move(text)};
    }, std::move(done));
}

void SweepApi::begin(const ApiRequest& request, Done done) {
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return done(malformed());
    auto asked = read_asked(json->root(), setup_.places, request.language);
    if (!asked) return done(std::move(asked).error());
    if (jobs_.size() >= kKept) return done(problem_reply(409, "too_many", "Conflict", "A hundred sweeps are kept: remove some of them first."));
    const auto job = std::make_shared<SweepJob>(setup_.folder, setup_.places.folder, "s" + std::to_string(++last_), setup_.clock->wall());
    const auto reply = std::make_shared<ApiReply>();
    setup_.aside(
        [job, reply, language = request.language, asked = std::make_shared<BacktestAsked>(std::move(*asked)), body = request.body] {
            auto problem = job->begin(std::move(*asked), body);
            *reply = problem ? std::move(*problem) : job->head(201, language);
        },
        [this, job, reply, done = std::move(done)] {
            if (reply->status == 201) {
                jobs_.push_front(job);
                start(job);
            }
            done(std::move(*reply));
        });
}

void SweepApi::start(const Shared& job) {
    setup_.run([job, loaded = loaded_, threads = setup_.threads] {
        loaded->touch(job);
        job->run(threads);
        loaded->touch(job);
    }, [] {});
}

void SweepApi::one(const Shared& job, const std::vector<std::string_view>& parts, const ApiRequest& request, Done done) {
    const auto what = parts.size() > 2 ? parts[2] : std::string_view{};
    if (parts.size() == 2 && request.method == Method::del) {
        job->stop = true;
        // The list is asked through the same thread: whoever asks next finds it gone.
        std::erase(jobs_, job);
        return answer([job, loaded = loaded_]() -> ApiReply {
            loaded->drop(job);
            job->forget();
            return {204, {}};
        }, std::move(done));
    }
    const bool acts = parts.size() == 3 && (what == "stop" || what == "resume");
    const bool reads = parts.size() == 2 || (parts.size() == 3 && (what == "rows" || what == "map")) || (parts.size() == 4 && what == "variants");
    if (!acts && !reads) return done(not_found());
    if (request.method != (acts ? Method::post : Method::get)) return done(wrong_method());
    if (acts) return act(job, what, request.language, std::move(done));
    const auto number = parts.size() == 4 ? parse_int(parts[3]).value_or(-1) : 0;
    if (number < 0) return done(not_found());
    answer([job, loaded = loaded_, what = std::string{what}, number = static_cast<std::size_t>(number), query = request.query, language = request.language] {
        loaded->touch(job);
        return what == "rows" ? job->rows(query) : what == "map" ? job->map(query) : what == "variants" ? job->variant(number) : job->whole(language);
    }, std::move(done));
}

void SweepApi::act(const Shared& job, std::string_view act, exchange::Language language, Done done) {
    if (act == "stop") {
        job->stop = true;
        return answer([job, language] {
            job->stop_waiting();
            return job->head(200, language);
        }, std::move(done));
    }
    const auto reply = std::make_shared<ApiReply>();
    resume(job, SweepJob::By::person, language, reply, [reply, done = std::move(done)] { done(std::move(*reply)); });
}

}  // namespace bf::server
