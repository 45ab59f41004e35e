// What the parts of Trader share and nobody else needs.
#pragma once
#include "engine/trader.hpp"
#include "exchange/spoken.hpp"

#include <algorithm>

namespace bf::engine {

inline constexpr std::chrono::microseconds kEvaluateEvery{seconds{10}};  ///< Each group, beside every price tick.
/// Many groups are evaluated in portions, so that no event waits for all of them.
inline constexpr std::size_t kPortion = 50, kPortionsMax = 200;
inline constexpr std::chrono::microseconds kRetryEvery{seconds{1}};      ///< Signals that wait.
inline constexpr std::chrono::microseconds kSampleEvery{seconds{30}};    ///< Equity, for the brake.
/// A difference between books and exchange counts when it lasted that long: events of one trade arrive one after the other.
inline constexpr std::chrono::microseconds kDisagreeFor{seconds{10}};
/// While an order is on its way nothing can be said: then soon.
inline constexpr milliseconds kInFlightLook{2'000};
/// What a stranger did is looked at so soon.
inline constexpr milliseconds kStrangerLook{1'000};
inline constexpr std::chrono::microseconds kReconcileEvery{seconds{5}};

/// So long a group's end waits for the funding of its last hours; an exchange that can't be asked must not keep it open.
inline constexpr milliseconds kFundingPatience{std::chrono::minutes{10}};
/// A stop at the exchange has so long to fire after the price crossed it; then BackFuture closes itself.
inline constexpr std::chrono::microseconds kStopFiresWithin{seconds{5}};

/// The longest pause after a group that settings can ask for, and a day.
inline constexpr milliseconds kClosedMemory{std::chrono::hours{24 * 31}};

/// How many of so many groups are evaluated at once, and how often, so that each has its turn within kEvaluateEvery.
inline std::size_t evaluation_portions(std::size_t groups) { return std::clamp<std::size_t>((groups + kPortion - 1) / kPortion, 1, kPortionsMax); }
inline std::chrono::microseconds evaluation_pause(std::size_t groups) { return kEvaluateEvery / evaluation_portions(groups); }

/// So many records since the last checkpoint are worth a new one; a million are read back in about a second. So many times as many while what the
/// journal alone knows waits for the store.
inline constexpr std::uint64_t kCheckpointAfter = 200'000, kCheckpointPatience = 5;

/// Why a group ended whose first order filled nothing: no pair rests after it.
inline constexpr std::string_view kNotFilled = "not_filled";
/// Its first entry was refused, by the exchange or by the signer: the LIVE entry says why.
inline constexpr std::string_view kRefused = "refused";
inline bool never_began(std::string_view reason) { return reason == kNotFilled || reason == kRefused; }

/// A pair that the exchange refused is tried again after so long.
inline constexpr std::chrono::microseconds kPairAgain{std::chrono::hours{1}};
/// A person is told again of an exit that the exchange keeps refusing.
inline constexpr std::chrono::microseconds kTellAgain{std::chrono::hours{1}};
/// The exchange ended an exit or a stop by itself so often in a row that it is nobody's single act.
inline constexpr int kTakenBackRow = 3;
/// A market that told no price for so long is none for a group on paper.
inline constexpr milliseconds kMarketGone{std::chrono::hours{1}};
/// A close waits so long for a current price before that is told.
inline constexpr std::chrono::microseconds kPriceMissed{std::chrono::minutes{1}};

/// What was read of an account's leverage and modes, or why that was not possible, holds so long; when nobody could be asked, no longer than that.
inline constexpr std::chrono::microseconds kPreparedFor{seconds{60}}, kPrepareAgain{seconds{5}};

/// A zone whose order found nobody to trade with is asked for again after so long, if the price is still there.
inline constexpr std::chrono::microseconds kZoneAgain{seconds{60}};
/// One for which nothing was left of the connection's limits: what an hour or a day used up comes back by itself.
inline constexpr std::chrono::microseconds kUsedUpAgain{std::chrono::minutes{10}};

/// What is paid with, and what a group's amounts are in.
inline const std::string& money_of(const market::Symbol& symbol) { return symbol.is_futures() ? symbol.settle : symbol.quote; }

/// A number inside a Dutch sentence.
inline std::string in_dutch(std::string number) { return exchange::spoken(std::move(number), exchange::Language::nl); }

/// A signal on its way to a decision.
struct Trader::Pending {
    std::int64_t number{0};  ///< The store's.
    std::string strategy;
    trading::Signal signal;
    Instant received{};
    std::optional<market::Symbol> symbol{};  ///< Of its pair, if that can be read.
    std::optional<trading::FieldError> malformed;  ///< Why it is no signal.
    bool token_known{true};  ///< False: its body holds another token than its address. Nothing else of it is kept.
    bool seen_before{false};
    std::int64_t decision{0};  ///< The LIVE entry that says it waits; 0: none yet.
    std::string told;          ///< What that entry says, so that it is written again only when something changed.
    std::set<GroupNumber> closed{};  ///< Exits: the groups it has closed so far.
    std::optional<std::chrono::microseconds> room_asked{};  ///< When the signer was asked what is left of its limits; steady.
};

/// One connection as a decision sees it, with what the references in its route point to.
struct Trader::Place {
    const ConnectionState* connection{nullptr};
    const MarketState* market{nullptr};
    std::optional<trading::InstrumentFacts> own_instrument{};  ///< Where the market's is not the account's, or may change.
    std::optional<trading::ConnectionFacts> own_facts{};       ///< Where the connection's may change.
    LiveGroup* group{nullptr};
    LiveGroup* opposite{nullptr};
    std::optional<trading::Group> group_facts{}, opposite_facts{};
    trading::Quote quote{};
    trading::FeeRates fees{};
    trading::AccountFacts account{};
    std::optional<Instant> closed_at{};
    std::optional<trading::LeverageFacts> leverage{};
    std::optional<trading::Said> not_set{};  ///< Why leverage or margin mode could not be set.
    std::optional<trading::UseBounds> use{};  ///< The signer's limits; none on paper.
    bool priced{false};   ///< `quote` is the exchange's.
    bool is_known{true};  ///< Or the exchange has not told balances, price or instrument yet.

    [[nodiscard]] trading::Route route() const;
};

/// All that a decision is made from. It is decided for the order alone first; what people read is made from the same facts once the orders are on
/// their way.
struct Trader::Basis {
    const Pending* pending{nullptr};
    const Strategy* strategy{nullptr};
    Instant at{};
    bool enabled{false}, held{false}, disk_low{false};
    trading::Mode mode{trading::Mode::normal}, pro_mode{trading::Mode::normal};
    Place main{};
    std::optional<Place> pro{};
    bool for_pro{false};  ///< A zone of the PRO group asks.
    std::optional<market::Candle> last_candle{};
    std::optional<trading::Via> exits{};  ///< An exit of main's group alone, which went that way.
    std::optional<trading::Rules> own_rules{};
    std::string own_id{};

    [[nodiscard]] bool is_known() const { return main.is_known && (!pro || pro->is_known); }
    /// Facts that are not known yet make it wait, unless something stands against it already.
    void decide(trading::Detail detail, trading::Decision& decision) const;
    /// What a group's own zone asks for is for that group, wherever it is, or for nobody.
    void keep_to(GroupNumber group);
    /// A ladder that the exchange would liquidate before its own end opens nothing: what it is made of may have been unknown when its strategy was
    /// enabled, or changed since.
    void hold_to_ladder(const Place& place, const trading::Rules& rules, trading::Decision& decision) const;
    /// Copies what may change until it is put into words.
    void keep();
};

/// A LIVE entry to be: what was decided on, before it is put into words.
struct Trader::Draft {
    std::unique_ptr<Basis> basis;
    std::string strategy_name{};
    bool paper{false};
    GroupNumber group{0};
    std::string group_state{};
    OrderNumber order{0};  ///< 0: it made none.
};

/// The store's row and a signal, one way and back.
ports::StoredSignal to_stored(const trading::Signal& signal, const std::string& strategy, const std::optional<trading::FieldError>& malformed, bool token_known, Instant at);

}  // namespace bf::engine
