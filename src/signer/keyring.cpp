#include "signer/keyring.hpp"

#include <algorithm>

namespace bf::signer {
namespace {

/// So many connections with three keys each fit one message.
constexpr std::size_t kPage = 250;

}  // namespace

HeldConnection* Keyring::find(std::string_view connection) {
    const auto at = connections_.find(connection);
    return at == connections_.end() ? nullptr : &at->second;
}

HeldConnection& Keyring::put(std::string connection, HeldConnection held) {
    return connections_[std::move(connection)] = std::move(held);
}

bool Keyring::remove(std::string_view connection) {
    const auto at = connections_.find(connection);
    if (at == connections_.end()) return false;
    connections_.erase(at);
    return true;
}

std::size_t Keyring::count(Keep keep) const {
    return static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(), [keep](const auto& pair) { return pair.second.keep == keep; }));
}

Listing Keyring::list(std::string_view after) const {
    Listing page;
    std::size_t taken = 0;
    for (auto at = connections_.upper_bound(after); at != connections_.end(); ++at) {
        if (taken++ == kPage) {
            page.more = true;
            break;
        }
        const auto& [name, held] = *at;
        for (const auto slot : {Slot::active, Slot::staged, Slot::previous})
            if (const auto& key = held.slot(slot); key)
                page.entries.push_back({name, slot, held.exchange, held.keep, key->damaged, key->fingerprint});
    }
    return page;
}

}  // namespace bf::signer
