// What the web process and the engine say to each other about second factors, which live in the signer: POST /internal/second-factor/ACT
// with {"account","code","by"}. No browser reaches such a path: what comes from outside begins with /api/v1/ or /hooks/.
#pragma once
#include "server/api.hpp"

#include <functional>

namespace bf::server {

inline constexpr std::string_view kFactorRoot = "/internal/second-factor/";

/// Acts: state, begin, confirm, check, renew, remove, vouch.
struct FactorQuestion {
    std::string act;
    std::string account;
    std::string code{};
    std::string by{};  ///< With vouch: whose factor vouches, and whose code it is.
};

struct FactorAnswer {
    std::optional<ApiReply> problem{};  ///< The engine or the signer is away, or the signer refuses; then nothing else holds.
    std::string verdict{};              ///< "ok", "wrong", "replayed", "slow_down", "none"; empty if the answer is no verdict.
    std::int64_t wait_s{0};
    bool by_recovery{false};
    bool fall_cancelled{false};
    bool on{false};
    bool trusted{false};
    std::int64_t recovery_left{0};
    std::optional<std::int64_t> falls_at{};
    std::string secret{};
    std::vector<std::string> codes{};
};

/// How the web process asks.
using AskFactor = std::function<void(FactorQuestion, std::function<void(FactorAnswer)>)>;

ApiRequest to_request(const FactorQuestion& question);
std::optional<FactorQuestion> factor_question(const ApiRequest& request);
ApiReply to_reply(const FactorAnswer& answer);
FactorAnswer factor_answer(const ApiReply& reply);

}  // namespace bf::server
