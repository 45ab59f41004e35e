#include "exchange/info.hpp"

#include "base/text.hpp"

#include <regex>

namespace bf::exchange {
namespace {

bool matches(std::string_view value, std::string_view pattern) {
    return std::regex_match(value.begin(), value.end(), std::regex{pattern.begin(), pattern.end()});
}
bool contains(std::string_view value, std::string_view pattern) {
    return std::regex_search(value.begin(), value.end(), std::regex{pattern.begin(), pattern.end()});
}

}  // namespace

std::vector<ShapeFinding> check_shape(const Info& info, std::string_view key, std::string_view secret,
                                      std::optional<std::string_view> passphrase) {
    std::vector<ShapeFinding> findings;
    const auto given = [&](std::string_view id) -> std::optional<std::string_view> {
        if (id == "key") return key;
        if (id == "secret") return secret;
        return passphrase;
    };
    using Kind = ShapeFinding::Kind;
    bool wants_passphrase = false;
    for (const auto& field : info.fields) {
        wants_passphrase = wants_passphrase || field.id == "passphrase";
        const auto value = given(field.id);
        if (!value || value->empty()) {
            findings.push_back({std::string{field.id}, true, value ? Kind::empty : Kind::missing});
            continue;
        }
        if (!field.reject.empty() && contains(*value, field.reject)) {
            findings.push_back({std::string{field.id}, true, Kind::white_space});
            continue;
        }
        if (field.expected.empty() || matches(*value, field.expected)) continue;
        // A value that looks like another field's was pasted into the wrong box; the passphrase's loose pattern says nothing.
        bool swapped = false;
        for (const auto& other : info.fields)
            swapped = swapped || (other.id != field.id && other.id != "passphrase" && matches(*value, other.expected));
        findings.push_back({std::string{field.id}, swapped, swapped ? Kind::swapped : Kind::unusual});
    }
    if (!wants_passphrase && passphrase && !passphrase->empty()) findings.push_back({"passphrase", false, Kind::not_used});
    return findings;
}

}  // namespace bf::exchange
