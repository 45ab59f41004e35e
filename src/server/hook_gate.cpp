#include "server/hook_gate.hpp"

#include <algorithm>
#include <utility>

namespace bf::server {

bool HookGate::has_room(Bucket& bucket, Instant now, double burst, double rate) {
    // A wall clock that was set back gives nothing and takes nothing.
    const auto passed = std::max<std::int64_t>(0, (now - bucket.at).count());
    bucket.left = bucket.begun ? std::min(burst, bucket.left + rate * static_cast<double>(passed) / 1000) : burst;
    bucket.begun = true;
    bucket.at = now;
    return bucket.left >= 1;
}

void HookGate::know(const std::string& token_hash) {
    if (tokens_.size() < kTokensRemembered) tokens_.try_emplace(token_hash);
}

void HookGate::know_all(const std::vector<std::string>& token_hashes) {
    const auto before = std::exchange(tokens_, {});
    for (const auto& hash : token_hashes) {
        know(hash);
        if (const auto used = before.find(hash); used != before.end()) tokens_[hash] = used->second;
    }
}

bool HookGate::admits(const std::string& peer, const std::string& token_hash, Instant now) {
    if (const auto known = tokens_.find(token_hash); known != tokens_.end()) {
        if (!has_room(known->second, now, kPeerBurst, kPeerRate)) return false;
        known->second.left -= 1;
        return true;
    }
    if (peers_.size() >= kPeersRemembered && !peers_.contains(peer)) peers_.clear();
    auto& own = peers_[peer];
    // Both are looked at before either is charged: a peer that is turned away costs the others nothing.
    if (!has_room(own, now, kPeerBurst, kPeerRate) || !has_room(whole_, now, kWholeBurst, kWholeRate)) return false;
    own.left -= 1;
    whole_.left -= 1;
    return true;
}

}  // namespace bf::server
