#include "server/step_up.hpp"

#include "server/api_replies.hpp"

#include <array>

namespace bf::server {

std::variant<ports::StepUp, ApiReply> step_up_of(const wire::Json& json, const ApiRequest& request) {
    // A passkey's answer stands in the code's place.
    constexpr std::array<std::pair<const char*, std::size_t>, 2> kMost{{{"account", 64}, {"code", 6000}}};
    for (const auto& [field, most] : kMost)
        if (json[field].exists() && (!json[field].text() || json[field].text()->size() > most))
            return bad_field(field, "account and code are texts; no account's name has more than 64 characters.");
    std::string account = request.actor.local ? std::string{json["account"].text().value_or("")} : request.actor.account;
    return ports::StepUp{std::move(account), std::string{json["code"].text().value_or("")}};
}

}  // namespace bf::server
