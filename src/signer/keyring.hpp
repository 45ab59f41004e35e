// The keys the signer can sign with right now, unsealed once, each in the form its exchange's calls half made of it.
#pragma once
#include "exchange/calls.hpp"
#include "signer/protocol.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bf::signer {

/// Which exchanges this build can write calls for; null for the others. The calls outlive the signer.
using CallsOf = std::function<const exchange::Calls*(exchange::ExchangeId)>;

struct HeldKey {
    std::unique_ptr<exchange::Key> key;  ///< Null if damaged.
    std::string fingerprint;             ///< Empty if damaged.
    bool damaged{false};
};

struct HeldConnection {
    std::optional<exchange::ExchangeId> exchange;  ///< Nothing if the stored row is damaged there.
    const exchange::Calls* calls{nullptr};         ///< Null: this build has no calls for the exchange.
    Keep keep{Keep::memory};
    std::array<std::optional<HeldKey>, 3> slots;  ///< By Slot.

    std::optional<HeldKey>& slot(Slot which) { return slots[static_cast<std::size_t>(which)]; }
    [[nodiscard]] const std::optional<HeldKey>& slot(Slot which) const { return slots[static_cast<std::size_t>(which)]; }
};

class Keyring {
public:
    HeldConnection* find(std::string_view connection);
    HeldConnection& put(std::string connection, HeldConnection held);
    /// Wipes its keys.
    bool remove(std::string_view connection);
    [[nodiscard]] std::size_t count(Keep keep) const;
    /// Entries in the order of connection and slot, of as many connections as fit a page.
    [[nodiscard]] Listing list(std::string_view after) const;

private:
    std::map<std::string, HeldConnection, std::less<>> connections_;
};

}  // namespace bf::signer
