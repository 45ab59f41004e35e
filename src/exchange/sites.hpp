// Which of an exchange's sites a word names.
#pragma once
#include "exchange/info.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace bf::exchange {

/// Empty for a word that names no site of this exchange.
inline std::optional<Site> parse_site(std::string_view word, const Info& info) {
    if (word != "global" && word != "eu") return std::nullopt;
    const auto site = word == "eu" ? Site::eu : Site::global;
    return std::find(info.sites.begin(), info.sites.end(), site) == info.sites.end() ? std::nullopt : std::optional{site};
}

/// As to_string() wrote it.
inline Site site_of(std::string_view word) { return word == "eu" ? Site::eu : Site::global; }
inline std::string_view to_string(Site site) { return site == Site::eu ? "eu" : "global"; }

/// What the word must be, for a sentence that begins with what is wrong.
inline std::string sites_of(const Info& info) { return info.sites.size() > 1 ? "must be global or eu" : "must be global: " + std::string{info.name} + " has no other"; }

}  // namespace bf::exchange
