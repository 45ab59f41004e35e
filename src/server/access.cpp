#include "server/access.hpp"

#include "base/text.hpp"

#include <array>

namespace bf::server {
namespace {

using wire::Method;

constexpr std::string_view kRoot = "/api/v1/";

/// One row a path and method. New rows go to the end of their part.
constexpr AccessRule kRules[] = {
    // What is seen.
    {Method::get, "exchanges", Role::viewer},
    {Method::get, "signer", Role::viewer},
    {Method::get, "addresses", Role::viewer},
    {Method::get, "connections", Role::viewer},
    {Method::get, "connections/*", Role::viewer},
    {Method::get, "connections/*/history", Role::viewer},
    {Method::get, "connections/*/limits", Role::viewer},
    {Method::get, "strategies", Role::viewer},
    {Method::get, "strategies/*", Role::viewer},
    {Method::get, "instruments", Role::viewer},
    {Method::get, "groups", Role::viewer},
    {Method::get, "groups/*", Role::viewer},
    {Method::get, "decisions", Role::viewer},
    {Method::get, "decisions/*", Role::viewer},
    {Method::get, "accounts/*", Role::viewer},
    {Method::get, "candles", Role::viewer},
    {Method::get, "alarms", Role::viewer},
    {Method::get, "mode", Role::viewer},
    {Method::get, "backtests", Role::viewer},
    {Method::get, "backtests/example", Role::viewer},
    {Method::get, "backtests/*", Role::viewer},
    {Method::get, "backtests/*/candles", Role::viewer},
    {Method::get, "backtests/*/files", Role::viewer},
    {Method::get, "backtests/*/groups/*", Role::viewer},
    {Method::get, "sweeps", Role::viewer},
    {Method::get, "sweeps/*", Role::viewer},
    {Method::get, "sweeps/*/rows", Role::viewer},
    {Method::get, "sweeps/*/map", Role::viewer},
    {Method::get, "sweeps/*/variants/*", Role::viewer},
    {Method::get, "ledger", Role::viewer},
    {Method::get, "ledger/head", Role::viewer},
    {Method::get, "security/findings", Role::viewer},
    {Method::get, "candle-sets", Role::viewer},
    {Method::get, "candle-sets/*", Role::viewer},
    {Method::get, "candle-imports/*", Role::viewer},
    {Method::get, "candle-downloads", Role::viewer},
    {Method::get, "candle-downloads/*", Role::viewer},
    {Method::post, "ladder", Role::viewer},  // Computes; keeps nothing.
    {Method::post, "watch", Role::viewer},   // Which prices a page wants to be told.

    // What trades.
    {Method::post, "strategies", Role::trader},
    {Method::put, "strategies/*", Role::trader},
    {Method::del, "strategies/*", Role::trader},
    {Method::post, "strategies/*/enable", Role::trader},
    {Method::post, "strategies/*/disable", Role::trader},
    {Method::post, "strategies/*/mode", Role::trader},
    {Method::post, "strategies/*/rotate-hook", Role::trader},
    {Method::post, "strategies/*/signal", Role::trader},
    {Method::post, "groups/*/release", Role::trader},
    {Method::post, "groups/*/recover", Role::trader},
    {Method::post, "groups/*/close", Role::trader},
    {Method::post, "groups/*/adopt", Role::trader},
    {Method::post, "groups/*/ignore", Role::trader},
    {Method::post, "groups/*/let-go", Role::trader},
    {Method::post, "alarms/*/acknowledge", Role::trader},
    {Method::post, "mode", Role::trader},
    {Method::post, "backtests", Role::trader},
    {Method::del, "backtests/*", Role::trader},
    {Method::post, "sweeps", Role::trader},
    {Method::post, "sweeps/count", Role::trader},
    {Method::post, "sweeps/*/stop", Role::trader},
    {Method::post, "sweeps/*/resume", Role::trader},
    {Method::del, "sweeps/*", Role::trader},
    {Method::post, "candle-sets/example", Role::trader},
    {Method::del, "candle-sets/*", Role::trader},
    {Method::post, "candle-uploads", Role::trader},
    {Method::get, "candle-uploads/*", Role::trader},
    {Method::put, "candle-uploads/*", Role::trader},
    {Method::del, "candle-uploads/*", Role::trader},
    {Method::post, "candle-imports", Role::trader},
    {Method::post, "candle-downloads", Role::trader},
    {Method::post, "candle-downloads/*/stop", Role::trader},
    {Method::post, "accounts/*/freeze", Role::trader},
    {Method::post, "accounts/*/unfreeze", Role::trader},
    {Method::post, "accounts/*/paper", Role::trader},
    {Method::post, "connections/*/test", Role::trader},
    {Method::post, "connections/*/disable", Role::trader},
    {Method::post, "connections/*/enable", Role::trader},
    {Method::post, "connections/*/freeze", Role::trader},

    // What widens what a key may do: the signer itself asks for the code, and what is wider is not for tokens (check_widening).
    {Method::put, "connections/*/limits", Role::owner},
    {Method::post, "connections/*/unfreeze", Role::owner},
    {Method::post, "ledger/compare", Role::trader},

    // Keys and this installation. A new key gives nobody a right over an old one, so adding asks for no more than a session.
    {Method::post, "connections", Role::owner},
    {Method::patch, "connections/*", Role::owner},
    {Method::del, "connections/*", Role::owner, StepUp::needed},
    {Method::post, "connections/*/rotate", Role::owner, StepUp::needed},
    {Method::post, "connections/*/roll-back", Role::owner, StepUp::needed},
    {Method::post, "connections/*/ask-old-key", Role::owner},
    {Method::post, "connections/*/forget-old-key", Role::owner, StepUp::needed},
    {Method::put, "addresses", Role::owner},
    {Method::post, "addresses/learn", Role::owner},
    {Method::post, "demo/keys", Role::owner},
    {Method::post, "ledger/accept", Role::owner, StepUp::needed},

    // The whole of it. What comes out of a restore trades when its owner says so.
    {Method::get, "backups", Role::owner},
    {Method::post, "backups", Role::owner, StepUp::needed},
    {Method::get, "backups/piece", Role::owner, StepUp::needed},
    {Method::del, "backups/current", Role::owner},
    {Method::post, "backups/verified", Role::owner},
    {Method::post, "backups/confirm", Role::owner, StepUp::needed},

    // One's own account: everybody's.
    {Method::get, "live", Role::viewer},
    {Method::get, "request-token", Role::viewer},
    {Method::get, "session", Role::viewer},
    {Method::post, "sign-out", Role::viewer},
    {Method::post, "step-up", Role::viewer},
    {Method::get, "sessions", Role::viewer},
    {Method::del, "sessions/*", Role::viewer, StepUp::needed},
    {Method::post, "password", Role::viewer},
    {Method::get, "second-factor", Role::viewer},
    {Method::post, "second-factor/begin", Role::viewer, StepUp::needed},
    {Method::post, "second-factor/confirm", Role::viewer, StepUp::needed},
    {Method::post, "second-factor/recovery-codes", Role::viewer, StepUp::own_code},
    {Method::post, "second-factor/remove", Role::viewer, StepUp::own_code},
    {Method::get, "passkeys", Role::viewer},
    {Method::post, "passkeys/challenge", Role::viewer},
    // What it makes is worth a code.
    {Method::post, "passkeys/begin", Role::viewer, StepUp::own_code},
    {Method::post, "passkeys", Role::viewer},
    {Method::del, "passkeys/*", Role::viewer, StepUp::needed},
    {Method::get, "tokens", Role::viewer},
    {Method::post, "tokens", Role::viewer, StepUp::needed},
    {Method::del, "tokens/*", Role::viewer},

    // Other people's accounts.
    {Method::get, "people", Role::owner},
    {Method::post, "people", Role::owner, StepUp::needed},
    {Method::patch, "people/*", Role::owner, StepUp::needed},
    {Method::del, "people/*", Role::owner, StepUp::needed},
    {Method::post, "people/*/password", Role::owner, StepUp::needed},
    {Method::del, "people/*/second-factor", Role::owner, StepUp::needed},
    {Method::get, "people/*/passkeys", Role::owner},
    {Method::del, "people/*/passkeys/*", Role::owner, StepUp::needed},
    {Method::post, "people/*/vouch", Role::owner, StepUp::own_code},
};

bool fits(std::string_view pattern, std::string_view path) {
    while (true) {
        const auto p = pattern.find('/'), q = path.find('/');
        const auto part = path.substr(0, q);
        if (pattern.substr(0, p) != "*" ? pattern.substr(0, p) != part : part.empty()) return false;
        if ((p == std::string_view::npos) != (q == std::string_view::npos)) return false;
        if (p == std::string_view::npos) return true;
        pattern.remove_prefix(p + 1);
        path.remove_prefix(q + 1);
    }
}

bool is_fresh(const Actor& actor, Instant now) {
    // A time ahead of ours is a clock set back, or a lie: not fresh either.
    const auto since = now - *actor.stepped_up_at;
    return since >= milliseconds{0} && since <= kStepUpFresh;
}

constexpr std::array<std::string_view, 4> kRoleNames{"nobody", "viewer", "trader", "owner"};

}  // namespace

std::string_view to_string(Role role) { return kRoleNames[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(std::string_view word) {
    for (std::size_t i = 0; i < kRoleNames.size(); ++i)
        if (kRoleNames[i] == word) return static_cast<Role>(i);
    return std::nullopt;
}

std::span<const AccessRule> access_rules() { return kRules; }

std::optional<AccessRule> access_rule(Method method, std::string_view path) {
    if (!path.starts_with(kRoot)) return std::nullopt;
    path.remove_prefix(kRoot.size());
    for (const auto& rule : kRules)
        if (rule.method == method && fits(rule.path, path)) return rule;
    return std::nullopt;
}

std::string allowed_methods(std::string_view path) {
    std::string methods;
    const auto add = [&methods](std::string_view one) { methods.append(methods.empty() ? "" : ", ").append(one); };
    for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
        if (!access_rule(method, path)) continue;
        add(wire::to_string(method));
        if (method == Method::get) add("HEAD");
    }
    return methods;
}

Access check_access(const Actor& actor, Method method, std::string_view path, Instant now) {
    const auto rule = access_rule(method, path);
    if (actor.role < (rule ? rule->least : Role::owner)) return Access::not_for_role;
    if (!rule || rule->step_up == StepUp::no || actor.local) return Access::allowed;
    if (!actor.stepped_up_at) return Access::not_for_tokens;
    return rule->step_up == StepUp::own_code || is_fresh(actor, now) ? Access::allowed : Access::step_up_needed;
}

Access check_widening(const Actor& actor, bool judged, Instant now) {
    if (actor.role < Role::owner) return Access::not_for_role;
    if (actor.local) return Access::allowed;
    if (!actor.stepped_up_at) return Access::not_for_tokens;
    return judged || is_fresh(actor, now) ? Access::allowed : Access::step_up_needed;
}

}  // namespace bf::server
