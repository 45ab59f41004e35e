// What accounts paid and received as funding, for the symbols in which groups are open. Exchanges settle it at whole hours, every one to
// eight of them, and change the number: so each symbol is asked for once after each whole hour, besides at its start and after a private
// stream was down. Each call reads from well before what is known, because a list may show a payment late; who books them knows them by id.
//
// It decides nothing about groups: a payment is told, whoever's it is.
#pragma once
#include "engine/caller.hpp"

#include <functional>

namespace bf::engine {

class FundingFeed final : private Asker {
public:
    struct Listener {
        std::function<void(Now, const std::string& connection, const market::FundingPayment&)> paid;
        /// All of a symbol up to known_to has been told.
        std::function<void(Now, const std::string& connection, const market::Symbol&)> read;
    };
    FundingFeed(Caller& caller, Listener listener) : caller_{caller}, listener_{std::move(listener)} {}
    ~FundingFeed() override;
    FundingFeed(const FundingFeed&) = delete;
    FundingFeed& operator=(const FundingFeed&) = delete;

    /// Payments settled after `since` are told from now on. Followed already: nothing changes. The caller knows the connection.
    void follow(Now now, const std::string& connection, const market::Symbol& symbol, Instant since);
    void unfollow(const std::string& connection, const market::Symbol& symbol);
    void forget(const std::string& connection);
    /// Asks for all symbols of the connection again, now.
    void want_fresh(Now now, const std::string& connection);
    /// The same from their beginning: what was settled long ago came to be listed only now.
    void read_anew(Now now, const std::string& connection);
    void tick(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const { return wake_; }

    /// All payments settled until then have been told; nothing: not followed or never read whole. For ever, where the exchange has no such call.
    [[nodiscard]] std::optional<Instant> known_to(const std::string& connection, const market::Symbol& symbol) const;

    static constexpr seconds kShowsLate{60};    ///< A list that was asked for so long after a settlement shows it. Not documented.
    static constexpr seconds kOverlap{7200};    ///< Read again before what is known, for those that did show later.
    static constexpr milliseconds kRetryFirst{5'000}, kRetryLast{60'000};
    static constexpr std::int64_t kPage = 100;

private:
    struct Followed {
        std::string connection;
        market::Symbol symbol;
        friend auto operator<=>(const Followed&, const Followed&) = default;
    };
    struct State {
        std::uint64_t tag{0}, ticket{0};
        std::chrono::microseconds due{0};
        milliseconds pause{kRetryFirst};
        Instant since{};                   ///< Nothing before it is wanted.
        std::optional<Instant> known{};
        Instant round_at{};                ///< When the first page of this reading was asked for.
        std::optional<Instant> page_until{};
        bool again{false};                 ///< Wanted anew, though it is being asked.
        bool no_such_call{false};
    };
    void on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) override;
    void begin(Now now, const Followed& followed, State& state);
    void ask(Now now, const Followed& followed, State& state);
    void take(Now now, const Followed& followed, const exchange::FundingPage& page);
    void retry(Now now, State& state);
    void plan();
    /// What is known to a time that has not come yet is asked for anew: the clock was ahead.
    void heed_clock(Now now);

    Caller& caller_;
    Listener listener_;
    std::map<Followed, State> states_;
    std::uint64_t last_tag_{0};
    Instant latest_{};  ///< That was seen, since the clock was last set back.
    std::optional<std::chrono::microseconds> wake_{};  ///< The earliest of those that are due without being asked.
};

}  // namespace bf::engine
