#include "connection/stream_link.hpp"

namespace bf::connection {
namespace {

constexpr milliseconds kOpenTimeout{8000};
/// From opening to every topic acknowledged.
constexpr milliseconds kLiveTimeout{10000};
/// A stream that stays silent for this many ping intervals, pongs included, is dead.
constexpr int kSilentIntervalsMax = 3;

exchange::Problem away(std::string what) {
    return {.code = exchange::ProblemCode::exchange_unavailable, .exchange_message = std::move(what), .fate = Fate::unknown};
}

}  // namespace

StreamLink::StreamLink(World world, const Adapter& adapter, StreamTarget target, exchange::StreamSink& sink,
                       const exchange::Instruments* instruments, Events events)
    : world_{world}, target_{std::move(target)}, sink_{sink}, events_{std::move(events)},
      session_{adapter.replies.open_session(target_.plan, instruments)}, last_heard_{world.clock.steady()} {
    schedule_deadline();
    stream_ = world_.road().open_stream(target_.address.url, kOpenTimeout, *this);
}

StreamLink::~StreamLink() {
    *alive_ = false;
    if (ping_timer_) world_.timers.cancel(*ping_timer_);
    if (deadline_timer_) world_.timers.cancel(*deadline_timer_);
}

void StreamLink::on_open() {
    last_heard_ = world_.clock.steady();
    session_->on_open();
    schedule_ping();
    follow_session();
}

void StreamLink::on_text(std::string_view message) { on_frame(message, false); }
void StreamLink::on_binary(std::string_view message) { on_frame(message, true); }

void StreamLink::on_frame(std::string_view message, bool binary) {
    last_heard_ = world_.clock.steady();
    const bool was_live = live_;
    if (was_live && events_.on_heard) events_.on_heard();
    const auto read = binary ? session_->on_binary(message, sink_) : session_->on_text(message, sink_);
    // An unreadable frame before the stream is live means it will not come up; later it is one frame lost.
    if (!read && !was_live) return go_down(read.error());
    if (!read && events_.on_unreadable) events_.on_unreadable(read.error());
    if (was_live && events_.on_done) events_.on_done();
    follow_session();
}

void StreamLink::on_closed(const Error& reason) { go_down(away(reason.detail)); }

void StreamLink::follow_session() {
    using State = exchange::StreamSession::State;
    if (down_ || !stream_) return;
    for (auto& frame : session_->take_frames()) stream_->send_text(std::move(frame));
    switch (session_->state()) {
        case State::needs_login:
            if (!login_asked_) login();
            return;
        case State::refused: return go_down(session_->problem().value_or(exchange::unreadable("the stream was refused")));
        case State::live:
            if (live_) return;
            live_ = true;
            events_.on_live();
            return;
        case State::opening:
        case State::subscribing: return;
    }
}

void StreamLink::login() {
    login_asked_ = true;
    exchange::Call call;
    call.operation = exchange::Operation::stream_login;
    call.market = target_.plan.market;
    call.account_mode = target_.plan.account_mode;
    call.site = target_.site;
    world_.signer.sign(target_.connection, std::move(call), world_.clock.wall() + target_.clock_offset,
                       [this, alive = std::weak_ptr<bool>{alive_}](ports::SignOutcome outcome) {
                           if (alive.expired() || down_) return;
                           auto* requests = std::get_if<std::vector<wire::Request>>(&outcome);
                           if (requests == nullptr || requests->empty()) return go_down(away("the signer did not sign the stream's login"));
                           stream_->send_text(std::move(requests->front().body));
                       });
}

void StreamLink::schedule_ping() {
    ping_timer_ = world_.timers.after(target_.address.ping_every, [this] {
        ping_timer_.reset();
        if (down_) return;
        if (world_.clock.steady() - last_heard_ > target_.address.ping_every * kSilentIntervalsMax)
            return go_down(away("the stream went silent"));
        ping();
        schedule_ping();
    });
}

void StreamLink::ping() {
    if (!down_ && stream_) stream_->send_text(session_->ping());
}

void StreamLink::schedule_deadline() {
    deadline_timer_ = world_.timers.after(kLiveTimeout, [this] {
        deadline_timer_.reset();
        if (!live_) go_down(away("the stream was not acknowledged in time"));
    });
}

void StreamLink::go_down(exchange::Problem problem) {
    if (down_) return;
    down_ = true;
    live_ = false;
    // The owner may destroy us from inside the callback: nothing is touched after it.
    const auto on_down = events_.on_down;
    on_down(problem);
}

}  // namespace bf::connection
