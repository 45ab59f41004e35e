// One connection's account as trading sees it: orders, fills, balances and positions, from the private stream and from polls, merged so
// that each fill is told once, an order never goes back, and an older balance or position never replaces a newer one.
//
// The stream is the connection's own (connection/keeper, over a tap). After every opening, and after a frame that could not be read, all
// is polled; besides that on a schedule, slow while the stream lives, quick while it does not or says nothing, not even a pong. What an event changed in balances and
// positions is confirmed by a poll soon after, since streams may bring events late or out of order; a fill without its fee is looked up.
// Polls go through the Caller, within the one budget of the account, after everything that trading needs.
//
// It knows how fresh its knowledge is: `knows_after` answers whether everything an order of ours did by a moment must have been told.
//
// Each poll of the balances is held against what fills, fees and funding make of the one before (money_watch); what they don't explain is told.
#pragma once
#include "connection/stream_tap.hpp"
#include "engine/account_merge.hpp"
#include "engine/caller.hpp"
#include "engine/funding_feed.hpp"
#include "engine/money_watch.hpp"
#include "ports/clock.hpp"

#include <array>

namespace bf::engine {

enum class FillNews : std::uint8_t {
    without_fee,  ///< Some streams name no fee: it follows, under the same id, as complete.
    complete,
};

/// Hears the news of all accounts, while an event of the feed is worked on: it may not destroy the feed, follow or unfollow then.
class AccountListener {
public:
    virtual ~AccountListener() = default;
    virtual void on_order(Now, const std::string& /*connection*/, const market::Order&) {}
    virtual void on_fill(Now, const std::string& /*connection*/, const market::Fill&, FillNews) {}
    /// The assets that changed; all of the account's when `whole`.
    virtual void on_balances(Now, const std::string& /*connection*/, const std::vector<market::Balance>&, bool /*whole*/) {}
    /// As on_balances. A position that is gone comes with a quantity of zero.
    virtual void on_positions(Now, const std::string& /*connection*/, const std::vector<market::Position>&, bool /*whole*/) {}
    /// Every open order of the symbol (of the account on futures, then `symbol` is null), as of `asked_at`.
    virtual void on_open_orders(Now, const std::string& /*connection*/, const market::Symbol* /*symbol*/, const std::vector<market::Order>&,
                                std::chrono::microseconds /*asked_at*/) {}
    virtual void on_stream(Now, const std::string& /*connection*/, bool /*live*/) {}
    /// Something a person should see: fills beyond what the exchange lists, a poll refused for good.
    virtual void on_trouble(Now, const std::string& /*connection*/, const exchange::Problem&) {}
    /// Money that left the account or reached it without any order, fee or funding that was told. Once each.
    virtual void on_unexplained(Now, const std::string& /*connection*/, const MoneyWatch::Unexplained&) {}
    /// next_wake has changed while an answer or a wish was worked on. Nothing is called from there.
    virtual void on_due() {}
    /// An event that came by the stream is over: the Caller may have let out calls, next_wake may have changed.
    virtual void on_activity(Now) {}
};

class AccountFeed final : public connection::StreamTap, private Asker {
public:
    /// The caller knows `connection`; it, the clock and the listener outlive the feed.
    AccountFeed(std::string connection, Caller& caller, ports::Clock& clock, AccountListener& listener);
    ~AccountFeed() override;
    AccountFeed(const AccountFeed&) = delete;
    AccountFeed& operator=(const AccountFeed&) = delete;

    /// Orders and fills of this symbol are asked for from now on; fills since `fills_since` (the last one booked, or when we began).
    /// Followed already: nothing changes. The instruments know the symbol.
    void follow(Now now, const market::Symbol& symbol, Instant fills_since);
    void unfollow(const market::Symbol& symbol);
    void tick(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;

    /// Asks for all of it again, now.
    void want_fresh(Now now);
    /// Somebody doubts what is known: balances and positions are asked for within so long, with a symbol also its open orders and fills.
    /// No more often than every kLookEvery, however often it is wished.
    void look_again(Now now, milliseconds within, const market::Symbol* symbol = nullptr);
    /// All that happened to the symbol's orders and fills until then (steady) has been told; nothing: it was never read whole.
    [[nodiscard]] std::optional<std::chrono::microseconds> knows_to(const market::Symbol& symbol) const;
    /// Whether that, and a poll of balances and positions asked for later, cover `moment`: the end of the last own order. What is asked
    /// for is what knows_to says of polls asked later, and for orders and fills of a live stream heard kStreamSettles later.
    [[nodiscard]] bool knows_after(const market::Symbol& symbol, std::chrono::microseconds moment) const;
    [[nodiscard]] bool is_live() const { return live_since_.has_value(); }
    [[nodiscard]] std::chrono::microseconds heard() const { return heard_; }
    [[nodiscard]] const AccountMerge& state() const { return merge_; }
    [[nodiscard]] const MoneyWatch& money() const { return money_; }

    // --- the private stream
    [[nodiscard]] const exchange::Instruments* instruments() const override;
    void on_live() override;
    void on_down(const exchange::Problem& problem) override;
    void on_heard() override { heard_ = clock_.steady(); }
    void on_unreadable(const exchange::Problem& problem) override;
    void on_done() override;
    void on_order(const market::Order& order) override;
    void on_fill(const market::Fill& fill) override;
    void on_balance(const market::Balance& balance) override;
    void on_position(const market::Position& position) override;

    static constexpr milliseconds kPollLive{60'000};      ///< While the stream lives.
    static constexpr milliseconds kPollAlone{5'000};
    static constexpr milliseconds kConfirmAfter{2'000};   ///< After an event, until what it changed is asked for.
    static constexpr milliseconds kConfirmEvery{4'000};   ///< And no more often than that while events come thick and fast.
    static constexpr milliseconds kLookEvery{5'000};
    static constexpr milliseconds kStreamSettles{3'000};  ///< So long after something happened a stream may tell of it.
    static constexpr milliseconds kOverlap{300'000};      ///< Fills are asked for again so far back: lists show some late, clocks differ.
    static constexpr milliseconds kPauseMax{10'000};      ///< Between two tries of a poll that failed.

private:
    enum class Kind : std::uint8_t { balances, positions, open_orders, fills };
    struct Topic {
        Kind kind{Kind::balances};
        std::optional<market::Symbol> symbol{};  ///< Nothing: the whole account.
        std::string native{};
        std::chrono::microseconds due{0};
        std::chrono::microseconds asked_at{0};
        std::chrono::microseconds round_at{0};                ///< Fills: when the first page was asked for.
        std::optional<std::chrono::microseconds> known{};     ///< All until then has been told.
        std::uint64_t ticket{0};
        std::optional<std::chrono::microseconds> again{};  ///< When it is wanted anew, though it is being asked.
        int failures{0};
        Instant fills_since{};            ///< All before it have been told.
        Instant page_since{};             ///< Of the page asked for.
        std::optional<Instant> page_until{};
        Instant round_wall{};
        std::int64_t page{1};                 ///< Open orders: the one asked for.
        std::vector<market::Order> listed{};  ///< On the pages before.
        bool cut_off{false};                  ///< The last list held more than it told, and a person heard of it.
    };
    void on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) override;
    void ask(Now now, std::uint64_t tag, Topic& topic);
    template <class Thing>
    bool take_whole(Now now, Topic& topic, const std::vector<Thing>& list);
    void take_open_orders(Now now, std::uint64_t tag, Topic& topic, const std::vector<market::Order>& page);
    void take_fills(Now now, std::uint64_t tag, Topic& topic, const std::vector<market::Fill>& fills);
    void failed(Now now, Topic& topic, const exchange::Problem& problem);
    void settle(Now now, Topic& topic);
    void tell(Now now, const market::Fill& fill, bool from_list);
    void add_topic(Now now, Kind kind, const market::Symbol* symbol, Instant fills_since);
    /// Those of the kind (and native symbol, if given) are asked for within so long.
    void expect(Now now, Kind kind, std::chrono::microseconds within, const std::string* native = nullptr);
    void look(Now now);
    /// After an event that changed them.
    void confirm(Now now, Kind kind, const std::string* native = nullptr, std::chrono::microseconds within = kConfirmAfter);
    [[nodiscard]] const Topic* find(Kind kind, const market::Symbol& symbol) const;
    [[nodiscard]] std::optional<std::chrono::microseconds> vouched(const Topic* topic) const;
    [[nodiscard]] const Account& account() const { return *caller_.find(connection_); }
    [[nodiscard]] Now now() const { return {clock_.wall(), clock_.steady()}; }

    // account_money.cpp
    void weigh_money(Now now, const Topic& topic, const exchange::Asked& asked, const CallAnswer& answer, const std::vector<market::Balance>& list);
    [[nodiscard]] bool is_watched() const;
    /// False: a figure is missing.
    bool take_wallets(const exchange::Asked& asked, const CallAnswer& answer, MoneyWatch::Reading& reading);
    [[nodiscard]] std::chrono::microseconds lists_told(Now now) const;
    [[nodiscard]] bool funding_told(Instant until) const;
    void look_into(Now now);

    std::string connection_;
    Caller& caller_;
    ports::Clock& clock_;
    AccountListener& listener_;
    AccountMerge merge_;
    std::map<std::uint64_t, Topic> topics_;  ///< By tag.
    std::uint64_t last_tag_{0};
    std::optional<std::chrono::microseconds> live_since_{};  ///< Or since the last frame that could not be read.
    std::chrono::microseconds heard_{0};
    std::chrono::microseconds pruned_{0};
    std::chrono::microseconds looked_{-kLookEvery};       ///< When look_again last had its way.
    std::optional<std::chrono::microseconds> look_at_{};  ///< When it will have it next.
    std::set<market::Symbol> look_symbols_{};             ///< And of which pairs.
    MoneyWatch money_;
    FundingFeed funding_;                    ///< Asked while a futures account's money is in doubt only.
    std::set<market::Symbol> held_{};        ///< Whose positions were open since the money last agreed.
    int doubted_{0};                         ///< Readings in a row.
};

}  // namespace bf::engine
