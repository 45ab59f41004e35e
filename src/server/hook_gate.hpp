// How many signals are let through to the engine: a burst and a steady rate for each sender and for all together. A flood is turned away
// here, in the process that faces people; what trades never hears of it.
#pragma once
#include "base/time.hpp"

#include <map>
#include <string>

namespace bf::server {

class HookGate {
public:
    static constexpr double kPeerBurst = 60, kPeerRate = 10;      ///< Signals, signals a second.
    static constexpr double kWholeBurst = 300, kWholeRate = 100;

    bool admits(const std::string& peer, Instant now);

private:
    struct Bucket {
        double left{0};
        Instant at{};
        bool begun{false};
    };
    static bool has_room(Bucket& bucket, Instant now, double burst, double rate);
    static constexpr std::size_t kPeersRemembered = 10000;
    Bucket whole_;
    std::map<std::string, Bucket> peers_;
};

}  // namespace bf::server
