// How many signals are let through to the engine: a burst and a steady rate for each sender and for all together. A flood is turned away
// here, in the process that faces people; what trades never hears of it.
//
// A strategy's own address has a rate of its own, which nobody uses up who does not know it: whoever floods from many places would otherwise
// turn away every signal of everybody, exits too, and who sends signals does not send them twice. Strangers share the bound of all together.
#pragma once
#include "base/time.hpp"

#include <map>
#include <string>
#include <vector>

namespace bf::server {

class HookGate {
public:
    static constexpr double kPeerBurst = 60, kPeerRate = 10;      ///< Signals, signals a second: of a sender, and of an address that is a strategy's.
    static constexpr double kWholeBurst = 300, kWholeRate = 100;

    /// `peer`: where it comes from. `token_hash`: of what stands in its address.
    bool admits(const std::string& peer, const std::string& token_hash, Instant now);
    /// These are strategies'; what was known before is known no more, but what it used up is used up.
    void know_all(const std::vector<std::string>& token_hashes);
    /// One more. Nothing makes it forget one but `know_all`: whoever could have his forgotten and known again would have a new burst each time.
    void know(const std::string& token_hash);

private:
    struct Bucket {
        double left{0};
        Instant at{};
        bool begun{false};
    };
    static bool has_room(Bucket& bucket, Instant now, double burst, double rate);
    static constexpr std::size_t kPeersRemembered = 10000, kTokensRemembered = 10000;
    Bucket whole_;
    std::map<std::string, Bucket> peers_;
    std::map<std::string, Bucket> tokens_;
};

}  // namespace bf::server
