#include "server/limits_api.hpp"

#include "connection/limit_change.hpp"
#include "server/api_replies.hpp"
#include "server/limits_json.hpp"
#include "server/step_up.hpp"

#include <algorithm>

namespace bf::server {
namespace {

using connection::Saying;
using wire::Method;

/// As the history names whoever asks.
std::string who_of(const Actor& actor) { return actor.local ? std::string{connection::kAtTheConsole} : actor.account; }

/// What came of new limits, for the history: what holds now, what waits, what no longer waits.
connection::Facts told_of(const ports::LimitState& before, const ports::LimitState& after, const std::string& who) {
    connection::Facts facts;
    if (const auto changed = connection::limit_change(before.limits, after.limits); !changed.empty()) facts.push_back({Saying::limits_changed, {who, changed}});
    if (after.raise && (!before.raise || before.raise->limits != after.raise->limits || before.raise->due != after.raise->due))
        facts.push_back({Saying::limits_raise_asked, {who, connection::limit_change(after.limits, after.raise->limits), connection::utc_minute(after.raise->due)}});
    if (before.raise && !after.raise) facts.push_back({Saying::limits_raise_dropped, {who}});
    return facts;
}

/// What the signer said, or why not.
ports::LimitKeeper::Told teller(LimitsApi::Done done) {
    return [done = std::move(done)](Result<ports::LimitState> state) {
        if (!state) {
            const auto& error = state.error();
            if (is_step_up(error)) return done(problem_reply(403, "code_needed", "Confirm it is you", error.detail + "."));
            return done(error_reply(error));
        }
        std::string body;
        wire::JsonWriter out{body};
        write_limit_state(out, *state);
        done({200, std::move(body)});
    };
}

ApiReply bad_limits(const Error& error) { return bad_field("limits", error.code + ": " + error.detail); }

}  // namespace

bool LimitsApi::serves(std::string_view action) { return action == "limits" || action == "freeze" || action == "unfreeze"; }

void LimitsApi::handle(const std::string& connection, market::Market market, std::string_view action, const ApiRequest& request, Done done) {
    if (action == "limits" && request.method == Method::get) return keeper_.limits(connection, teller(std::move(done)));
    if (action == "limits" && request.method == Method::put) return put(connection, market, request, std::move(done));
    if (action == "limits" || request.method != Method::post) return done(wrong_method());
    const auto json = wire::Json::parse(request.body.empty() ? "{}" : request.body);
    if (!json || !json->root().is_object()) return done(malformed());
    if (action == "unfreeze") {
        auto step_up = step_up_of(*json, request);
        if (const auto* refused = std::get_if<ApiReply>(&step_up)) return done(*refused);
        return unfreeze(connection, std::get<ports::StepUp>(std::move(step_up)), request.actor, std::move(done));
    }
    const auto level = (*json)["level"].exists() ? ports::parse_freeze((*json)["level"].text().value_or("")) : ports::FreezeLevel::entries;
    if (!level || *level == ports::FreezeLevel::none) return done(bad_field("level", "The level is entries or everything."));
    freeze(connection, *level, who_of(request.actor), std::move(done));
}

void LimitsApi::put(const std::string& connection, market::Market market, const ApiRequest& request, Done done) {
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return done(malformed());
    auto limits = read_limits((*json)["limits"]);
    if (!limits) return done(bad_limits(limits.error()));
    if (auto fits = fit_to(market, *limits); !fits) return done(bad_limits(fits.error()));
    auto step_up = step_up_of(*json, request);
    if (const auto* refused = std::get_if<ApiReply>(&step_up)) return done(*refused);
    set(connection, std::move(*limits), std::get<ports::StepUp>(std::move(step_up)), request.actor, std::move(done));
}

std::optional<ApiReply> LimitsApi::refuse_widening(const Actor& actor, const ports::LimitState& state) const {
    const bool no_code = std::find(state.findings.begin(), state.findings.end(), ports::LimitFinding::no_second_factor) != state.findings.end();
    return access_reply(check_widening(actor, !no_code, book_.now()));
}

void LimitsApi::set(const std::string& connection, ports::UseLimits limits, ports::StepUp step_up, const Actor& actor, Done done) {
    // What held before is asked first, so that the history can tell what changed.
    keeper_.limits(connection, [this, connection, limits = std::move(limits), step_up = std::move(step_up), actor,
                                done = std::move(done)](Result<ports::LimitState> before) mutable {
        if (!before) return teller(std::move(done))(std::move(before));
        if (ports::raises(before->limits, limits))
            if (auto refused = refuse_widening(actor, *before)) return done(std::move(*refused));
        keeper_.set_limits(connection, std::move(limits), std::move(step_up), [this, connection, before = std::move(*before), who = who_of(actor),
                                                                               done = std::move(done)](Result<ports::LimitState> state) mutable {
            if (state) book_.note_limits(connection, told_of(before, *state, who));
            if (!state && is_step_up(state.error())) book_.note_limits(connection, {{Saying::limits_refused, {who}}});
            teller(std::move(done))(std::move(state));
        });
    });
}

void LimitsApi::freeze(const std::string& connection, ports::FreezeLevel level, std::string who, Done done) {
    freeze_engine_(connection, true);
    keeper_.limits(connection, [this, connection, level, who = std::move(who), done = std::move(done)](Result<ports::LimitState> state) mutable {
        // Frozen harder already: that stays. The command line freezes at the signer before it asks here: it is told as its doing.
        if (state && state->freeze >= level) {
            book_.note_freeze(connection, state->freeze, who);
            return teller(std::move(done))(std::move(state));
        }
        const bool waited = state && state->raise;
        keeper_.freeze(connection, level, {}, [this, connection, waited, who = std::move(who), done = std::move(done)](Result<ports::LimitState> frozen) mutable {
            if (frozen) book_.note_freeze(connection, frozen->freeze, who);
            if (frozen && waited && !frozen->raise) book_.note_limits(connection, {{Saying::limits_raise_dropped, {who}}});
            teller(std::move(done))(std::move(frozen));
        });
    });
}

void LimitsApi::unfreeze(const std::string& connection, ports::StepUp step_up, const Actor& actor, Done done) {
    keeper_.limits(connection, [this, connection, step_up = std::move(step_up), actor, done = std::move(done)](Result<ports::LimitState> before) mutable {
        if (!before) return teller(std::move(done))(std::move(before));
        const auto& findings = before->findings;
        const bool in_doubt = std::find(findings.begin(), findings.end(), ports::LimitFinding::rolled_back) != findings.end();
        // A trader lets go of what the engine alone holds (accounts/{id}/unfreeze).
        if (before->freeze != ports::FreezeLevel::none || in_doubt)
            if (auto refused = refuse_widening(actor, *before)) return done(std::move(*refused));
        keeper_.freeze(connection, ports::FreezeLevel::none, std::move(step_up),
                       [this, connection, who = who_of(actor), done = std::move(done)](Result<ports::LimitState> state) mutable {
                           if (state) book_.note_freeze(connection, ports::FreezeLevel::none, who);
                           if (!state && is_step_up(state.error())) book_.note_limits(connection, {{Saying::limits_refused, {who}}});
                           if (state) freeze_engine_(connection, false);
                           teller(std::move(done))(std::move(state));
                       });
    });
}

}  // namespace bf::server
