// An account's orders, fills, balances and positions as told by two witnesses, a stream and polls, either of which may repeat itself, come
// late or out of order. Each piece is taken at most once and only when it says more than what is known; `take` says whether it did.
//
// An order's knowledge only grows: more filled, or further towards its end. Fills are known by their trade id. Balances and positions
// carry no number to order them by: a poll counts unless an event about the same thing came after it was asked, then it is asked again.
#pragma once
#include "market/types.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

namespace bf::engine {

class AccountMerge {
public:
    using Steady = std::chrono::microseconds;

    /// Whether it says more than is known of that order.
    bool take(const market::Order& report, Steady now);
    enum class FillTaken : std::uint8_t { no, without_fee, complete };
    /// `from_list`: the exchange's list of fills, which has the fee if there is one.
    FillTaken take(const market::Fill& fill, bool from_list, Steady now);

    /// An event of the stream. True when it differs from what is known.
    bool take(const market::Balance& balance, Steady now);
    bool take(const market::Position& position, Steady now);
    struct Polled {
        bool changed{false};
        bool doubtful{false};  ///< Something of it came by the stream meanwhile and was kept: ask again.
    };
    /// The whole list, asked at `asked_at`.
    Polled take_list(const std::vector<market::Balance>& balances, Steady asked_at);
    Polled take_list(const std::vector<market::Position>& positions, Steady asked_at);
    /// The open orders of a symbol (native), or all. Those known as open that are missing and were last heard of before are dropped.
    void take_open(const std::vector<market::Order>& open, const std::string* native_symbol, Steady asked_at);

    [[nodiscard]] std::vector<market::Balance> balances() const;
    [[nodiscard]] std::vector<market::Position> positions() const;  ///< Open ones.
    [[nodiscard]] std::vector<market::Order> open_orders() const;
    /// Forgets fills of the symbol from before `fills_before`, which no list will show again, and ended orders; both kRemember after they
    /// were last heard of, since a stream may repeat itself.
    void forget(const std::string& native_symbol, Instant fills_before, Steady now);
    [[nodiscard]] std::size_t remembered() const;

    static constexpr std::chrono::minutes kRemember{30};

private:
    struct KnownOrder {
        market::Order report;
        Steady heard{0};
        bool missing{false};  ///< Was open and is not on a later list; its end is still awaited.
        Steady missed{-1};    ///< By the list asked for then: an "open" from before it says nothing against it.
    };
    struct KnownFill {
        bool complete{false};
        Instant at{};
        Steady heard{0};
    };
    template <class Thing>
    struct Known {
        Thing value{};
        Steady told{-1};  ///< When the stream last did.
    };
    using PositionKey = std::pair<std::string, market::PositionSide>;
    template <class Key, class Thing>
    static bool take_event(std::map<Key, Known<Thing>>& all, const Key& key, const Thing& thing, Steady now);
    /// `empty` makes a thing that is not on the list nothing, and says whether it was something.
    template <class Key, class Thing, class KeyOf, class Empty>
    static Polled take_all(std::map<Key, Known<Thing>>& all, const std::vector<Thing>& list, Steady asked_at, KeyOf key_of, Empty empty);

    std::unordered_map<std::string, KnownOrder> orders_;
    std::unordered_map<std::string, std::unordered_map<std::string, KnownFill>> fills_;  ///< By native symbol and trade id.
    std::map<std::string, Known<market::Balance>> balances_;
    std::map<PositionKey, Known<market::Position>> positions_;
};

}  // namespace bf::engine
