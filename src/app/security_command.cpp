#include "app/security_command.hpp"

#include "app/engine_asker.hpp"
#include "app/exit_code.hpp"
#include "base/printable.hpp"
#include "wire/json.hpp"

#include <cstdio>

namespace bf::app {

int security(const SecurityOptions& options) {
    EngineAsker asker{options.data};
    const bool dutch = options.language == "nl";
    if (dutch) asker.speak(exchange::Language::nl);
    const auto reply = asker.ask(wire::Method::get, "security/findings");
    const auto json = wire::Json::parse(reply.body);
    const auto text = [](const wire::JsonValue& value) { return printable(value.text().value_or("")); };
    if (options.json) std::puts(reply.body.c_str());
    if (reply.status != 200 || !json) {
        std::fprintf(stderr, "%s\n", json ? text((*json)["detail"]).c_str() : "The server gave no readable answer.");
        return kFailed;
    }
    const auto findings = (*json)["findings"];
    for (std::size_t i = 0; !options.json && i < findings.size(); ++i) {
        const auto finding = findings.at(i);
        std::string names;
        for (std::size_t k = 0; k < finding["connections"].size(); ++k) names += (k == 0 ? "" : ", ") + text(finding["connections"].at(k)["name"]);
        std::printf("%-8s  %s%s%s\n          %s\n", text(finding["severity"]).c_str(), names.c_str(), names.empty() ? "" : ": ", text(finding["cause"]).c_str(), text(finding["remedy"]).c_str());
    }
    if (!options.json && findings.size() == 0)
        std::puts(dutch ? "Er is niets gevonden. Wat niet bekend is geeft geen bevinding: dit is geen bewijs." : "Nothing was found. What is not known makes no finding: this is no proof.");
    return (*json)["critical"].integer().value_or(0) > 0 ? kRefused : kDone;
}

}  // namespace bf::app
