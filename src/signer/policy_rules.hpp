// Whether a connection's limits allow a call: the signer's own judgement of every typed call. Pure: a state, a call and a time in; yes or a
// sentence out, and the state moved on. Exact decimals, rounded against whoever asks.
//
// What it is told is not trusted further than it can be held: the price of the moment moves at most 2 % a minute, whatever the caller says;
// a contract size may grow, never shrink; what an order was filled is believed only between nothing and all of it. Getting out is never held
// against amounts: orders that only reduce, and sales on spot up to what the signed buys can have filled.
#pragma once
#include "signer/policy_clock.hpp"
#include "signer/policy_state.hpp"
#include "signer/protocol.hpp"

#include <functional>

namespace bf::signer {

/// A reference price is of no use when it is older than this.
inline constexpr milliseconds kReferenceAge = seconds{60};
/// So many signed orders are remembered by name for what becomes of them.
inline constexpr std::size_t kSignedOrdersMax = 2000;
/// So long the exposure of orders that nobody can name after a crash counts.
inline constexpr milliseconds kUnnamedFor = std::chrono::hours{24};

/// No order is for more units than this, so that sums and differences of quantities stay within what can be counted.
inline const Decimal kQuantityMax{1'000'000'000'000'000'000};

/// Of an order on futures: it can't open or add, whatever the account holds.
bool only_reduces(const exchange::Call& call);

class ConnectionPolicy {
public:
    /// Writes the state as it is with a cover for the next orders; the call that needed it waits.
    using Keep = std::function<Status()>;

    explicit ConnectionPolicy(PolicyState state) : state_{std::move(state)}, clock_{latest_date(state_)} {}

    /// Why the call may not be signed; nothing if it may, and then it counts. `keep` is called when the store does not cover it.
    std::optional<Refused> judge(const SignItem& item, Instant clock, const Keep& keep);
    /// The engine says that an order ended, with so much filled. May be told again, and otherwise; what is not known is passed over.
    void settle(const SettledOrder& order, Instant clock);
    /// The engine says how much it holds still. What exceeds it, and what orders that have not ended can fill, is open no more; it never makes it more.
    void hold_at_most(const StillHeld& told);

    /// What is narrower holds at once, what is wider after the delay. A raise that waited is replaced.
    void set_limits(const ports::UseLimits& limits, Instant clock);
    /// A frozen connection's raise does not wait any more.
    void freeze(ports::FreezeLevel level);
    /// The narrower of what holds and these, and nothing that waits.
    void narrow(const ports::UseLimits& limits);
    /// The store is older than it was: a person has to say that this is right before anything is opened.
    void doubt_age();
    void trust();
    /// A raise whose time has come holds now.
    void bring_up_to_date(Instant clock);

    [[nodiscard]] const PolicyState& state() const { return state_; }
    [[nodiscard]] ports::LimitState tell(Instant clock);

    // --- the store's side. Between begin_write and end_write orders go on; they count against both covers.
    [[nodiscard]] bool dirty() const { return dirty_; }
    /// The state with the cover that its copy in the store gives; `number` names this write.
    const Cover& begin_write(std::uint64_t number);
    void end_write(std::uint64_t number, bool written);
    /// After a start: what the store's copy covered counts as used.
    void count_cover(const Cover& cover, Instant clock);

private:
    struct Weight;  ///< An entry as it counts.
    static Instant latest_date(const PolicyState& state);
    /// The time that all below is judged in.
    Instant time_at(Instant clock);
    std::optional<Refused> judge_order(const SignItem& item, Instant clock, const Keep& keep);
    std::optional<Refused> judge_exit(const exchange::Call& call, Instant now, bool fresh);
    std::optional<Refused> judge_entry(const exchange::Call& call, Instant now, bool fresh, const Keep& keep);
    std::optional<Refused> judge_setting(const exchange::Call& call) const;
    /// Why the symbol is not the connection's to trade.
    std::optional<Refused> foreign(const exchange::Call& call) const;
    /// Moves the kept reference towards what the caller tells. False: it tells nothing that counts.
    bool follow(const market::Symbol& symbol, std::optional<ports::PriceReference> told, Instant clock, Instant now);
    [[nodiscard]] bool is_exit(const exchange::Call& call, Instant now) const;
    std::optional<Refused> weigh(const exchange::Call& call, const Decimal& reference, Weight& weight);
    [[nodiscard]] bool covered(const Weight& weight) const;
    std::optional<Refused> cover(const Weight& weight, const Keep& keep);
    void count(const exchange::Call& call, const Weight& weight, Instant now);
    void remember(const exchange::Call& call, bool exit, const Decimal& value);
    /// By how much it became less.
    Decimal open_less(const market::Symbol& symbol, const Decimal& quantity);
    void open_more(const market::Symbol& symbol, const Decimal& quantity, const Decimal& value);
    [[nodiscard]] Decimal held(const market::Symbol& symbol, Instant now) const;
    void forget_oldest();

    PolicyState state_;
    PolicyClock clock_;
    Cover cover_{};                   ///< What is left of the one in the store.
    std::optional<Cover> writing_{};  ///< Of the write under way.
    std::uint64_t writing_number_{0};
    /// The next cover's measure: the last order, and all since the last write.
    struct Measure {
        Decimal last, since;
    };
    std::map<std::string, Measure, std::less<>> values_{};
    std::map<market::Symbol, Measure> quantities_{};
    bool dirty_{true};
};

}  // namespace bf::signer
