#include "engine/market_poller.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using std::chrono::microseconds;

constexpr milliseconds kCallTimeout{5'000};
/// Under way at once: enough to use the budget at a round trip of a fifth of a second, few enough that a dead host holds up little.
constexpr std::size_t kOutMax = 8;
constexpr milliseconds kTimeEvery{600'000};
constexpr milliseconds kTimeAgain{10'000};
constexpr milliseconds kTooMany{2'000};
constexpr milliseconds kTooManyMax{16'000};

}  // namespace

MarketPoller::MarketPoller(connection::World world, const connection::Adapter& adapter, connection::Pace* pace, exchange::Call time_call)
    : world_{world}, adapter_{adapter}, pace_{pace}, time_call_{std::move(time_call)} {
    measure_time();
}

MarketPoller::~MarketPoller() {
    *alive_ = false;
    if (timer_) world_.timers.cancel(*timer_);
    if (time_timer_) world_.timers.cancel(*time_timer_);
}

void MarketPoller::ask(PollClass urgency, exchange::Call call, Done done) {
    queues_[static_cast<std::size_t>(urgency)].push_back({std::move(call), std::move(done)});
    // Later, so that an answer never comes inside the asking.
    pump_in(milliseconds{0});
}

std::size_t MarketPoller::waiting() const {
    std::size_t sum = 0;
    for (const auto& queue : queues_) sum += queue.size();
    return sum;
}

void MarketPoller::pump_in(milliseconds delay) {
    if (timer_) world_.timers.cancel(*timer_);
    timer_ = world_.timers.after(delay, [this] {
        timer_.reset();
        pump();
    });
}

void MarketPoller::pump() {
    std::optional<milliseconds> soonest;
    for (auto& queue : queues_) {
        while (!queue.empty()) {
            if (out_ >= kOutMax) return;
            const auto now = world_.clock.steady();
            auto wait = std::chrono::ceil<milliseconds>(std::max(microseconds{0}, paused_until_ - now));
            const auto& call = queue.front().call;
            if (pace_ != nullptr) wait = std::max(wait, pace_->wait(now, call.operation, call.market, connection::Pace::Share::scheduled));
            if (wait.count() > 0) {
                // What stands behind it may draw on another pool.
                soonest = std::min(soonest.value_or(wait), wait);
                break;
            }
            Waiting one = std::move(queue.front());
            queue.pop_front();
            send(std::move(one));
        }
    }
    if (soonest) pump_in(*soonest);
}

void MarketPoller::send(Waiting one) {
    exchange::RequestList list;
    ++out_;
    ++asked_;
    const auto now = world_.clock.steady();
    auto returned = [this, alive = std::weak_ptr<bool>{alive_}, call = one.call, done = std::move(one.done), now](const wire::Response* response) {
        if (alive.expired()) return;
        --out_;
        const auto problem = done(response, call, now);
        if (alive.expired()) return;
        if (response != nullptr) judge(problem);
        pump();
    };
    if (!adapter_.calls.write(one.call, nullptr, exchange_now(), list) || list.size() == 0) {
        world_.timers.after(milliseconds{0}, [returned = std::move(returned)] { returned(nullptr); });
        return;
    }
    if (pace_ != nullptr) pace_->spend(now, one.call.operation, one.call.market);
    world_.road().send(list[0], kCallTimeout, [returned = std::move(returned)](Result<wire::Response> response) { returned(response ? &*response : nullptr); });
}

void MarketPoller::judge(const Verdict& problem) {
    if (!problem || problem->code != exchange::ProblemCode::rate_limited) {
        if (!problem) too_many_in_row_ = 0;
        return;
    }
    const auto doubled = std::min(kTooMany * (1 << std::min(too_many_in_row_++, 5)), kTooManyMax);
    const auto pause = problem->retry_after_s ? std::min<milliseconds>(seconds{*problem->retry_after_s}, std::chrono::minutes{10}) : doubled;
    paused_until_ = std::max(paused_until_, world_.clock.steady() + microseconds{pause});
}

Instant MarketPoller::exchange_at(microseconds steady) const {
    if (zero_) return *zero_ + std::chrono::duration_cast<milliseconds>(steady);
    return world_.clock.wall() + std::chrono::duration_cast<milliseconds>(steady - world_.clock.steady());
}

void MarketPoller::measure_time() {
    ask(PollClass::stream, time_call_, [this](const wire::Response* response, const exchange::Call& call, microseconds asked_at) -> MarketPoller::Verdict {
        const auto answer = response != nullptr ? std::optional{adapter_.replies.server_time(*response, {.call = call, .now = world_.clock.wall()})} : std::nullopt;
        const bool good = answer && answer->has_value();
        // What it shows was true half way between asking and hearing.
        if (good) zero_ = **answer - std::chrono::duration_cast<milliseconds>(asked_at + (world_.clock.steady() - asked_at) / 2);
        time_timer_ = world_.timers.after(good ? kTimeEvery : kTimeAgain, [this] {
            time_timer_.reset();
            measure_time();
        });
        return answer && !good ? std::optional{answer->error()} : std::nullopt;
    });
}

}  // namespace bf::engine
