#include "engine/pair_facts.hpp"

#include <algorithm>

namespace bf::engine {

PairFacts::~PairFacts() {
    for (const auto& [wanted, state] : states_)
        if (state.ticket != 0) caller_.ignore(state.ticket);
}

void PairFacts::want(Now now, Kind kind, const std::string& connection, const market::Symbol& symbol) {
    const auto [at, fresh] = states_.try_emplace(Wanted{kind, connection, symbol});
    if (!fresh) return;
    at->second.tag = ++last_tag_;
    at->second.due = now.steady;
    ask_due(now);
}

void PairFacts::forget(const std::string& connection) {
    std::erase_if(states_, [&](const auto& one) {
        if (one.first.connection != connection) return false;
        if (one.second.ticket != 0) caller_.ignore(one.second.ticket);
        return true;
    });
    out_.erase(connection);
    plan();
}

bool PairFacts::has_room(const std::string& connection) const {
    const auto found = out_.find(connection);
    return found == out_.end() || found->second < kAtOnce;
}

void PairFacts::ask_due(Now now) {
    bool asked = false;
    for (auto& [wanted, state] : states_) {
        if (state.ticket != 0 || state.no_such_call || state.due > now.steady || !has_room(wanted.connection)) continue;
        ask(now, wanted, state);
        asked = true;
    }
    plan();
    if (asked) caller_.pump(now);
}

void PairFacts::ask(Now now, const Wanted& wanted, State& state) {
    const auto* account = caller_.find(wanted.connection);
    state.due = now.steady + kKnownFor;
    if (account == nullptr) return;
    const auto operation = wanted.kind == Kind::risk_tiers ? exchange::Operation::risk_tiers : exchange::Operation::fee_rates;
    state.ticket = caller_.ask(now, wanted.connection, *this, {Urgency::poll, account->call(operation, wanted.symbol), state.tag, 0, {}});
    if (state.ticket != 0) ++out_[wanted.connection];
}

void PairFacts::tick(Now now) {
    if (wake_ && *wake_ <= now.steady) ask_due(now);
}

void PairFacts::plan() {
    wake_.reset();
    for (const auto& [wanted, state] : states_)
        if (state.ticket == 0 && !state.no_such_call && has_room(wanted.connection)) wake_ = wake_ ? std::min(*wake_, state.due) : state.due;
}

void PairFacts::on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) {
    const auto found = std::find_if(states_.begin(), states_.end(), [tag](const auto& one) { return one.second.tag == tag; });
    if (found == states_.end()) return;
    found->second.ticket = 0;
    --out_[found->first.connection];
    take(now, found->first, found->second, call, answer);
    ask_due(now);
}

void PairFacts::take(Now now, const Wanted& wanted, State& state, const exchange::Call& call, const CallAnswer& answer) {
    if (const auto* error = std::get_if<exchange::CallError>(&answer)) {
        // Nobody tells it, or the list of instruments does: asking again changes nothing.
        state.no_such_call = error->kind == exchange::CallError::Kind::not_supported;
        state.due = now.steady + kRetryLast;
        return;
    }
    const auto* account = caller_.find(wanted.connection);
    const auto* response = std::get_if<wire::Response>(&answer);
    if (response != nullptr && account != nullptr) {
        const exchange::Asked asked{call, now.wall, account->instruments};
        const auto keep = [&](auto answered, auto& kept) -> std::optional<exchange::Problem> {
            if (!answered) return answered.error();
            kept = std::move(*answered);
            return std::nullopt;
        };
        const auto problem = wanted.kind == Kind::risk_tiers ? keep(account->replies->risk_tiers(*response, asked), state.tiers)
                                                             : keep(account->replies->fee_rates(*response, asked), state.fees);
        if (!problem) {
            state.pause = kRetryFirst;
            state.due = now.steady + kKnownFor;
            return told_(now, wanted.kind, wanted.connection, wanted.symbol);
        }
        if (problem->code == exchange::ProblemCode::rate_limited) caller_.pause(now, wanted.connection, seconds{problem->retry_after_s.value_or(2)});
    }
    state.due = now.steady + state.pause;
    state.pause = std::min<seconds>(state.pause * 2, kRetryLast);
}

const std::vector<market::RiskTier>* PairFacts::tiers(std::string_view connection, const market::Symbol& symbol) const {
    const auto found = states_.find(Sought{Kind::risk_tiers, connection, symbol});
    return found == states_.end() || !found->second.tiers ? nullptr : &*found->second.tiers;
}

const market::FeeRates* PairFacts::fees(std::string_view connection, const market::Symbol& symbol) const {
    const auto found = states_.find(Sought{Kind::fee_rates, connection, symbol});
    return found == states_.end() || !found->second.fees ? nullptr : &*found->second.fees;
}

}  // namespace bf::engine
