// Who asks, and what that one may: one table for the web process, which knows sessions and tokens, and for the engine, which checks
// again what reaches it. A path that stands in no row is the owner's alone.
#pragma once
#include "base/time.hpp"
#include "wire/http.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bf::server {

/// Each may what the ones before it may.
enum class Role : std::uint8_t {
    nobody,  ///< No session: what a signal or a scraper is.
    viewer,  ///< Sees everything that is traded; changes nothing.
    trader,  ///< Runs strategies and groups; never touches keys, accounts or limits.
    owner,
};
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view word);

/// Who a request comes from, as the process that let it in found out.
struct Actor {
    std::string account{};
    Role role{Role::nobody};
    /// Over a Unix socket, from a process of the user who owns the data folder: the command line. Needs no password.
    bool local{false};
    /// When password or code were last given; nothing for an API token, which can give neither.
    std::optional<Instant> stepped_up_at{};

    static Actor at_the_console() { return {"console", Role::owner, true, {}}; }
};

/// For so long after giving password and code nobody is asked again.
inline constexpr milliseconds kStepUpFresh = seconds{300};

enum class StepUp : std::uint8_t {
    no,
    needed,
    /// It brings a code itself, which the signer judges and uses up: to ask for one before would take two. A person's all the same.
    own_code,
};

struct AccessRule {
    wire::Method method;
    std::string_view path;  ///< Behind /api/v1/; "*" stands for one part.
    Role least;
    StepUp step_up{StepUp::no};
};
std::span<const AccessRule> access_rules();

/// Nothing for a path without a row. `path` is a request's whole one.
std::optional<AccessRule> access_rule(wire::Method method, std::string_view path);

/// For the header Allow: the methods that a path takes ("GET, HEAD, POST"); empty for one that stands in no row.
std::string allowed_methods(std::string_view path);

enum class Access : std::uint8_t {
    allowed,
    not_for_role,      ///< The role is too low.
    step_up_needed,    ///< Give password and code again, then ask again.
    not_for_tokens,    ///< Needs a person: an API token can't give password and code.
};
Access check_access(const Actor& actor, wire::Method method, std::string_view path, Instant now);
/// Whether the actor may give a key back what it may not do now: wider limits, no freeze. Takes an owner in person, whatever path it came by; and
/// where the signer has no code to ask for (`judged`), one who stepped up.
Access check_widening(const Actor& actor, bool judged, Instant now);

}  // namespace bf::server
