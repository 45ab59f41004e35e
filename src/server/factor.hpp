// What the web process and the engine say to each other about second factors, which live in the signer: POST /internal/second-factor/ACT
// with {"account","code","by"} and, for passkeys, what their acts take. No browser reaches such a path: what comes from outside begins with /api/v1/ or /hooks/.
#pragma once
#include "server/api.hpp"
#include "wire/json_writer.hpp"

#include <functional>

namespace bf::server {

inline constexpr std::string_view kFactorRoot = "/internal/second-factor/";

/// Acts: state, begin, confirm, check, renew, remove, vouch; passkeys, passkey-begin, passkey-add, passkey-challenge, passkey-remove.
struct FactorQuestion {
    std::string act;
    std::string account;
    std::string code{};
    std::string by{};  ///< With vouch: whose factor vouches, and whose code it is.
    bool may_count{false};  ///< With confirm: it is an owner's.
    struct Passkey {
        std::string origin{};                                 ///< Of the page that asks.
        std::string name{}, client_data{}, authenticator_data{};  ///< Of a new one; the data in base64url.
        std::string id{};                                     ///< Of one to remove.
    };
    Passkey passkey{};
};

struct PasskeyInfo {
    std::string id, name, host;
    std::int64_t made_at{0};
    std::optional<std::int64_t> used_at{};
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
    struct Asked {
        std::string challenge, host, user;
        std::vector<std::string> credentials{};
    };
    std::optional<Asked> asked{};            ///< What a browser needs to ask for a passkey.
    std::vector<PasskeyInfo> passkeys{};
};

/// How the web process asks.
using AskFactor = std::function<void(FactorQuestion, std::function<void(FactorAnswer)>)>;

ApiRequest to_request(const FactorQuestion& question);
std::optional<FactorQuestion> factor_question(const ApiRequest& request);
ApiReply to_reply(const FactorAnswer& answer);
FactorAnswer factor_answer(const ApiReply& reply);
void write_asked(wire::JsonWriter& out, const FactorAnswer::Asked& asked);
void write_passkeys(wire::JsonWriter& out, const std::vector<PasskeyInfo>& passkeys);

}  // namespace bf::server
