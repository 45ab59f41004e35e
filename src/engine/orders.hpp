// The life of every order: written down, sent, asked for until the exchange itself has said what became of it. Events in, effects out;
// no clock, no socket, no thread. Refuses to send an order twice: an order whose fate is unknown is looked up by its client order id,
// in the open orders and in the fills, and ends only on what the exchange says.
//
// Every event method may leave effects (effects.hpp); the owner takes them after each event and clears them. Journal entries that were
// written by an earlier life come in by replay(), before the first event.
#pragma once
#include "engine/caller.hpp"
#include "engine/effects.hpp"
#include "engine/foreign_orders.hpp"
#include "engine/order.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <span>

namespace bf::engine {

class Orders {
public:
    /// As in ClientIds.
    explicit Orders(std::uint64_t installation, std::uint64_t generation = 0);
    ~Orders();
    Orders(const Orders&) = delete;
    Orders& operator=(const Orders&) = delete;

    /// A connection trading may use now; again when what is known of it changed. Its orders from the journal wait until it is here.
    void add_account(Now now, Account account);
    /// It is gone, and its key: nothing is asked about its orders any more. One that has not left never leaves; what became of one that has, and
    /// is not known to have ended, stays unknown.
    void remove_account(Now now, std::string_view connection);

    // --- start
    Status replay(RecordKind kind, std::string_view payload);
    /// After the last record, before anything else. `damaged` when two orders have one client order id.
    Status end_replay();
    /// Everything that a later start needs to know of the orders kept, as records in an order that replay() takes; in a journal that holds
    /// some of them already, too. Ended orders without a fill are left out but for the last of a group, whose attempts are counted by it.
    void each_record(const std::function<void(RecordKind, std::string_view)>& write) const;
    /// Connection and exchange's id of orders that were forgotten, the latest, oldest first: what is told of them late is no stranger's.
    [[nodiscard]] const std::deque<std::pair<std::string, std::string>>& past() const;
    void restore_past(const std::string& connection, const std::string& exchange_id);
    [[nodiscard]] ForeignOrders& foreign();  ///< Who told a person of one writes that down.
    [[nodiscard]] OrderNumber last_number() const;
    /// No order gets a number up to this one.
    void restore_last_number(OrderNumber number);
    /// Forgets the orders of groups that `open` does not know, ended or not: after a journal that begins late.
    void keep_only(const std::function<bool(GroupNumber)>& open);
    /// Asks for every order that is not known to have ended. Any number of times, also after a stream was down: asks again, changes nothing.
    void reconcile(Now now);
    void reconcile(Now now, std::string_view connection);

    // --- the engine's wishes
    /// Makes intents of the plans and sends them on their way together: one flush, one message to the signer. Their numbers follow each
    /// other, the first is returned. A plan of a connection that is not here, or whose exchange can't do it, ends at once as `denied`.
    OrderNumber submit(Now now, std::span<const OrderPlan> plans);
    OrderNumber submit(Now now, const OrderPlan& plan) { return submit(now, {&plan, 1}); }
    /// A record of the engine's own, in its place among the orders'. Its number.
    std::uint64_t append(RecordKind kind, std::string payload);
    /// The number of the newest Append: what it is of, and all before it.
    [[nodiscard]] std::uint64_t last_append() const;
    /// Until the exchange says that it ended. One that has not left yet never leaves. Of an ended one: nothing.
    void cancel(Now now, OrderNumber order);

    // --- events
    void on_durable(Now now, std::uint64_t append);
    void on_sent(Now now, std::uint64_t ticket);
    void on_answer(Now now, std::uint64_t ticket, CallAnswer answer);
    void on_order(Now now, std::string_view connection, const market::Order& report);
    void on_fill(Now now, std::string_view connection, const market::Fill& fill);
    /// The private stream came up or went down. What was missed while it was down is asked for.
    void on_stream(Now now, std::string_view connection, bool live);
    void tick(Now now);
    /// When tick() has something to do; steady time.
    [[nodiscard]] std::optional<std::chrono::microseconds> next_wake() const;

    // --- views
    [[nodiscard]] const Order* find(OrderNumber order) const;
    [[nodiscard]] const Order* find(std::string_view client_id) const;
    /// Nothing for those on the shelf (of an earlier life, or put there by shelve(), ended with nothing filled), as long as nobody asked for them by find().
    [[nodiscard]] const Order* find_whole(OrderNumber order) const;
    /// Those kept: unfinished ones, and ended ones until forgotten. An order that ended with nothing filled in an earlier life is made for the visit.
    void each(const std::function<void(const Order&)>& visit, Instant since = {}) const;
    void each(GroupNumber group, const std::function<void(const Order&)>& visit) const;
    /// Those of find_whole, in the order of their numbers: all that can still change and all that was filled is among them.
    void each_whole(const std::function<void(const Order&)>& visit) const;
    [[nodiscard]] std::size_t unfinished() const;
    /// Of its ended orders without a fill the newest `keep`, and those made since `since`, stay whole; others stand on the shelf, as after a restart.
    /// One of which something is told after all is taken off it again.
    void shelve(GroupNumber group, std::size_t keep, Instant since);
    /// Its group is closed and written off: nothing of its ended orders is needed again.
    void forget(GroupNumber group);
    /// The same with those that have not ended: nobody follows them any more.
    void let_go(GroupNumber group);

    [[nodiscard]] Effects& effects();
    [[nodiscard]] Caller& caller();  ///< For other calls on trading's account, within the same budget.

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace bf::engine
