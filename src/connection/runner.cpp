#include "connection/runner.hpp"

#include <algorithm>

namespace bf::connection {
namespace {

/// A check ends within 15 s whatever happens; the last second is for telling it.
constexpr milliseconds kWholeTest{14000};
constexpr milliseconds kOneCall{6000};
/// A signer that is started again is there in less.
constexpr milliseconds kSignerPause{250};
constexpr int kSignerTries = 12;

bool is_public(exchange::Operation operation) {
    using Operation = exchange::Operation;
    switch (operation) {
        case Operation::server_time:
        case Operation::instruments:
        case Operation::ticker:
        case Operation::mark_price:
        case Operation::candles:
        case Operation::service_status:
        case Operation::egress_address:
        case Operation::public_stream: return true;
        default: return false;
    }
}

}  // namespace

TestRunner::TestRunner(World world, Adapter adapter, std::string connection, TestInput input, ConnectionTest::OnStep on_step, OnDone on_done, TestRoom room)
    : world_{world}, adapter_{adapter}, connection_{std::move(connection)}, on_done_{std::move(on_done)}, room_{std::move(room)},
      test_{std::move(input), [&clock = world.clock] { return clock.wall(); }, std::move(on_step)} {}

TestRunner::~TestRunner() {
    *alive_ = false;
    if (deadline_) world_.timers.cancel(*deadline_);
}

void TestRunner::start() {
    started_at_ = world_.clock.steady();
    deadline_ = world_.timers.after(kWholeTest, [this] {
        deadline_.reset();
        stream_.reset();
        test_.give_up();
        finish();
    });
    advance();
}

milliseconds TestRunner::time_left() const {
    const auto used = std::chrono::duration_cast<milliseconds>(world_.clock.steady() - started_at_);
    return std::clamp(kWholeTest - used, milliseconds{1}, kOneCall);
}

void TestRunner::advance() {
    if (done_) return;
    // By value: the test replaces its action while we still read it.
    const Action action = test_.action();
    if (const auto* call = std::get_if<SendCall>(&action)) return perform(*call);
    if (const auto* watch = std::get_if<WatchStream>(&action)) return perform(*watch);
    finish();
}

void TestRunner::perform(const SendCall& action) {
    const auto operation = action.call.operation;
    if (room_.pace != nullptr) {
        const auto now = world_.clock.steady();
        if (const auto wait = room_.pace->wait(now, operation, action.call.market); wait.count() > 0) {
            world_.timers.after(wait, [this, alive = std::weak_ptr<bool>{alive_}] {
                if (!alive.expired()) advance();
            });
            return;
        }
    }
    if (!adapter_.replies.offers(action.call)) {
        // Later, not from inside ourselves: a script that meets several unsupported calls would recurse.
        const auto why = exchange::not_offered(adapter_.calls.info().name, operation);
        world_.timers.after(milliseconds{0}, [this, alive = std::weak_ptr<bool>{alive_}, why, now = world_.clock.wall()] {
            if (!alive.expired()) deliver(why, now);
        });
        return;
    }
    if (!is_public(operation)) return sign(action, 0);
    const Instant now = world_.clock.wall();
    exchange::RequestList list;
    if (auto written = adapter_.calls.write(action.call, nullptr, now + action.clock_offset, list); !written) {
        // Later, not from inside ourselves: a script that meets several unsupported calls would recurse.
        world_.timers.after(milliseconds{0}, [this, alive = std::weak_ptr<bool>{alive_}, error = written.error(), now] {
            if (!alive.expired()) deliver(error, now);
        });
        return;
    }
    if (room_.pace != nullptr) room_.pace->spend(world_.clock.steady(), operation, action.call.market, &room_.booking);
    auto requests = std::make_shared<std::vector<wire::Request>>();
    for (std::size_t i = 0; i < list.size(); ++i) requests->push_back(list[i]);
    send_next(std::move(requests), 0, now);
}

void TestRunner::sign(const SendCall& action, int tries) {
    world_.signer.sign_order(connection_, action.call, world_.clock.wall() + action.clock_offset, action.reference,
                       [this, alive = std::weak_ptr<bool>{alive_}, action, tries](ports::SignOutcome outcome) {
                           if (alive.expired() || done_) return;
                           const Instant signed_at = world_.clock.wall();
                           if (auto* error = std::get_if<exchange::CallError>(&outcome)) return deliver(std::move(*error), signed_at);
                           if (auto* error = std::get_if<Error>(&outcome)) {
                               if (error->kind != ErrorKind::unreachable || tries >= kSignerTries) return deliver(std::move(*error), signed_at);
                               world_.timers.after(kSignerPause, [this, alive, action, tries] {
                                   if (!alive.expired() && !done_) sign(action, tries + 1);
                               });
                               return;
                           }
                           if (room_.pace != nullptr) room_.pace->spend(world_.clock.steady(), action.call.operation, action.call.market, &room_.booking);
                           auto requests = std::make_shared<std::vector<wire::Request>>(std::get<std::vector<wire::Request>>(std::move(outcome)));
                           send_next(std::move(requests), 0, signed_at);
                       });
}

void TestRunner::send_next(std::shared_ptr<std::vector<wire::Request>> requests, std::size_t index, Instant started) {
    world_.road().send((*requests)[index], time_left(),
                          [this, alive = std::weak_ptr<bool>{alive_}, requests, index, started](Result<wire::Response> result) {
                              if (alive.expired() || done_) return;
                              if (!result) return deliver(std::move(result).error(), started);
                              if (index + 1 < requests->size() && result->status == 200) return send_next(requests, index + 1, started);
                              deliver(std::move(result).value(), started);
                          });
}

void TestRunner::deliver(std::variant<wire::Response, Error, exchange::CallError> what, Instant sent_at) {
    if (done_) return;
    CallOutcome outcome{std::move(what), sent_at, world_.clock.wall()};
    test_.deliver(std::move(outcome));
    advance();
}

void TestRunner::perform(const WatchStream& action) {
    StreamTarget target{connection_, action.site, action.address, action.plan, action.clock_offset};
    // The callbacks come from inside the link: it is put away and the test goes on a moment later.
    const auto later = [this](StreamOutcome outcome) {
        world_.timers.after(milliseconds{0}, [this, alive = std::weak_ptr<bool>{alive_}, outcome = std::move(outcome)] {
            if (alive.expired() || done_ || !stream_) return;
            stream_.reset();
            test_.deliver(outcome);
            advance();
        });
    };
    StreamLink::Events events;
    events.on_live = [later] { later(StreamOutcome{}); };
    events.on_down = [later](const exchange::Problem& problem) { later(Unexpected{problem}); };
    stream_ = std::make_unique<StreamLink>(world_, adapter_, std::move(target), ignored_events_, nullptr, std::move(events));
}

void TestRunner::finish() {
    if (done_) return;
    done_ = true;
    if (deadline_) world_.timers.cancel(*deadline_);
    deadline_.reset();
    room_.booking = {};
    const auto on_done = on_done_;
    world_.timers.after(milliseconds{0}, [this, alive = std::weak_ptr<bool>{alive_}, on_done] {
        if (!alive.expired()) on_done(test_.report());
    });
}

}  // namespace bf::connection
