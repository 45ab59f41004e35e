#include "connection/keeper.hpp"

#include <algorithm>

namespace bf::connection {
namespace {
constexpr milliseconds kCallTimeout{8000};
constexpr milliseconds kFirstPause{1000};
constexpr milliseconds kLongestPause{60000};
/// A stream that dies younger than this has proven nothing: the pauses go on growing.
constexpr std::chrono::microseconds kProven{seconds{30}};
/// Between two tries to renew a listen key.
constexpr milliseconds kRenewAgain{60000};

bool is_passing(exchange::ProblemCode code) {
    using Code = exchange::ProblemCode;
    return code == Code::exchange_unavailable || code == Code::maintenance || code == Code::rate_limited || code == Code::clock_skew;
}
}  // namespace

StreamKeeper::StreamKeeper(World world, Adapter adapter, Setup setup, OnState on_state)
    : world_{world}, adapter_{adapter}, setup_{std::move(setup)}, on_state_{std::move(on_state)} {
    // The first opening is spread over half a second, so that a start with many connections is no stampede.
    retry_timer_ = world_.timers.after(milliseconds{setup_.spread % 500}, [this] {
        retry_timer_.reset();
        open();
    });
}

StreamKeeper::~StreamKeeper() {
    *alive_ = false;
    if (retry_timer_) world_.timers.cancel(*retry_timer_);
    if (renew_timer_) world_.timers.cancel(*renew_timer_);
    if (state_ == State::live) tap().on_down({.code = exchange::ProblemCode::exchange_unavailable, .exchange_message = "the stream was closed here", .fate = Fate::unknown});
}

exchange::Call StreamKeeper::make_call(exchange::Operation operation) const {
    exchange::Call call;
    call.operation = operation;
    call.market = setup_.market;
    call.site = setup_.site;
    call.account_mode = setup_.account_mode;
    call.key_version = setup_.key_version;
    return call;
}

void StreamKeeper::ask(exchange::Call call, OnResponse on_response, OnFailure on_failure) {
    // What was asked for a stream that is gone says nothing to the next one.
    const auto is_over = [this, alive = std::weak_ptr<bool>{alive_}, era = era_] { return alive.expired() || era != era_; };
    if (setup_.pace != nullptr) {
        const auto now = world_.clock.steady();
        if (const auto wait = setup_.pace->wait(now, call.operation, call.market); wait.count() > 0) {
            world_.timers.after(wait, [this, is_over, call = std::move(call), on_response = std::move(on_response), on_failure = std::move(on_failure)]() mutable {
                if (!is_over()) ask(std::move(call), std::move(on_response), std::move(on_failure));
            });
            return;
        }
        setup_.pace->spend(now, call.operation, call.market);
    }
    const auto asked = call;
    world_.signer.sign(setup_.connection, std::move(call), world_.clock.wall() + setup_.clock_offset,
                       [this, is_over, asked, on_response = std::move(on_response), on_failure = std::move(on_failure)](ports::SignOutcome outcome) {
                           if (is_over()) return;
                           auto* requests = std::get_if<std::vector<wire::Request>>(&outcome);
                           if (requests == nullptr || requests->empty()) return on_failure(exchange::unreadable("the signer did not sign the stream's request"));
                           world_.road().send(std::move(requests->front()), kCallTimeout, [is_over, asked, on_response, on_failure](Result<wire::Response> response) {
                               if (is_over()) return;
                               if (response) return on_response(*response, asked);
                               on_failure({.code = exchange::ProblemCode::exchange_unavailable, .exchange_message = response.error().detail, .fate = Fate::unknown});
                           });
                       });
}

void StreamKeeper::open() {
    exchange::StreamPlan plan;
    plan.market = setup_.market;
    plan.account_mode = setup_.account_mode;
    plan.is_private = true;
    if (auto address = adapter_.replies.fixed_stream_address(plan)) return connect(std::move(*address));
    const auto answered = [this](const wire::Response& response, const exchange::Call& asked) {
        auto address = adapter_.replies.stream_address(response, {.call = asked, .now = world_.clock.wall()});
        if (!address) return lose(address.error());
        if (!setup_.repointed && !adapter_.replies.is_own_stream_address(address->url))
            return lose(exchange::unreadable("the exchange named a stream address that is not its own"));
        connect(std::move(*address));
    };
    ask(make_call(exchange::Operation::private_stream), answered, [this](const exchange::Problem& problem) { lose(problem); });
}

void StreamKeeper::connect(exchange::StreamAddress address) {
    StreamTarget target{setup_.connection, setup_.site, std::move(address), {}, setup_.clock_offset};
    target.plan.market = setup_.market;
    target.plan.account_mode = setup_.account_mode;
    target.plan.is_private = true;
    target.plan.topics = {{exchange::TopicKind::orders}, {exchange::TopicKind::fills}, {exchange::TopicKind::balances}};
    if (setup_.market == market::Market::futures) target.plan.topics.push_back({exchange::TopicKind::positions});
    if (target.address.listen_key && target.address.renew_every) {
        renewal_ = {*target.address.listen_key, *target.address.renew_every, world_.clock.steady()};
        schedule_renewal(renewal_.every);
    }
    const std::weak_ptr<bool> alive{alive_};
    StreamLink::Events events;
    events.on_live = [this] {
        live_since_ = world_.clock.steady();
        set_state(State::live, std::nullopt);
        tap().on_live();
        tap().on_done();
    };
    events.on_heard = [this] { tap().on_heard(); };
    events.on_unreadable = [this](const exchange::Problem& problem) { tap().on_unreadable(problem); };
    events.on_done = [this] { tap().on_done(); };
    // Comes from inside the link, which may not be destroyed there.
    events.on_down = [this, alive](const exchange::Problem& problem) {
        world_.timers.after(milliseconds{0}, [this, alive, problem] {
            if (!alive.expired()) lose(problem);
        });
    };
    link_ = std::make_unique<StreamLink>(world_, adapter_, std::move(target), tap(), tap().instruments(), std::move(events));
}

void StreamKeeper::schedule_renewal(milliseconds in) {
    if (renew_timer_) world_.timers.cancel(*renew_timer_);
    renew_timer_ = world_.timers.after(in, [this] {
        renew_timer_.reset();
        auto call = make_call(exchange::Operation::renew_stream);
        call.listen_key = renewal_.listen_key;
        const auto answered = [this](const wire::Response& response, const exchange::Call& asked) {
            if (const auto renewed = adapter_.replies.done(response, {.call = asked, .now = world_.clock.wall()}); !renewed) return not_renewed(renewed.error());
            renewal_.renewed = world_.clock.steady();
            schedule_renewal(renewal_.every);
        };
        ask(std::move(call), answered, [this](const exchange::Problem& problem) { not_renewed(problem); });
    });
}

/// The key lives for twice the pause between renewals. Half of that margin goes into trying again while the stream works; a key that is
/// refused, or still not renewed then, is given up for a new one before it dies.
void StreamKeeper::not_renewed(const exchange::Problem& problem) {
    const auto until = renewal_.renewed + renewal_.every + renewal_.every / 2;
    if (!is_passing(problem.code) || world_.clock.steady() + kRenewAgain > until) return lose(problem);
    schedule_renewal(kRenewAgain);
}

void StreamKeeper::retire() {
    retired_ = true;
    if (renew_timer_) world_.timers.cancel(*renew_timer_);
    if (retry_timer_) world_.timers.cancel(*retry_timer_);
    renew_timer_.reset();
    retry_timer_.reset();
}

void StreamKeeper::lose(const exchange::Problem& problem) {
    ++era_;
    link_.reset();
    if (renew_timer_) world_.timers.cancel(*renew_timer_);
    renew_timer_.reset();
    if (retry_timer_) return;
    if (!retired_) open_again_later();
    if (state_ == State::live) {
        // Before it may be destroyed by its owner in the other callback, and so that its end is told once.
        state_ = State::down;
        tap().on_down(problem);
        tap().on_done();
        return on_state_(State::down, problem);
    }
    set_state(State::down, problem);
}

void StreamKeeper::open_again_later() {
    if (state_ == State::live && world_.clock.steady() - live_since_ >= kProven) losses_in_row_ = 0;
    const int doublings = std::min(losses_in_row_++, 6);
    const auto pause = std::min(kFirstPause * (1 << doublings), kLongestPause);
    const auto spread = milliseconds{(setup_.spread + static_cast<std::uint32_t>(losses_in_row_) * 7919U) % static_cast<std::uint32_t>(pause.count() / 2 + 1)};
    retry_timer_ = world_.timers.after(pause + spread, [this] {
        retry_timer_.reset();
        open();
    });
}

void StreamKeeper::set_state(State state, const std::optional<exchange::Problem>& problem) {
    if (state == state_) return;
    state_ = state;
    on_state_(state, problem);
}

}  // namespace bf::connection
