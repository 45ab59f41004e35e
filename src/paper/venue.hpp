// Which real market a paper exchange follows, and how requests to it are told from real ones: by a host that exists nowhere.
#pragma once
#include "exchange/call.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bf::paper {

struct Venue {
    exchange::ExchangeId exchange{};
    market::Market market{};
    exchange::Site site{};
    friend auto operator<=>(const Venue&, const Venue&) = default;
};

/// "kucoin-futures-global"
std::string to_string(const Venue& venue);
std::optional<Venue> parse_venue(std::string_view text);

/// "api.kucoin.com" at a venue becomes "api.kucoin.com.kucoin-spot-global.paper.invalid". Names under `invalid` never lead anywhere
/// (RFC 2606), so a paper order that took the wrong way would find no exchange.
std::string paper_host(std::string_view host, const Venue& venue);
/// The venue and the real host behind such a name; nothing for any other name.
std::optional<std::pair<Venue, std::string>> read_paper_host(std::string_view host);

}  // namespace bf::paper
