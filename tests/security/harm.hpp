// The judge of what was signed: could an endpoint that moves funds, manages keys or borrows accept it, and does it go where requests of ours go?
#pragma once
#include "base/text.hpp"
#include "security/allowed_paths.hpp"
#include "security/harmful_endpoints.hpp"
#include "wire/http.hpp"
#include "wire/json.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

namespace bf::test {

inline void collect(const wire::JsonValue& value, std::set<std::string>& names) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value.is_object()) {
            names.insert(to_lower(value.name_at(i)));
            collect(value[value.name_at(i)], names);
        } else if (value.is_array()) {
            collect(value.at(i), names);
        }
    }
}

/// Parameter names anywhere in the request, in lower case: query, form body, JSON body at every depth.
inline std::optional<std::set<std::string>> names_in(const wire::Request& request) {
    std::set<std::string> names;
    const auto query = wire::parse_query(request.query());
    if (!query) return std::nullopt;
    for (const auto& [name, value] : *query) names.insert(to_lower(name));
    if (request.body.empty()) return names;
    if (const auto json = wire::Json::parse(request.body); json) {
        collect(json->root(), names);
    } else {
        const auto form = wire::parse_query(request.body);
        if (!form) return std::nullopt;
        for (const auto& [name, value] : *form) names.insert(to_lower(name));
    }
    return names;
}

inline bool matches(std::string_view pattern, std::string_view text) {
    const auto wanted = split(pattern, '/');
    const auto given = split(text, '/');
    if (wanted.size() != given.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (wanted[i] != given[i] && (wanted[i] != "*" || given[i].empty() || given[i] == "..")) return false;
    return true;
}

/// What is wrong with the request; empty if nothing.
inline std::string harm_in(const wire::Request& request, exchange::ExchangeId id) {
    const auto read = names_in(request);
    if (!read) return "parameters that can't be read";
    const auto& names = *read;
    for (const auto name : harmful_names())
        if (names.contains(to_lower(name))) return "parameter " + std::string{name};
    for (const auto& endpoint : harmful_endpoints())
        if (std::all_of(endpoint.required.begin(), endpoint.required.end(), [&](auto name) { return names.contains(to_lower(name)); }))
            return "could be moved to " + std::string{endpoint.what};
    const auto line = std::string{to_string(request.method)} + ' ' + std::string{request.path()};
    for (const auto word : harmful_path_words())
        if (to_lower(line).find(word) != std::string::npos) return "path of " + line;
    const auto& allowed = allowed_paths(id);
    if (std::none_of(allowed.begin(), allowed.end(), [&](auto pattern) { return matches(pattern, line); })) return "not on the list: " + line;
    return {};
}

}  // namespace bf::test
