#include "app/routes_option.hpp"

#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"

#include <algorithm>

namespace bf::app {

net::Listed catalogue_hosts(bool as_sent) {
    net::Listed listed;
    std::vector<const exchange::Replies*> replies;
    for (const auto id : exchange::known_exchanges()) {
        const auto& info = exchange::calls_of(id)->info();
        listed.hosts.insert(info.futures_hosts.begin(), info.futures_hosts.end());
        listed.hosts.insert(info.other_hosts.begin(), info.other_hosts.end());
        if (const auto* own = exchange::replies_of(id)) replies.push_back(own);
    }
    listed.streams = [as_sent, replies = std::move(replies)](std::string_view url) {
        return as_sent || std::any_of(replies.begin(), replies.end(), [&](const auto* own) { return own->is_own_stream_address(url); });
    };
    return listed;
}

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
