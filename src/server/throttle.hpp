// Slows down whoever tries passwords: by the address it comes from and by the account it tries, kept over restarts. An address from which
// an account's owner has signed in lately is not held up by what strangers do to that account, and the Unix socket never is.
#pragma once
#include "ports/clock.hpp"
#include "store/database.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bf::server {

class Throttle {
public:
    /// Both outlive it. The tables are the caller's: `throttle` and `known_place` (kThrottleTables).
    Throttle(store::Database& database, const ports::Clock& clock) : database_{database}, clock_{clock} {}
    static const std::vector<std::string>& tables();
    Status load();

    /// Seconds until a try may be made; 0 when it may now.
    [[nodiscard]] std::int64_t wait_s(const std::string& account, const std::string& address) const;
    /// A try that is about to be looked at, which takes a while: each may be wrong, so no more are under way than may still be wrong before a wait, and one
    /// at least. What is given back ends it; nothing when there is no room.
    using Try = std::vector<std::string>;
    std::optional<Try> begin(const std::string& account, const std::string& address);
    void end(const Try& one);
    /// Counts against the address, and against the account unless it is empty.
    void failed(const std::string& account, const std::string& address);
    /// The right password: the address is known from now on, and starts afresh.
    void passed(const std::string& account, const std::string& address);

private:
    struct Count {
        int failures{0};
        Instant not_before;
        Instant seen;
    };
    void count(const std::string& key, int free, std::int64_t wait_max_s);
    void forget(const std::string& key);
    [[nodiscard]] std::int64_t left(const std::string& key, std::int64_t wait_max_s) const;
    [[nodiscard]] bool is_known(const std::string& account, const std::string& address) const;

    store::Database& database_;
    const ports::Clock& clock_;
    std::map<std::string, Count> counts_;    ///< By "address/..." and "account/...".
    std::map<std::string, Instant> known_;   ///< By "account address".
    std::map<std::string, int> under_way_;   ///< By what counts_ has.
};

/// What is counted as one place: an IPv4 address, the first 64 bits of an IPv6 one (a household has that many to itself).
std::string place_of(const std::string& address);

}  // namespace bf::server
