// Holds what an exchange has of an account's orders and fills against a list of what was ordered, pair by pair: the daily check that nobody
// else trades with the key. It asks behind everything that trading needs, tells what it does not know, and decides nothing.
//
// Not the engine's books are the list but the signer's ledger: what was never signed for can't be ours, whatever the engine believes.
#pragma once
#include "engine/caller.hpp"

#include <deque>
#include <functional>
#include <map>

namespace bf::engine {

class OrderAudit final : private Asker {
public:
    struct Wanted {
        std::string connection;
        std::vector<market::Symbol> symbols;
        Instant since;  ///< Fills older than this are not looked at.
    };
    struct Setup {
        /// Whether an order under one of these names was ordered: its client order id, the exchange's id; either may be empty.
        std::function<bool(const std::string& connection, const std::string& client_id, const std::string& exchange_id)> is_ordered;
        std::function<void(Now, const StrayOrder&)> on_stray;
        /// Everything wanted of the connection was answered, or `missed` questions were not.
        std::function<void(Now, const std::string& connection, std::size_t looked_at, std::size_t missed)> on_done;
    };
    OrderAudit(Caller& caller, Setup setup) : caller_{caller}, setup_{std::move(setup)} {}
    ~OrderAudit() override;
    OrderAudit(const OrderAudit&) = delete;
    OrderAudit& operator=(const OrderAudit&) = delete;

    /// One question at a time for each connection; a connection that is being looked at is not looked at twice.
    void begin(Now now, Wanted wanted);
    [[nodiscard]] bool is_busy(const std::string& connection) const { return running_.contains(connection); }

private:
    struct Question {
        exchange::Operation operation{};
        std::optional<market::Symbol> symbol{};
        Instant oldest{};  ///< What is older is not looked at.
        Instant since{};
        std::optional<Instant> until{};
        int page{1};
    };
    struct Running {
        std::deque<Question> questions;
        std::uint64_t ticket{0};
        std::uint64_t tag{0};
        std::size_t looked_at{0};
        std::size_t missed{0};
    };
    void on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) override;
    void ask_next(Now now, const std::string& connection);
    void look(Now now, const std::string& connection, const std::optional<std::string>& client_id, const std::optional<std::string>& exchange_id, const std::string& native_symbol);

    Caller& caller_;
    Setup setup_;
    std::map<std::string, Running> running_;
    std::map<std::uint64_t, std::string> by_tag_;
    std::uint64_t last_tag_{0};
};

}  // namespace bf::engine
