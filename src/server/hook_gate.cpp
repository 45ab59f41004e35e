#include "server/hook_gate.hpp"

#include <algorithm>

namespace bf::server {

bool HookGate::has_room(Bucket& bucket, Instant now, double burst, double rate) {
    // A wall clock that was set back gives nothing and takes nothing.
    const auto passed = std::max<std::int64_t>(0, (now - bucket.at).count());
    bucket.left = bucket.begun ? std::min(burst, bucket.left + rate * static_cast<double>(passed) / 1000) : burst;
    bucket.begun = true;
    bucket.at = now;
    return bucket.left >= 1;
}

bool HookGate::admits(const std::string& peer, Instant now) {
    if (peers_.size() >= kPeersRemembered && !peers_.contains(peer)) peers_.clear();
    auto& own = peers_[peer];
    // Both are looked at before either is charged: a peer that is turned away costs the others nothing.
    if (!has_room(own, now, kPeerBurst, kPeerRate) || !has_room(whole_, now, kWholeBurst, kWholeRate)) return false;
    own.left -= 1;
    whole_.left -= 1;
    return true;
}

}  // namespace bf::server
