#include "app/routes_option.hpp"

#include "exchange/catalogue/calls/calls_of.hpp"

namespace bf::app {

void add_routes(net::Routes& routes, const exchange::Info& info, const std::string& base_url) {
    std::string base = base_url;
    while (!base.empty() && base.back() == '/') base.pop_back();
    for (const auto host : info.futures_hosts) routes[std::string{host}] = base + "/futures";
    for (const auto host : info.other_hosts) routes[std::string{host}] = base;
}

Result<Repointed> read_exchange_urls(const std::vector<std::string>& words) {
    Repointed repointed;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto id = exchange::parse_exchange(std::string_view{word}.substr(0, equals));
        const auto* calls = id ? exchange::calls_of(*id) : nullptr;
        if (equals == std::string::npos || calls == nullptr) return bad_input("--exchange-url takes EXCHANGE=URL, the exchange one of " + exchange::known_exchange_names() + ", not '" + word + "'.");
        add_routes(repointed.routes, calls->info(), word.substr(equals + 1));
        repointed.exchanges.insert(*id);
    }
    if (auto checked = net::check_routes(repointed.routes); !checked) return bad_input("--exchange-url: " + checked.error().detail);
    return repointed;
}

}  // namespace bf::app
