#include "server/limits_api.hpp"

#include "server/api_replies.hpp"
#include "server/limits_json.hpp"

namespace bf::server {
namespace {

using wire::Method;

/// What the signer said, or why not.
ports::LimitKeeper::Told teller(LimitsApi::Done done) {
    return [done = std::move(done)](Result<ports::LimitState> state) {
        if (!state) {
            const auto& error = state.error();
            if (error.code == "step_up") return done(problem_reply(403, "code_needed", "Confirm it is you", error.detail + "."));
            return done(error_reply(error));
        }
        std::string body;
        wire::JsonWriter out{body};
        write_limit_state(out, *state);
        done({200, std::move(body)});
    };
}

/// Whose code comes with the request; or the field that is none.
std::variant<ports::StepUp, ApiReply> step_up_of(const wire::Json& json, const ApiRequest& request) {
    constexpr std::size_t kWordMax = 64;
    for (const char* field : {"account", "code"})
        if (json[field].exists() && (!json[field].text() || json[field].text()->size() > kWordMax))
            return bad_field(field, "account and code are texts of at most 64 characters.");
    // The command line speaks for nobody: it names the account whose code it brings.
    std::string account = request.actor.local ? std::string{json["account"].text().value_or("")} : request.actor.account;
    return ports::StepUp{std::move(account), std::string{json["code"].text().value_or("")}};
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
        return unfreeze(connection, std::get<ports::StepUp>(std::move(step_up)), std::move(done));
    }
    const auto level = (*json)["level"].exists() ? ports::parse_freeze((*json)["level"].text().value_or("")) : ports::FreezeLevel::entries;
    if (!level || *level == ports::FreezeLevel::none) return done(bad_field("level", "The level is entries or everything."));
    freeze(connection, *level, std::move(done));
}

void LimitsApi::put(const std::string& connection, market::Market market, const ApiRequest& request, Done done) {
    const auto json = wire::Json::parse(request.body);
    if (!json || !json->root().is_object()) return done(malformed());
    auto limits = read_limits((*json)["limits"]);
    if (!limits) return done(bad_limits(limits.error()));
    if (auto fits = fit_to(market, *limits); !fits) return done(bad_limits(fits.error()));
    auto step_up = step_up_of(*json, request);
    if (const auto* refused = std::get_if<ApiReply>(&step_up)) return done(*refused);
    keeper_.set_limits(connection, std::move(*limits), std::get<ports::StepUp>(std::move(step_up)), teller(std::move(done)));
}

void LimitsApi::freeze(const std::string& connection, ports::FreezeLevel level, Done done) {
    freeze_engine_(connection, true);
    keeper_.limits(connection, [this, connection, level, done = std::move(done)](Result<ports::LimitState> state) mutable {
        // Frozen harder already: that stays.
        if (state && state->freeze >= level) return teller(std::move(done))(std::move(state));
        keeper_.freeze(connection, level, {}, teller(std::move(done)));
    });
}

void LimitsApi::unfreeze(const std::string& connection, ports::StepUp step_up, Done done) {
    keeper_.freeze(connection, ports::FreezeLevel::none, std::move(step_up), [this, connection, done = std::move(done)](Result<ports::LimitState> state) mutable {
        if (state) freeze_engine_(connection, false);
        teller(std::move(done))(std::move(state));
    });
}

}  // namespace bf::server
