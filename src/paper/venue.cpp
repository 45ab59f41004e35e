#include "paper/venue.hpp"

#include <array>

namespace bf::paper {
namespace {

constexpr std::string_view kNowhere = ".paper.invalid";
// In the order of the enumerators.
constexpr std::array<std::string_view, 2> kSites{"global", "eu"};

}  // namespace

std::string to_string(const Venue& venue) {
    std::string text{exchange::to_string(venue.exchange)};
    text += '-';
    text += market::to_string(venue.market);
    text += '-';
    text += kSites[static_cast<std::size_t>(venue.site)];
    return text;
}

std::optional<Venue> parse_venue(std::string_view text) {
    const auto first = text.find('-'), second = text.rfind('-');
    if (first == std::string_view::npos || first == second) return std::nullopt;
    const auto exchange = exchange::parse_exchange(text.substr(0, first));
    const auto market = market::parse<market::Market>(text.substr(first + 1, second - first - 1));
    if (!exchange || !market) return std::nullopt;
    for (std::size_t i = 0; i < kSites.size(); ++i)
        if (kSites[i] == text.substr(second + 1)) return Venue{*exchange, *market, static_cast<exchange::Site>(i)};
    return std::nullopt;
}

std::string paper_host(std::string_view host, const Venue& venue) { return std::string{host} + '.' + to_string(venue) + std::string{kNowhere}; }

std::optional<std::pair<Venue, std::string>> read_paper_host(std::string_view host) {
    if (!host.ends_with(kNowhere)) return std::nullopt;
    host.remove_suffix(kNowhere.size());
    const auto dot = host.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto venue = parse_venue(host.substr(dot + 1));
    if (!venue) return std::nullopt;
    return std::pair{*venue, std::string{host.substr(0, dot)}};
}

}  // namespace bf::paper
