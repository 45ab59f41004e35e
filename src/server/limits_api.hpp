// What a connection's key may be used for, in the REST interface: GET and PUT /connections/{id}/limits, POST …/freeze and …/unfreeze. The
// signer decides; here its words are JSON, and the engine hears of a freeze first, since it opens nothing from that moment on. What was done
// stands in the connection's history, with who did it.
#pragma once
#include "ports/use_limits.hpp"
#include "server/api.hpp"

namespace bf::server {

class LimitsApi {
public:
    using Done = Api::Done;
    /// Freezes, or lets go, in the engine. Nothing there to do for a connection that does not trade.
    using FreezeEngine = std::function<void(const std::string& connection, bool frozen)>;
    LimitsApi(ports::LimitKeeper& keeper, connection::Book& book, FreezeEngine freeze_engine) : keeper_{keeper}, book_{book}, freeze_engine_{std::move(freeze_engine)} {}

    /// "limits", "freeze", "unfreeze".
    static bool serves(std::string_view action);
    void handle(const std::string& connection, market::Market market, std::string_view action, const ApiRequest& request, Done done);

private:
    void put(const std::string& connection, market::Market market, const ApiRequest& request, Done done);
    void set(const std::string& connection, ports::UseLimits limits, ports::StepUp step_up, const Actor& actor, Done done);
    void freeze(const std::string& connection, ports::FreezeLevel level, std::string who, Done done);
    void unfreeze(const std::string& connection, ports::StepUp step_up, const Actor& actor, Done done);
    /// Widening takes a person: a code that the signer judges, or while nobody's counts there, the step-up that any dangerous act takes.
    [[nodiscard]] std::optional<ApiReply> refuse_widening(const Actor& actor, const ports::LimitState& state) const;

    ports::LimitKeeper& keeper_;
    connection::Book& book_;
    FreezeEngine freeze_engine_;
};

}  // namespace bf::server
