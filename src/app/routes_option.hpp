// What the program calls: the hosts of the catalogue and no other. And re-pointing an exchange to a simulator: `--base-url B` and
// `--exchange-url E=B`. Hosts that serve futures only become B/futures.
#pragma once
#include "base/error.hpp"
#include "exchange/info.hpp"
#include "net/route.hpp"

#include <set>
#include <string>
#include <vector>

namespace bf::app {

/// The exchanges' own hosts. `as_sent`: an exchange is re-pointed by a flag of the start, so that streams go wherever it names.
net::Listed catalogue_hosts(bool as_sent);

void add_routes(net::Routes& routes, const exchange::Info& info, const std::string& base_url);

struct Repointed {
    net::Routes routes;
    std::set<exchange::ExchangeId> exchanges;
};
/// Reads "E=URL" words. Fails with a sentence for an unknown exchange or a URL that is none.
Result<Repointed> read_exchange_urls(const std::vector<std::string>& words);

}  // namespace bf::app
