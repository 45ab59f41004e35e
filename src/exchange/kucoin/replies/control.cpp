#include "exchange/kucoin/replies/control.hpp"

#include "exchange/said.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {

std::string Control::ping() { return R"({"id":")" + next_id() + R"(","type":"ping"})"; }

void Control::welcome(const std::vector<std::string>& subscriptions) {
    if (state_ != State::opening) return;
    state_ = subscriptions.empty() ? State::live : State::subscribing;
    for (const auto& subscription : subscriptions) {
        pending_.push_back(next_id());
        frames_.push_back(R"({"id":")" + pending_.back() + R"(",)" + subscription + '}');
    }
}

void Control::acknowledged(std::string_view id) {
    std::erase(pending_, id);
    if (state_ == State::subscribing && pending_.empty()) state_ = State::live;
}

Answer<void> Control::refused(std::string_view id, std::string_view code, std::string_view message, bool by_symbol) {
    // A token that is expired, unknown or of the other host says nothing about the key: a fresh one is fetched for the next try.
    Problem problem{.code = ProblemCode::exchange_unavailable, .exchange_code = words_of_exchange(code), .exchange_message = words_of_exchange(message)};
    const bool ours = std::find(pending_.begin(), pending_.end(), id) != pending_.end();
    // 404 "topic /contractMarket/tickerV2:X is not found", 400 "topic /market/match:X is invalid": as others met them (kucoin-api-docs issue
    // 426 of 2022, cryptofeed issue 1100 of 2026). Only that one is not to be had; a fresh token changes nothing.
    if (ours && by_symbol && (code == "404" || code == "400")) problem.code = ProblemCode::invalid_symbol;
    if (ours || state_ == State::opening) {
        state_ = State::refused;
        problem_ = problem;
    }
    return Unexpected{std::move(problem)};
}

}  // namespace bf::exchange::kucoin
