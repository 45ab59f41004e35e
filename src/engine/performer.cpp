#include "engine/performer.hpp"

#include <algorithm>

namespace bf::engine {

Performer::Performer(connection::World world, ports::Journal& journal, Trader& trader) : world_{world}, journal_{journal}, trader_{trader} {
    journal_.on_durable([this, alive = std::weak_ptr<bool>{alive_}](std::uint64_t sequence) {
        if (alive.expired()) return;
        while (!written_.empty() && written_.front().first <= sequence) {
            durable_ = written_.front().second;
            written_.pop_front();
        }
        if (checkpoint_ && checkpoint_->second != 0 && checkpoint_->second <= sequence) {
            journal_.forget_before(checkpoint_->first);
            checkpoint_.reset();
        }
        event([this](Now at) { trader_.on_durable(at, durable_); });
        send_ready();
    });
}

Performer::~Performer() {
    if (timer_) world_.timers.cancel(timer_->second);
}

void Performer::carry_out() {
    // Carrying one thing out can cause the next, from inside the same call; the outermost does them all.
    if (carrying_out_) return;
    carrying_out_ = true;
    while (!trader_.effects().appends.empty() || !trader_.effects().asks.empty()) {
        Effects effects;
        std::swap(effects, trader_.effects());
        // Observations are the trader's own to work off.
        std::swap(effects.observations, trader_.effects().observations);
        for (const auto& entry : effects.appends) append(entry);
        for (auto& ask : effects.asks) sign(std::move(ask));
    }
    carrying_out_ = false;
    trader_.write_up();
    set_timer();
}

void Performer::append(const Append& entry) {
    const auto sequence = journal_.append(static_cast<std::uint16_t>(entry.kind), entry.payload);
    written_.emplace_back(sequence, entry.number);
    ++records_;
    // A checkpoint tells only what was told before.
    if (tell_outcome_ && !checkpoint_) tell_outcome(entry);
    if (entry.kind == kCheckpoint) {
        checkpoint_ = {sequence, 0};
        records_ = 1;
    } else if (entry.kind == kCheckpointEnd && checkpoint_) {
        checkpoint_->second = sequence;
    }
}

void Performer::tell_outcome(const Append& entry) {
    if (entry.kind != RecordKind::accepted && entry.kind != RecordKind::finished) return;
    const auto record = read_record(entry.kind, entry.payload);
    if (!record) return;
    if (const auto* accepted = std::get_if<AcceptedRecord>(&*record)) {
        if (const auto* order = trader_.orders().find(accepted->order)) tell_outcome_({order->intent(), "accepted", accepted->exchange_id, std::nullopt});
    } else if (const auto* finished = std::get_if<FinishedRecord>(&*record)) {
        if (const auto* order = trader_.orders().find(finished->order)) tell_outcome_({order->intent(), to_string(finished->end), order->exchange_id(), finished->filled});
    }
}

void Performer::checkpoint() {
    event([this](Now at) { trader_.write_checkpoint(at); });
}

void Performer::sign(Ask ask) {
    const auto* connection = trader_.find_connection(ask.connection);
    const auto exchange_time = world_.clock.wall() + (connection == nullptr ? milliseconds{0} : connection->clock_offset);
    if (connection != nullptr && connection->account.replies != nullptr && !connection->account.replies->offers(ask.call)) {
        const auto why = exchange::not_offered(to_string(connection->account.exchange), ask.call.operation);
        world_.timers.after(milliseconds{0}, [this, alive = std::weak_ptr<bool>{alive_}, ticket = ask.ticket, why] {
            if (!alive.expired()) answer(ticket, why);
        });
        return;
    }
    const auto family = connection == nullptr ? ports::Family::v4 : connection->family;
    auto call = ask.call;
    const auto name = ask.connection;
    auto reference = trader_.reference_of(name, call);
    const std::weak_ptr<bool> weak{alive_};
    world_.signer.sign_order(name, std::move(call), exchange_time, std::move(reference), [this, alive = weak, family, ask = std::move(ask)](ports::SignOutcome outcome) {
        if (alive.expired()) return;
        if (auto* error = std::get_if<exchange::CallError>(&outcome)) return answer(ask.ticket, std::move(*error));
        if (auto* error = std::get_if<Error>(&outcome)) return answer(ask.ticket, std::move(*error));
        signed_.push_back({std::get<std::vector<wire::Request>>(std::move(outcome)), ask, family});
        send_ready();
    });
}

void Performer::send_ready() {
    for (std::size_t i = 0; i < signed_.size();) {
        if (signed_[i].ask.after > durable_) {
            ++i;
            continue;
        }
        auto one = std::move(signed_[i]);
        signed_.erase(signed_.begin() + static_cast<std::ptrdiff_t>(i));
        // Its connection was removed meanwhile: nobody waits for an answer.
        if (trader_.caller().find(one.ask.connection) == nullptr) continue;
        if (one.ask.not_after && *one.ask.not_after < world_.clock.steady()) {
            answer(one.ask.ticket, Error{ErrorKind::denied, "It was too late to send it.", Fate::not_sent, "too_late"});
            continue;
        }
        event([this, ticket = one.ask.ticket](Now at) { trader_.on_sent(at, ticket); });
        send(std::make_shared<Signed>(std::move(one)), 0);
    }
}

void Performer::send(std::shared_ptr<Signed> all, std::size_t index) {
    auto request = std::move(all->requests[index]);
    auto& road = world_.transport.over(all->family);
    road.send(std::move(request), kAnswerTime, [this, alive = std::weak_ptr<bool>{alive_}, all, index](Result<wire::Response> response) {
        if (alive.expired()) return;
        if (!response) return answer(all->ask.ticket, std::move(response).error());
        if (index + 1 < all->requests.size() && is_done(all->ask, *response)) return send(all, index + 1);
        answer(all->ask.ticket, std::move(*response));
    });
}

/// Some exchanges refuse with HTTP 200: their adapter says so. Only settings are made of several requests.
bool Performer::is_done(const Ask& ask, const wire::Response& response) const {
    if (response.status >= 400) return false;
    const auto* account = trader_.caller().find(ask.connection);
    if (account == nullptr || account->replies == nullptr) return true;
    return account->replies->done(response, {ask.call, world_.clock.wall(), account->instruments}).has_value();
}

void Performer::answer(std::uint64_t ticket, CallAnswer what) {
    event([&](Now at) { trader_.on_answer(at, ticket, std::move(what)); });
}

void Performer::set_timer() {
    const auto wake = trader_.next_wake();
    if (timer_) {
        if (wake && *wake == timer_->first) return;
        world_.timers.cancel(timer_->second);
        timer_.reset();
    }
    if (!wake) return;
    const auto delay = std::chrono::ceil<milliseconds>(std::max(std::chrono::microseconds{0}, *wake - world_.clock.steady()));
    timer_ = {*wake, world_.timers.after(delay, [this, alive = std::weak_ptr<bool>{alive_}] {
        if (alive.expired()) return;
        timer_.reset();
        event([this](Now at) { trader_.tick(at); });
    })};
}

}  // namespace bf::engine
