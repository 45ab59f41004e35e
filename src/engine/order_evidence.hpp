// What the exchanges did with orders that were really placed: for each pair and form of order the last one taken, and the last one refused with
// the exchange's own words. Lists of instruments name limit and market orders at most; whether a pair takes immediate-or-cancel and stop orders,
// only an order shows. Evidence, not a rule: what follows from it says whoever asks.
//
// Refusals that speak of the money, the size, the key or the moment say nothing about the pair and are left out.
#pragma once
#include "engine/effects.hpp"
#include "engine/venue.hpp"

#include <array>
#include <functional>
#include <map>

namespace bf::engine {

/// How an order waits and ends, which is what exchanges allow or don't.
enum class OrderForm : std::uint8_t {
    limit,      ///< Rests until it is filled.
    immediate,  ///< Limit, immediate-or-cancel or fill-or-kill.
    market,
    stop,       ///< Waits at the exchange for a price.
};
std::string_view to_string(OrderForm form);
OrderForm form_of(const OrderPlan& plan);

struct Evidence {
    struct Refused {
        Instant at;
        Refusal why;
    };
    std::optional<Instant> accepted{};  ///< The last one taken, to within kWrittenEvery.
    std::optional<Refused> refused{};   ///< The last one.
    milliseconds age{0};                ///< Of the refusal, when it was last looked at: OrderEvidence::age.

    /// Nothing was taken since it was refused, and that is not long ago.
    [[nodiscard]] bool holds() const;
    /// The exchange said just now that it does not trade the pair.
    [[nodiscard]] bool is_closed() const;
};

class OrderEvidence {
public:
    struct Key {
        Venue venue;
        market::Symbol symbol;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    using Forms = std::array<Evidence, 4>;  ///< By OrderForm.
    /// A refusal is told for so long. That the pair is not traded forbids for so long; then an order may show anew.
    static constexpr milliseconds kHolds{std::chrono::hours{24 * 7}}, kForbids{std::chrono::hours{1}};
    /// The same again is written down once in so long.
    static constexpr milliseconds kWrittenEvery{std::chrono::hours{1}};

    /// True when it is to be written down.
    bool note_accepted(const Key& key, OrderForm form, Instant at);
    bool note_refused(const Key& key, OrderForm form, Instant at, const Refusal& why);
    void age(Instant now);
    /// Null: no order was ever placed there.
    [[nodiscard]] const Forms* find(const Venue& venue, const market::Symbol& symbol) const;

    // --- the journal
    [[nodiscard]] std::string to_record(const Key& key, OrderForm form) const;
    /// What stands in later records counts.
    Status restore(std::string_view payload);
    void each(const std::function<void(const Key&, OrderForm)>& visit) const;

private:
    std::map<Key, Forms> all_;
};

}  // namespace bf::engine
