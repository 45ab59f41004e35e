// What goes out to the exchanges on trading's account: asked by urgency, let out as far as each exchange's limits allow, each answered
// once. One budget of an account and of an address serves everything here: a cancel or an exit may use all of it, a look-up three
// quarters, an entry or a regular poll half, so that entries never stand in the way of getting out.
#pragma once
#include "connection/pace.hpp"
#include "engine/effects.hpp"
#include "engine/venue.hpp"
#include "exchange/replies.hpp"

#include <map>
#include <memory>
#include <set>
#include <unordered_map>

namespace bf::engine {

/// One connection as trading sees it. What is pointed to outlives the Caller.
struct Account {
    std::string connection;  ///< Its id.
    exchange::ExchangeId exchange{exchange::ExchangeId::mexc};
    market::Market market{market::Market::spot};
    exchange::AccountMode account_mode{exchange::AccountMode::classic};
    exchange::Site site{exchange::Site::global};
    std::optional<int> key_version{};
    std::optional<std::string> id{};  ///< What the exchange calls the account, where it tells. Several keys, and connections, may be of one.
    const exchange::Replies* replies{nullptr};
    const exchange::Instruments* instruments{nullptr};
    connection::Pace* address_pace{nullptr};  ///< Of the exchange, shared with connection tests; null: no limits.
    connection::Pace* account_pace{nullptr};  ///< Shared by all connections of one account at the exchange; null: no limits.

    /// Whether it is the same wallet under another key: each connection is told of what the other orders.
    [[nodiscard]] bool is_same_wallet(const Account& other) const {
        return id && id == other.id && exchange == other.exchange && site == other.site && market == other.market;
    }
    [[nodiscard]] Venue venue() const { return {exchange, site}; }
    [[nodiscard]] exchange::Call call(exchange::Operation operation, const std::optional<market::Symbol>& symbol = {}) const;
};

/// In the order in which they go.
enum class Urgency : std::uint8_t { cancel, exit, lookup, entry, poll };

/// Hears what came of a call. Before it dies it has what it still waits for ignored.
class Asker {
public:
    virtual ~Asker() = default;
    virtual void on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) = 0;
    /// The requests are about to leave, or left.
    virtual void on_sent(Now, std::uint64_t /*tag*/) {}
    /// It could not leave within its time, and won't.
    virtual void on_expired(Now, std::uint64_t /*tag*/) {}
};

class Caller {
public:
    explicit Caller(Effects& effects);
    ~Caller();
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    /// Adds it, or changes what is known of it.
    void add(Account account);
    /// It is gone: what waits for it is never let out, and what is out is answered to nobody.
    void remove(std::string_view connection);
    [[nodiscard]] const Account* find(std::string_view connection) const;
    /// The connections of the same wallet, this one first.
    [[nodiscard]] std::vector<std::string> sharing(const Account& account) const;

    struct Wish {
        Urgency urgency{Urgency::poll};
        exchange::Call call;
        std::uint64_t tag{0};     ///< The asker's own.
        std::uint64_t after{0};   ///< As Ask::after.
        milliseconds within{0};   ///< Zero: however long it takes.
    };
    /// Its ticket. The connection is known.
    std::uint64_t ask(Now now, std::string_view connection, Asker& asker, Wish wish);
    /// Takes it back if it has not been let out yet; false: its answer will come.
    bool withdraw(std::uint64_t ticket);
    /// Takes it back, or drops its answer when that comes.
    void ignore(std::uint64_t ticket);
    /// The exchange says "too many": nothing goes for so long.
    void pause(Now now, std::string_view connection, milliseconds span);

    void on_sent(Now now, std::uint64_t ticket);
    void on_answer(Now now, std::uint64_t ticket, CallAnswer answer);
    /// Lets out what may go now.
    void pump(Now now);
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const { return next_wake_; }
    [[nodiscard]] std::size_t waiting() const { return pending_.size(); }

private:
    struct Line;  ///< One connection's queues and budget.
    struct Pending {
        Line* line{nullptr};
        Asker* asker{nullptr};
        Wish wish;
        std::optional<std::chrono::microseconds> expires{};
        bool out{false};
    };
    [[nodiscard]] milliseconds wait_of(Line& line, const Pending& pending, Now now) const;
    void let_out(Line& line, std::uint64_t ticket, Pending& pending, Now now);
    /// Lets out what may go of one connection and says when it is worth another look; nothing: its queues are empty.
    std::optional<std::chrono::microseconds> pump(Line& line, Now now, std::vector<std::pair<Asker*, std::uint64_t>>& expired);
    void plan_look(Line& line, std::optional<std::chrono::microseconds> at);
    /// What its queues waited for is no longer the same.
    void look_anew(Line& line);

    Effects& effects_;
    std::uint64_t last_ticket_{0};
    std::map<std::string, std::unique_ptr<Line>, std::less<>> lines_;
    /// Connections whose queues hold something, by when something of theirs may go. Not sooner: what others let out only takes room away.
    std::set<std::pair<std::chrono::microseconds, std::string_view>> looks_;
    std::unordered_map<std::uint64_t, Pending> pending_;
    std::optional<std::chrono::microseconds> next_wake_;
};

}  // namespace bf::engine
