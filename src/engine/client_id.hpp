// The name under which an exchange knows an order of ours, made from what the order is for: the same intent always has the same id, so
// that after a crash the exchange can be asked for it by a name that was written down before anything was sent.
//
// Form: "bf1" + 20 hexadecimal digits of a hash over (installation, connection, group, leg, attempt) + 4 of a check over those, 27
// characters that every alphabet takes (hexadecimal spells no word of SQL, which Binance's firewall blocks; lower case, because BingX
// answers in it). Gate wants "t-" before it. HTX futures take a 64-bit number only: "8", 15 digits of the hash, 3 of the check.
// The check is keyed by the installation: an id that another installation or a person made is not taken for ours. It guards against
// accidents, not against someone who wants to forge one; nothing is decided by it but whether to raise an alarm.
#pragma once
#include "exchange/call.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bf::engine {

/// What an order is for. Two orders never share all four.
struct OrderName {
    std::string_view connection;
    std::uint64_t group{0};
    std::uint32_t leg{0};      ///< Which of the group's orders: the first entry, the second add-on, the exit. The engine's numbering.
    std::uint32_t attempt{0};  ///< Rises by one for each order of the group: an exit placed anew is another order.
};

class ClientIds {
public:
    /// `installation`: a number of its own for each installation, kept with it. `generation`: another after each restore from a backup, since
    /// what was ordered after the backup was made has names that a restored state would give again.
    explicit ClientIds(std::uint64_t installation, std::uint64_t generation = 0) : installation_{installation}, generation_{generation} {}

    [[nodiscard]] std::string make(exchange::ExchangeId exchange, market::Market market, const OrderName& name) const;
    /// Whether this installation made it. Also for an id that the exchange gave back in lower case or with its own prefix.
    [[nodiscard]] bool is_ours(exchange::ExchangeId exchange, market::Market market, std::string_view id) const;

private:
    [[nodiscard]] std::uint64_t check_of(std::string_view digits) const;
    std::uint64_t installation_;
    std::uint64_t generation_;
};

}  // namespace bf::engine
