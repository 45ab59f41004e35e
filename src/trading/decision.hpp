// The decision: a signal, the settings and the facts in; opened, added, blocked, waiting or closed out, with every check that was made.
//
// Stages in order: signal, user and connection, market context, risk and margin. A failure of stage 1 ends it; else every check whose input is
// there runs, so that all failures are listed. A rule that forbids outranks an input that is missing; the first of its kind is the primary
// reason. Exits are always attempted: only an order in flight or a group that does not agree with the exchange can delay one.
// Pure; no allocation: verdicts are codes and numbers in the Decision the caller keeps. Words are made in sentence.hpp, JSON in report.hpp.
#pragma once
#include "trading/margin.hpp"
#include "trading/reason.hpp"
#include "trading/routing.hpp"
#include "trading/zones.hpp"

#include <span>

namespace bf::trading {

enum class Mode : std::uint8_t { normal, no_new_groups, exit_only, close_now };
std::string_view to_string(Mode mode);
std::optional<Mode> parse_mode(std::string_view text);

enum class Outcome : std::uint8_t { opened, added, blocked, waiting, closed };
std::string_view to_string(Outcome outcome);  ///< "OPENED"

enum class CheckResult : std::uint8_t { pass, fail, unknown };
std::string_view to_string(CheckResult result);

/// What a verdict compares: a number, a word of a fixed list (or of the input), or what is wrong with the signal; of the input: valid while that lives.
struct Figure {
    enum class Kind : std::uint8_t { none, number, word, fault, said };
    Figure() : word{} {}
    Figure(const Number& value) : kind{Kind::number}, number{value} {}
    Figure(const Decimal& value) : kind{Kind::number}, number{value} {}
    Figure(std::int64_t value) : kind{Kind::number}, number{value} {}
    Figure(int value) : kind{Kind::number}, number{value} {}
    Figure(std::string_view text) : kind{Kind::word}, word{text} {}
    Figure(const char* text) : kind{Kind::word}, word{text} {}
    Figure(const FieldError* error) : kind{Kind::fault}, fault{error} {}
    Figure(const Said* words) : kind{Kind::said}, said{words} {}
    Kind kind{Kind::none};
    union {  // `kind` tells which; both are plain values. Half the memory a decision writes is figures.
        Number number;
        std::string_view word;
        const FieldError* fault;
        const Said* said;
    };
};

struct Verdict {
    Code code{};
    std::uint8_t stage{0};
    CheckResult result{CheckResult::pass};
    Stop stop{Stop::none};  ///< none: passed, or not known and not needed.
    UseRule rule{UseRule::none};  ///< Of POLICY_DENIED: which of the signer's limits it is.
    Figure actual{}, limit{};
};

/// One connection as a decision sees it.
struct Route {
    const ConnectionFacts& connection;
    const InstrumentFacts& instrument;
    Quote quote{};
    FeeRates fees{};
    AccountFacts account{};
    const Group* group{nullptr};     ///< Open for the pair in the signal's direction.
    const Group* opposite{nullptr};  ///< Open for the pair in the other direction.
    std::optional<Instant> last_group_closed_at{};  ///< Of the pair.
    std::optional<LeverageFacts> leverage{};        ///< As read from the exchange; absent: as set.
    std::optional<UseBounds> use{};                 ///< The signer's limits; absent: no signer judges (paper, back-tests).
    bool priced{true};  ///< The exchange has told a price; else the quote is only the group's last one, and no exit is decided by it.
    bool tiers_required{false};  ///< Futures without risk tiers wait instead of being told as unknown. The engine sets it.
};

/// How much of a decision is kept. What is decided is the same.
enum class Detail : std::uint8_t {
    told,     ///< For people: every check with what it compared, and the group's figures before and after.
    decided,  ///< For the order alone: of the checks only those that stop, without what they compared.
};

struct DecisionInput {
    const Signal& signal;
    const Rules& rules;
    std::string_view strategy_id{};  ///< Matches signal.strategy beside the rules' name.
    bool token_known{true};
    const FieldError* malformed{nullptr};  ///< What is wrong with it, where it can't be read.
    bool seen_before{false};
    bool strategy_enabled{true};
    Mode mode{Mode::normal};
    Instant now{};
    std::optional<Instant> received{};  ///< When the signal came in, by our clock; absent: its own time.
    Route main;
    const Route* pro{nullptr};  ///< Set when a PRO connection on another account is.
    bool for_pro{false};        ///< An add-on that the PRO group's own zone asks for.
    std::optional<market::Candle> last_candle{};  ///< Closed, of the pair; absent: no candles.
    Detail detail{Detail::told};
    bool held{false};  ///< Nothing is traded: restored from a backup, and nobody has confirmed that state yet.
    bool disk_low{false};  ///< What room is left on the disk is kept for exits.
};

struct OrderPlan {
    market::Side side{market::Side::buy};
    market::OrderType type{market::OrderType::limit};
    Decimal price{};  ///< The limit, rounded; of a market close the worst price to accept where a limit must stand in for it.
    Decimal quantity{};
    bool reduce_only{false};
};

/// A group in figures. Unrounded except `exit_price`.
struct GroupFigures {
    GroupState state{GroupState::active};
    Number average, break_even, take_profit, exit_price;  ///< Out of range when nothing is held.
    std::optional<Number> liquidation{};
    Number margin_used;
    Zone zone{};  ///< Of the best price now.
    Decimal price_step{};  ///< The instrument's.
};

class Decision {  // Words in its figures may be the rules' own: it does not outlive them.
public:
    static constexpr std::size_t kVerdictsMax = 64;

    Outcome outcome{Outcome::blocked};
    std::optional<Code> primary{};
    Via via{Via::main};
    bool closes_opposite{false};  ///< CLOSED by on_opposite: `order` closes the group of the other direction.
    std::optional<OrderPlan> order{};
    Decimal order_size{};    ///< size(k) as planned, before rounding.
    Number order_margin{};   ///< What the order would commit at its limit price.
    Zone zone{};             ///< Of the add-on.
    int used_zone{0};        ///< The zone an add-on takes: zones up to it are used; 0 for a first entry or a recovery add-on.
    bool is_recovery_add_on{false};
    std::optional<bool> worsens{};  ///< Whether the add-on would worsen the break-even; absent: it was not looked at.
    std::optional<GroupFigures> before{}, after{};

    [[nodiscard]] std::span<const Verdict> verdicts() const { return {verdicts_.data(), count_}; }
    /// The verdict of a code; the failing one if several checks gave it.
    [[nodiscard]] const Verdict* find(Code code) const;
    [[nodiscard]] bool failed(Code code) const;
    void clear();
    /// The place of the next verdict, whose members the caller sets.
    Verdict& next();
    /// Turns a passed verdict into a failed one of its code.
    void fail_at(std::size_t index);
    /// The exchange has not told yet what stages 3 and 4 look at (prices, balances, the instrument): what they made of nothing is dropped. Unless
    /// an earlier stage decided, it waits with EXCHANGE_UNAVAILABLE.
    void await_facts();
    /// Stands against what was decided, after all: blocked, in stage 4, without an order.
    void refuse(Code code, const Number& actual, const Number& limit);

private:
    std::array<Verdict, kVerdictsMax> verdicts_{};
    std::size_t count_{0};
};

/// Decides on entry and add; for an exit decides on the main connection's group (see decide_exit for the PRO one).
void decide(const DecisionInput& input, Decision& decision);
/// An exit signal for one open group: called for the group on main and for that on PRO. `route.group` null: NO_OPEN_GROUP.
void decide_exit(const DecisionInput& input, const Route& route, Via via, Decision& decision);

/// The group as it stands, with the estimate of its liquidation where the exchange reported none.
GroupFigures figures_of(const Rules& rules, const Group& group, const Route& route);

}  // namespace bf::trading
