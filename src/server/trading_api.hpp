// The trading half of the REST interface, on the engine's side: strategies, signals, groups, decisions, accounts, alarms. As api.hpp: a
// request in, a reply out; whoever asks was let in before. docs/reference/trading.md has the shapes.
#pragma once
#include "engine/performer.hpp"
#include "server/api.hpp"

namespace bf::server {

class TradingApi {
public:
    using Done = Api::Done;
    struct Setup {
        /// Candles of a pair, oldest first.
        std::function<void(const engine::ConnectionState&, const market::Symbol&, market::Interval, std::optional<Instant> since, int limit,
                           std::function<void(Result<std::vector<market::Candle>>)>)> candles;
        /// Instruments of a connection's market; null while they are not read yet.
        std::function<const exchange::Instruments*(const engine::ConnectionState&)> instruments;
        /// The modes changed: they must hold after a restart too.
        std::function<Status()> keep_modes;
        /// Somebody looks at this pair: its prices are to be followed for a while.
        std::function<void(const engine::ConnectionState&, const market::Symbol&)> watch;
        /// Settings on paper are looked at: their connections get paper twins, if they have none.
        std::function<Status(const trading::Settings&)> want_paper;
        /// The paper twin of a connection has that much of an asset from now on.
        std::function<Status(const std::string& connection, const std::string& asset, const Decimal& amount)> grant_paper;
        std::function<void(milliseconds, std::function<void()>)> later;
    };
    TradingApi(engine::Performer& performer, engine::Trader& trader, ports::Entropy& entropy, Setup setup)
        : performer_{performer}, trader_{trader}, entropy_{entropy}, setup_{std::move(setup)} {}

    ~TradingApi() { *alive_ = false; }
    TradingApi(const TradingApi&) = delete;
    TradingApi& operator=(const TradingApi&) = delete;

    /// Whether the path (its parts behind /api/v1/) is one of ours.
    static bool serves(std::string_view first_part);
    void handle(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done);
    /// POST /hooks/{token}: no session, the token is the secret. Kept before it is answered, decided afterwards.
    ApiReply hook(std::string_view token, std::string_view body);

    /// The removed connection of that id, on which groups are still open; or why it can't be added again.
    [[nodiscard]] std::variant<engine::Trader::LeftBehind, ApiReply> left_behind(std::string_view connection) const;
    /// Why a connection is not removed yet: groups are open on it that `leaving` (numbers with commas between) does not name, so that nobody has said
    /// that they may be left. Nothing when there are none.
    [[nodiscard]] std::optional<ApiReply> refuse_removal(const std::string& connection, std::string_view leaving) const;

private:
    ApiReply strategies(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply add_strategy(const ApiRequest& request);
    [[nodiscard]] bool is_taken(std::string_view name, const std::string& own) const;  ///< By another strategy than `own`.
    ApiReply one_strategy(const engine::Strategy& strategy, std::string_view action, const ApiRequest& request);
    void change(const std::string& id, const ApiRequest& request, Done done);
    /// As enable(): of an enabled strategy not before the ladders of its pairs can be weighed.
    void change_when_weighed(std::string id, trading::Settings settings, exchange::Language language, milliseconds patience, Done done);
    /// Once its ladder can be weighed, or by `patience` with what is known then.
    void enable(std::string id, exchange::Language language, milliseconds patience, Done done);
    ApiReply signal(const engine::Strategy& strategy, const ApiRequest& request);
    ApiReply groups(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply group_list(const ApiRequest& request);
    ApiReply group_page(std::uint64_t number, const ApiRequest& request);
    ApiReply decisions(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply ladder(const ApiRequest& request);
    ApiReply instruments(const ApiRequest& request);
    ApiReply alarms(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply account(std::string_view id, const ApiRequest& request);
    ApiReply freeze(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply paper(const std::vector<std::string_view>& parts, const ApiRequest& request);
    ApiReply mode(const ApiRequest& request);
    ApiReply watch(const ApiRequest& request);
    void candles(const ApiRequest& request, Done done);
    [[nodiscard]] ApiReply strategy_reply(int status, const std::string& id, exchange::Language language, const std::string& hook_token = {}) const;

    engine::Performer& performer_;
    engine::Trader& trader_;
    ports::Entropy& entropy_;
    Setup setup_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};  ///< Shared with what waits: it may fire after we are gone.
};

}  // namespace bf::server
