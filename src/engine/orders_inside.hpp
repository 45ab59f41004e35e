// The inside of Orders, for its own sources only: each order with what is being asked about it.
//
// An order has at most one question out at a time besides its placing and its cancel. Which one follows from what is known: `attend`
// looks at the order and asks the next thing, or says when to look again.
#pragma once
#include "engine/answer.hpp"
#include "engine/client_id.hpp"
#include "engine/exchange_rules.hpp"
#include "engine/name_table.hpp"
#include "engine/order_shelf.hpp"
#include "engine/orders.hpp"
#include "engine/records.hpp"
#include "exchange/remark.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <set>

namespace bf::engine {

using std::chrono::microseconds;

/// The steps that prove an order absent (or forgotten by the exchange), in their order. Found at any of them, it is over.
enum class Probe : std::uint8_t { query, open_orders, stops, fills, strangers };

/// A regular look at one kind of open orders.
struct PollKey {
    std::string connection;
    market::Symbol symbol;
    bool stops{false};  ///< Those that wait for their trigger: an exchange lists them apart.
    friend auto operator<=>(const PollKey&, const PollKey&) = default;
};

struct Tracked {
    explicit Tracked(Order taken) : order{std::move(taken)} {}

    Order order;
    std::uint64_t append{0};         ///< Of its intent.
    std::uint64_t place_ticket{0};   ///< Not answered yet.
    std::uint64_t cancel_ticket{0};
    std::uint64_t ask_ticket{0};
    Probe probe{Probe::query};
    int tries{0};                    ///< Questions without progress.
    int cancel_tries{0};
    microseconds asked_at{0};        ///< When the question out, or the last one, was asked.
    microseconds cancel_after{0};
    microseconds proof_from{0};      ///< Unresolved: silence asked for after this proves something.
    microseconds appeared_at{0};     ///< When the exchange was first heard of it.
    bool query_wanted{false};
    bool told_trouble{false};
    Instant fills_since{};           ///< The page of fills being read.
    std::int64_t list_page{1};       ///< The page of open orders or stops being read.
    bool list_again{false};          ///< For the second time.
    std::vector<std::string> strangers{};  ///< Orders whose fills might be this one's.
    std::optional<microseconds> due{};
    std::optional<PollKey> polled{};  ///< The poll it belongs to.
};

/// What the resting orders of one connection and symbol share: a regular look at the open ones.
struct Poll {
    std::uint64_t id{0};
    std::set<OrderNumber> resting{};
    std::uint64_t ticket{0};
    microseconds asked_at{0};  ///< Its first page.
    microseconds due{0};
    std::int64_t page{1};
    std::set<OrderNumber> seen{};  ///< On the pages before.
};

struct Orders::Inside final : public Asker {
    Inside(std::uint64_t installation, std::uint64_t generation) : ids{installation, generation} {}

    // Wishes and events (orders.cpp).
    OrderNumber submit(Now now, std::span<const OrderPlan> plans);
    Intent make_intent(Now now, const OrderPlan& plan);
    std::optional<Refusal> deny(const Intent& intent) const;
    void place(Now now, Tracked& one);
    void cancel(Now now, Tracked& one);
    void reconcile(Now now, Tracked& one);
    void remove_account(Now now, std::string_view connection);
    void tick(Now now);

    // The journal of an earlier life, and what is still on the shelf of it (orders_replay.cpp).
    Status replay(RecordKind kind, std::string_view payload);
    Status replay_intent(std::string_view payload);
    template <class R>
    Status replay_told(R& record, std::string_view payload);
    /// Of the shelf's orders those that are not finished, and each group's last, become whole.
    Status end_replay();
    Tracked* take_off_shelf(OrderNumber number);
    /// Ended with nothing, and nothing is asked about it. The last of a group stays: its attempts are counted by it.
    [[nodiscard]] bool may_be_shelved(const Tracked& one);
    /// Its names stay among those of this life.
    void put_on_shelf(const Tracked& one);
    /// Wherever it stands; empty for one that is not known, or has none.
    [[nodiscard]] std::string_view client_id_of(OrderNumber number) const;
    [[nodiscard]] std::pair<std::string_view, std::string_view> exchange_id_of(OrderNumber number) const;  ///< With its connection.
    // Wherever the order stands.
    [[nodiscard]] std::optional<OrderNumber> find_client_id(std::string_view client_id) const;
    [[nodiscard]] std::optional<OrderNumber> find_exchange_id(std::string_view connection, std::string_view exchange_id) const;
    [[nodiscard]] bool is_finished(OrderNumber number) const;
    /// Among the names of this life, by the exchange's id.
    [[nodiscard]] std::optional<OrderNumber> find_whole(std::string_view connection, std::string_view exchange_id) const;
    void note_exchange_id(OrderNumber number, std::string_view connection, std::string_view exchange_id);
    /// Nothing of it is known afterwards but that it was ours.
    void drop(OrderNumber number);

    // What a question brought (orders_answers.cpp).
    void on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) override;
    void on_sent(Now now, std::uint64_t tag) override;
    void on_expired(Now now, std::uint64_t tag) override;
    void placed(Now now, Tracked& one, const exchange::Asked& asked, CallAnswer& answer);
    void canceled(Now now, Tracked& one, const exchange::Asked& asked, CallAnswer& answer);
    void queried(Now now, Tracked& one, const exchange::Asked& asked, CallAnswer& answer);
    void stranger_queried(Now now, Tracked& one, const exchange::Asked& asked, CallAnswer& answer);
    void listed(Now now, Tracked& one, const exchange::Asked& asked, CallAnswer& answer);
    void polled(Now now, std::uint64_t poll, const exchange::Call& call, CallAnswer& answer);
    /// Merges a list of open orders; the numbers of those of ours that are in it.
    std::set<OrderNumber> take_list(Now now, const Account& account, const std::vector<market::Order>& reports);
    enum class Page : std::uint8_t { whole, read_on, cut_off };
    Page next_page(Now now, Tracked& one, const std::vector<market::Fill>& page);
    void fills_listed(Now now, Tracked& one, const exchange::Asked& asked, CallAnswer& answer);
    /// A question that brought nothing: later again.
    void failed(Now now, Tracked& one, const exchange::Problem& problem);

    // The next question (orders_lookup.cpp).
    void attend(Now now, Tracked& one);
    void ask_probe(Now now, Tracked& one);
    void ask_cancel(Now now, Tracked& one);
    void ask_fills(Now now, Tracked& one, bool of_this_order);
    void conclude(Now now, Tracked& one);
    void look_at(Tracked& one, microseconds at);
    void watch(Now now, Tracked& one);
    void rest(Now now, Tracked& one, bool resting);
    [[nodiscard]] static PollKey poll_key(const Tracked& one) { return {one.order.plan().connection, one.order.plan().symbol, one.order.waits()}; }
    void ask_poll(Now now, std::uint64_t id);
    void poll_at(Poll& poll, microseconds at);

    // Merging and telling (orders_books.cpp).
    void doubt(Now now, Tracked& one, std::string why);
    void end_without(Now now, Tracked& one, End end, Refusal refusal);
    void merge(Now now, Tracked& one, const market::Order& report);
    void merge(Now now, Tracked& one, const market::Fill& fill, FillSource source);
    void tell(Now now, Tracked& one, const Order::Change& change, Stage before);
    void trouble(Tracked& one, Refusal what);
    void stray(const Account& account, const market::Order& report);
    void stray(const Account& account, const market::Fill& fill);
    void force(const Account& account, const market::Fill& fill);
    /// Whether an order of ours may be there, of whatever connection of that wallet, whose name at the exchange is not known yet.
    [[nodiscard]] bool one_is_nameless(const Account& account) const;
    /// Whether another connection of the same wallet ordered it.
    [[nodiscard]] bool is_of_sibling(const Account& account, const std::optional<std::string>& client_id, const std::string& exchange_id);
    void look_at_unclaimed();
    /// An order of nobody's here that was not told yet.
    bool is_news(const std::string& connection, const std::string& exchange_id);
    /// Of an order that is forgotten: what is told of it late is no stranger's.
    void note_past(const std::string& connection, const std::string& exchange_id);
    void append(Record record);
    Tracked* match(std::string_view connection, const std::optional<std::string>& client_id, const std::optional<std::string>& exchange_id);
    [[nodiscard]] const Account* account_of(const Tracked& one) const { return caller.find(one.order.plan().connection); }
    [[nodiscard]] OrderRules rules_for(const Tracked& one) const;
    void after(Now now) {
        if (!unclaimed.empty()) look_at_unclaimed();
        caller.pump(now);
    }

    Effects effects;
    Caller caller{effects};
    ClientIds ids;
    OrderNumber last_number{0};
    std::uint64_t last_append{0};
    std::uint64_t durable_to{0};
    std::size_t unfinished{0};
    std::map<OrderNumber, Tracked> orders;
    OrderShelf shelf;  ///< Those that ended with nothing and are not among `orders`: of an earlier life, or put there in this one.
    OrderNumber highest_replayed{0};
    NameTable by_client_id, by_exchange_id;  ///< Of `orders`, and of what this life put on the shelf: that has an index of the earlier one's.
    /// How many orders a group made, and which was the last of them.
    struct Attempts {
        std::uint32_t last{0};
        OrderNumber order{0};
    };
    struct AttemptsKey {
        GroupNumber group;
        std::string connection;
    };
    struct AttemptsHash {
        using is_transparent = void;
        template <class Key>
        std::size_t operator()(const Key& key) const { return key.group; }
    };
    struct AttemptsOf {
        GroupNumber group;
        std::string_view connection;
    };
    struct SameAttempts {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const { return a.group == b.group && a.connection == b.connection; }
    };
    boost::unordered_flat_map<AttemptsKey, Attempts, AttemptsHash, SameAttempts> attempts;
    Attempts& attempts_of(const OrderPlan& plan) {
        const auto found = attempts.find(AttemptsOf{plan.group, plan.connection});
        return found != attempts.end() ? found->second : attempts[{plan.group, plan.connection}];
    }
    std::deque<std::pair<std::uint64_t, OrderNumber>> not_durable;
    boost::unordered_flat_map<GroupNumber, std::vector<OrderNumber>> by_group;
    std::set<std::pair<microseconds, std::uint64_t>> due;  ///< Order numbers, and polls' ids with kPollMark.
    std::map<PollKey, Poll> polls;
    std::map<std::uint64_t, PollKey> polls_by_id;
    std::uint64_t last_poll{0};
    std::set<std::string, std::less<>> live_streams;  ///< Connections.
    ForeignOrders foreign;
    std::deque<std::pair<std::string, market::Fill>> unclaimed;  ///< By connection: those that may yet turn out to be ours, or a stranger's.
    std::set<std::pair<std::string, std::string>> past;     ///< Of those of ours that were forgotten, the latest.
    std::deque<std::pair<std::string, std::string>> past_in_order;
    // For reading a journal without an allocation a record.
    Intent intent_read;
    AcceptedRecord accepted_read;
    FillRecord fill_read;
    FinishedRecord finished_read;
};

Refusal refusal_of(const exchange::Problem& problem);

/// Tells a poll's id from an order's number.
inline constexpr std::uint64_t kPollMark = std::uint64_t{1} << 63;
/// Rows asked for at a time: what every exchange gives.
inline constexpr std::int64_t kPageMax = 100;
/// After so many questions in vain a person should look.
inline constexpr int kTroubleTries = 12;

/// Tags: what an answer belongs to. The low bits say which question, the rest the order, or the poll.
enum class Question : std::uint8_t { place, cancel, query, stranger, open_orders, fills, poll };
constexpr std::uint64_t tag_of(OrderNumber order, Question question) { return order << 3 | static_cast<std::uint64_t>(question); }

}  // namespace bf::engine
