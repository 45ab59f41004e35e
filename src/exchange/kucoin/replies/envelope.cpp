#include "exchange/kucoin/replies/envelope.hpp"

#include "base/text.hpp"
#include "exchange/kucoin/replies/errors.hpp"
#include "exchange/remark.hpp"
#include "exchange/said.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {
namespace {

/// KuCoin's penalties, from its API documentation (2023): 10 s for futures 200002, 30 s for Cloudflare's 1015.
constexpr std::int64_t kFuturesPenaltySeconds = 10;
constexpr std::int64_t kCloudflarePenaltySeconds = 30;

/// Whole seconds, rounded up, that the exchange says to wait.
std::optional<std::int64_t> retry_after(const wire::Response& response) {
    if (const auto left = wire::find_header(response.headers, "gw-ratelimit-reset")) {
        if (const auto ms = parse_int(trim(*left)); ms && *ms >= 0) return std::min(*ms / 1000 + (*ms % 1000 != 0 ? 1 : 0), kRetryAfterMax);
    }
    if (const auto left = wire::find_header(response.headers, "Retry-After")) {
        if (const auto seconds = parse_int(trim(*left)); seconds && *seconds >= 0) return std::min(*seconds, kRetryAfterMax);
    }
    return std::nullopt;
}

/// Whether a problem leaves open what became of the request.
Fate fate_of(ProblemCode code, Operation operation) {
    const bool open = code == ProblemCode::exchange_unavailable || code == ProblemCode::maintenance;
    return open && changes_something(operation) ? Fate::unknown : Fate::refused;
}

/// No body of the documented shape: a proxy's page, an empty answer, broken JSON.
Problem problem_without_body(const wire::Response& response, const Asked& asked) {
    Problem problem{.code = ProblemCode::exchange_unavailable};
    if (response.status != 0 && response.status != 200) problem.exchange_code = std::to_string(response.status);
    const bool cloudflare = response.body.find("1015") != std::string::npos && (response.status == 403 || response.status == 429);
    if (cloudflare || response.status == 429) {
        problem.code = ProblemCode::rate_limited;
        problem.retry_after_s = retry_after(response);
        if (cloudflare && !problem.retry_after_s) problem.retry_after_s = kCloudflarePenaltySeconds;
    } else if (response.status == 503) {
        problem.code = ProblemCode::maintenance;
    }
    problem.exchange_message = say(Remark::unreadable, {response.body.empty() ? "an empty answer" : "not the documented JSON"});
    problem.fate = fate_of(problem.code, asked.call.operation);
    return problem;
}

/// Codes that stand for many things: their text is looked at before the table.
bool text_decides(std::string_view code, market::Market market) {
    constexpr std::string_view kVague[] = {"400100", "400400", "102411", "600100", "300000"};
    return std::find(std::begin(kVague), std::end(kVague), code) != std::end(kVague) || (code == "100001" && market == market::Market::futures);
}

ProblemCode meaning(std::string_view code, std::string_view message, const Call& call) {
    if (code == "400007") {
        // "retry once with the older key version" hides behind the code of a missing right.
        if (problem_by_text(message) == ProblemCode::invalid_passphrase) return ProblemCode::invalid_passphrase;
        return missing_right(call.operation, call.market);
    }
    const auto by_code = text_decides(code, call.market) ? std::nullopt : problem_by_code(code, call.market);
    const auto found = by_code ? by_code : problem_by_text(message);
    if (!found) return ProblemCode::other;
    return *found == ProblemCode::no_read_permission ? missing_right(call.operation, call.market) : *found;
}

}  // namespace

Answer<Envelope> open_envelope(const wire::Response& response, const Asked& asked) {
    auto json = wire::Json::parse(response.body);
    if (!json) return Unexpected{problem_without_body(response, asked)};
    const auto code = (*json)["code"].text_or_number();
    if (!code) return Unexpected{problem_without_body(response, asked)};
    if (*code == "200000") {
        // Success is HTTP 200 with this code: an error of a gateway that carries it says nothing about what became of the request.
        if (response.status >= 400) return Unexpected{problem_without_body(response, asked)};
        return Envelope{std::move(*json)};
    }
    return Unexpected{problem_of(*code, (*json)["msg"].text().value_or(""), response, asked)};
}

Problem problem_of(std::string_view code, std::string_view message, const wire::Response& response, const Asked& asked) {
    auto means = meaning(code, message, asked.call);
    // A code that no table knows is at least as telling as the status it comes with.
    if (means == ProblemCode::other && response.status >= 500) means = problem_without_body(response, asked).code;
    Problem problem{.code = means, .exchange_code = words_of_exchange(code), .exchange_message = words_of_exchange(message)};
    problem.fate = fate_of(problem.code, asked.call.operation);
    // The passphrase header is a code made with the secret: a wrong secret spoils it too, and the answer is the same.
    if (problem.code == ProblemCode::invalid_passphrase) problem.candidates = {ProblemCode::invalid_secret};
    if (problem.code == ProblemCode::ip_not_allowed) problem.seen_address = address_in(message);
    if (problem.code == ProblemCode::rate_limited) {
        problem.retry_after_s = retry_after(response);
        if (!problem.retry_after_s && code == "200002") problem.retry_after_s = kFuturesPenaltySeconds;
        if (!problem.retry_after_s && code == "1015") problem.retry_after_s = kCloudflarePenaltySeconds;
    }
    return problem;
}

Problem problem_of_text(std::string_view message, const Asked& asked) {
    const auto found = problem_by_text(message);
    const auto code = found.value_or(ProblemCode::other);
    return Problem{.code = code, .exchange_message = words_of_exchange(message), .fate = fate_of(code, asked.call.operation)};
}

Unexpected<Problem> bad_shape(const char* what) { return Unexpected{unreadable(std::string{"KuCoin's answer lacks "} + what)}; }

}  // namespace bf::exchange::kucoin
