#include "connection/keeper.hpp"

#include <algorithm>

namespace bf::connection {
namespace {
constexpr milliseconds kCallTimeout{8000};
constexpr milliseconds kFirstPause{1000};
constexpr milliseconds kLongestPause{60000};
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

void StreamKeeper::ask(exchange::Call call, std::function<void(const wire::Response&, const exchange::Call&)> on_response) {
    const std::weak_ptr<bool> alive{alive_};
    if (setup_.pace != nullptr) {
        const auto now = world_.clock.steady();
        if (const auto wait = setup_.pace->wait(now, call.operation, call.market); wait.count() > 0) {
            world_.timers.after(wait, [this, alive, call = std::move(call), on_response = std::move(on_response)]() mutable {
                if (!alive.expired()) ask(std::move(call), std::move(on_response));
            });
            return;
        }
        setup_.pace->spend(now, call.operation, call.market);
    }
    const auto asked = call;
    world_.signer.sign(setup_.connection, std::move(call), world_.clock.wall() + setup_.clock_offset,
                       [this, alive, asked, on_response = std::move(on_response)](ports::SignOutcome outcome) {
                           if (alive.expired()) return;
                           auto* requests = std::get_if<std::vector<wire::Request>>(&outcome);
                           if (requests == nullptr || requests->empty()) return lose(exchange::unreadable("the signer did not sign the stream's request"));
                           world_.transport.send(std::move(requests->front()), kCallTimeout,
                                                 [this, alive, asked, on_response](Result<wire::Response> response) {
                                                     if (alive.expired()) return;
                                                     if (!response)
                                                         return lose({.code = exchange::ProblemCode::exchange_unavailable,
                                                                      .exchange_message = response.error().detail,
                                                                      .fate = Fate::unknown});
                                                     on_response(*response, asked);
                                                 });
                       });
}

void StreamKeeper::open() {
    exchange::StreamPlan plan;
    plan.market = setup_.market;
    plan.account_mode = setup_.account_mode;
    plan.is_private = true;
    if (auto address = adapter_.replies.fixed_stream_address(plan)) return connect(std::move(*address));
    ask(make_call(exchange::Operation::private_stream), [this](const wire::Response& response, const exchange::Call& asked) {
        auto address = adapter_.replies.stream_address(response, {.call = asked, .now = world_.clock.wall()});
        if (!address) return lose(address.error());
        if (!setup_.repointed && !adapter_.replies.is_own_stream_address(address->url))
            return lose(exchange::unreadable("the exchange named a stream address that is not its own"));
        connect(std::move(*address));
    });
}

void StreamKeeper::connect(exchange::StreamAddress address) {
    StreamTarget target{setup_.connection, setup_.site, std::move(address), {}, setup_.clock_offset};
    target.plan.market = setup_.market;
    target.plan.account_mode = setup_.account_mode;
    target.plan.is_private = true;
    target.plan.topics = {{exchange::TopicKind::orders}, {exchange::TopicKind::fills}, {exchange::TopicKind::balances}};
    if (setup_.market == market::Market::futures) target.plan.topics.push_back({exchange::TopicKind::positions});
    if (target.address.listen_key && target.address.renew_every) schedule_renewal(*target.address.renew_every, *target.address.listen_key);
    const std::weak_ptr<bool> alive{alive_};
    StreamLink::Events events;
    events.on_live = [this] {
        losses_in_row_ = 0;
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

void StreamKeeper::schedule_renewal(milliseconds every, std::string listen_key) {
    if (renew_timer_) world_.timers.cancel(*renew_timer_);
    renew_timer_ = world_.timers.after(every, [this, every, listen_key = std::move(listen_key)] {
        renew_timer_.reset();
        auto call = make_call(exchange::Operation::renew_stream);
        call.listen_key = listen_key;
        ask(std::move(call), [this, every, listen_key](const wire::Response& response, const exchange::Call& asked) {
            const auto renewed = adapter_.replies.done(response, {.call = asked, .now = world_.clock.wall()});
            // A key that can't be renewed dies by itself; a new one is opened before that.
            if (!renewed) return lose(renewed.error());
            schedule_renewal(every, listen_key);
        });
    });
}

void StreamKeeper::lose(const exchange::Problem& problem) {
    link_.reset();
    if (renew_timer_) world_.timers.cancel(*renew_timer_);
    renew_timer_.reset();
    if (retry_timer_) return;
    const int doublings = std::min(losses_in_row_++, 6);
    const auto pause = std::min(kFirstPause * (1 << doublings), kLongestPause);
    const auto spread = milliseconds{(setup_.spread + static_cast<std::uint32_t>(losses_in_row_) * 7919U) % static_cast<std::uint32_t>(pause.count() / 2 + 1)};
    retry_timer_ = world_.timers.after(pause + spread, [this] {
        retry_timer_.reset();
        open();
    });
    if (state_ == State::live) {
        // Before it may be destroyed by its owner in the other callback, and so that its end is told once.
        state_ = State::down;
        tap().on_down(problem);
        tap().on_done();
        return on_state_(State::down, problem);
    }
    set_state(State::down, problem);
}

void StreamKeeper::set_state(State state, const std::optional<exchange::Problem>& problem) {
    if (state == state_) return;
    state_ = state;
    on_state_(state, problem);
}

}  // namespace bf::connection
