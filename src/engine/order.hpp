// One order's books: what the exchange told of it, in whatever order and how often it came, folded into one state that only grows.
//
//   planned -> durable -> sent -> open -> finished
//                           \-> unresolved -/         unresolved: it may or may not be there; only the exchange ends that
//
// A trigger order is open from its acceptance on and waits off the book first; once it fired it is an order like any other.
//
// Its quantity moves by executions alone, each counted once by its trade id. It is finished when the exchange said that it ended and
// the booked fills are all of what the exchange says was filled; until then it holds what it was given.
#pragma once
#include "engine/intent.hpp"
#include "exchange/problem.hpp"
#include "market/types.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bf::engine {

enum class Stage : std::uint8_t { planned, durable, sent, unresolved, open, finished };

enum class End : std::uint8_t {
    filled,
    canceled,  ///< Perhaps filled in part.
    expired,   ///< Ended by the exchange's own rules; as canceled.
    rejected,  ///< Taken first, refused later by the exchange.
    refused,   ///< The exchange said no when it was placed.
    denied,    ///< Never sent: our signer's policy, a rule of ours, or no way to the exchange.
    absent,    ///< Its fate was unknown, and the exchange proved that there is no such order and no fill of one.
};
std::string_view to_string(Stage value);
std::string_view to_string(End value);

/// One execution, as booked.
struct BookedFill {
    std::string trade_id;
    Decimal price{};
    Decimal quantity{};                   ///< Base units.
    std::optional<market::Amount> fee{};  ///< Positive: paid. Empty when the exchange's list of fills names none.
    std::optional<market::Liquidity> liquidity{};
    Instant at{};                         ///< The exchange's time, ours where it sent none.
    friend bool operator==(const BookedFill&, const BookedFill&) = default;
};

/// Why an order was not taken.
struct Refusal {
    exchange::ProblemCode code{exchange::ProblemCode::other};
    std::string exchange_code{};  ///< As sent; for `denied`: the signer's or our own word ("policy", "rate_budget").
    std::string words{};
    friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// For people: what we say ourselves, or what its kind is called with what the exchange said.
std::string words_of(const std::optional<Refusal>& refusal, exchange::Language language);

/// Where a fill was heard of. A stream's fill without its fee is a hint only: the list of fills will have it.
enum class FillSource : std::uint8_t { stream, query };

class Order {
public:
    explicit Order(Intent intent) : intent_{std::move(intent)} {}

    [[nodiscard]] const Intent& intent() const { return intent_; }
    [[nodiscard]] const OrderPlan& plan() const { return intent_.plan; }
    [[nodiscard]] Stage stage() const { return stage_; }
    [[nodiscard]] bool finished() const { return stage_ == Stage::finished; }
    [[nodiscard]] const std::optional<std::string>& exchange_id() const { return exchange_id_; }
    [[nodiscard]] const std::vector<BookedFill>& fills() const { return fills_; }
    [[nodiscard]] Decimal booked() const { return booked_; }
    /// The most the exchange ever said was filled, or was booked.
    [[nodiscard]] Decimal filled() const { return std::max(reported_, booked_); }
    /// What may still be filled: the rest of the quantity until the end is known, then what is told but not booked yet.
    [[nodiscard]] Decimal working() const;
    [[nodiscard]] std::optional<End> end() const { return end_; }  ///< Known before it is finished.
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }
    [[nodiscard]] bool fills_missing() const { return reported_ > booked_; }
    [[nodiscard]] bool cancel_wanted() const { return cancel_wanted_; }
    /// Only with a trigger price: it is at the exchange and has not fired, as far as is known.
    [[nodiscard]] bool waits() const { return plan().stop_price && stage_ == Stage::open && !end_ && !triggered_; }
    [[nodiscard]] bool triggered() const { return triggered_; }

    // --- its way out
    void durable();
    void sent();
    void in_doubt();  ///< Nothing while the exchange already told of it.
    void want_cancel() { cancel_wanted_ = true; }
    /// Ended without the exchange's order: refused, denied or absent.
    void end_without(End end, Refusal refusal);

    // --- what the exchange tells
    /// What a report or fill changed.
    struct Change {
        bool appeared{false};   ///< It is there: an unresolved one is resolved.
        bool booked{false};     ///< fills().back() is new.
        bool finished{false};
        bool triggered{false};  ///< It fired.
        bool reopened{false};   ///< Was finished and is not: the exchange told of more than it had.
        bool vague{false};      ///< It says that it ended and not how much was filled: a query will.
        bool puzzling{false};   ///< Can't be true together with what is known (another id, more than was ordered).
    };
    Change take(const market::Order& report);
    Change take(const market::Fill& fill, FillSource source, Instant now);
    /// It was there and the exchange has forgotten it: not open, and all fills of it are booked.
    Change forgotten();

    /// From the journal.
    void restore_accepted(std::string exchange_id);
    void restore_fill(const BookedFill& fill);
    void restore_finished(End end);

private:
    Change settle(Change change);
    void appear();
    void fire(Change& change);
    [[nodiscard]] bool ended_without() const { return end_ == End::absent || end_ == End::refused || end_ == End::denied; }
    [[nodiscard]] bool has_fill(std::string_view trade_id) const;

    Intent intent_;
    Stage stage_{Stage::planned};
    std::optional<std::string> exchange_id_;
    std::vector<BookedFill> fills_;
    Decimal booked_{};
    Decimal reported_{};
    std::optional<End> end_;
    std::optional<Refusal> refusal_;
    bool cancel_wanted_{false};
    bool triggered_{false};
};

}  // namespace bf::engine
