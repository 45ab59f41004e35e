#include "engine/order_audit.hpp"

#include "engine/answer.hpp"
#include "engine/exchange_rules.hpp"


namespace bf::engine {
namespace {

using exchange::Operation;
/// Rows asked for at a time: what every exchange gives.
constexpr std::int64_t kRows = 100;
/// So many fills of a pair are looked at in one audit at most: what is beyond is told as missed.
constexpr int kFillPagesMax = 20;

}  // namespace

OrderAudit::~OrderAudit() {
    for (const auto& [connection, one] : running_)
        if (one.ticket != 0) caller_.ignore(one.ticket);
}

void OrderAudit::begin(Now now, Wanted wanted) {
    const auto* account = caller_.find(wanted.connection);
    if (account == nullptr || running_.contains(wanted.connection)) return;
    auto& one = running_[wanted.connection];
    // Futures exchanges list open orders of the whole account, spot exchanges by symbol only.
    if (account->market == market::Market::futures) one.questions.push_back({Operation::open_orders});
    for (const auto& symbol : wanted.symbols) {
        if (account->market == market::Market::spot) one.questions.push_back({Operation::open_orders, symbol});
        one.questions.push_back({Operation::fills, symbol, wanted.since, wanted.since, {}});
    }
    ask_next(now, wanted.connection);
}

void OrderAudit::ask_next(Now now, const std::string& connection) {
    auto found = running_.find(connection);
    auto& one = found->second;
    const auto* account = caller_.find(connection);
    if (account == nullptr || one.questions.empty()) {
        const auto ended = std::move(one);
        by_tag_.erase(ended.tag);
        running_.erase(found);
        setup_.on_done(now, connection, ended.looked_at, ended.missed + ended.questions.size());
        return;
    }
    const auto& question = one.questions.front();
    auto call = account->call(question.operation, question.symbol);
    if (question.operation == Operation::open_orders) {
        call.limit = kOpenOrdersPage;
        if (question.page > 1) call.page = question.page;
    } else {
        call.limit = kRows;
        call.since = question.since;
        call.until = question.until;
    }
    by_tag_.erase(one.tag);
    one.tag = ++last_tag_;
    by_tag_[one.tag] = connection;
    one.ticket = caller_.ask(now, connection, *this, {Urgency::poll, std::move(call), one.tag, 0, {}});
    caller_.pump(now);
}

void OrderAudit::look(Now now, const std::string& connection, const std::optional<std::string>& client_id, const std::optional<std::string>& exchange_id,
                      const std::string& native_symbol) {
    ++running_.at(connection).looked_at;
    if (setup_.is_ordered(connection, client_id.value_or(""), exchange_id.value_or("")) || !exchange_id) return;
    setup_.on_stray(now, {connection, native_symbol, *exchange_id, client_id.value_or(""), false});
}

void OrderAudit::on_answer(Now now, std::uint64_t tag, const exchange::Call& call, CallAnswer answer) {
    const auto known = by_tag_.find(tag);
    if (known == by_tag_.end()) return;
    const auto connection = known->second;
    auto& one = running_.at(connection);
    one.ticket = 0;
    const auto* account = caller_.find(connection);
    if (account == nullptr) return ask_next(now, connection);
    const exchange::Asked asked{call, now.wall, account->instruments};
    auto question = one.questions.front();
    one.questions.pop_front();
    const auto failed = [&](const exchange::Problem& problem) {
        ++one.missed;
        if (problem.code == exchange::ProblemCode::rate_limited) caller_.pause(now, connection, seconds{problem.retry_after_s.value_or(2)});
        ask_next(now, connection);
    };
    if (question.operation == Operation::open_orders) {
        const auto orders = read(*account, &exchange::Replies::open_orders, asked, answer);
        if (!orders) return failed(orders.error());
        for (const auto& order : *orders)
            if (!order.forced) look(now, connection, order.client_order_id, order.id, order.native_symbol);
        if (static_cast<std::int64_t>(orders->size()) >= kOpenOrdersPage) {
            const auto rest = long_list_of(account->exchange, account->market, account->account_mode);
            if (rest == LongList::numbered && question.page < kOpenOrdersPagesMax) {
                ++question.page;
                one.questions.push_front(question);
            } else if (rest != LongList::whole) {
                ++one.missed;
            }
        }
        return ask_next(now, connection);
    }
    const auto fills = read(*account, &exchange::Replies::fills, asked, answer);
    if (!fills) return failed(fills.error());
    for (const auto& fill : *fills)
        if (!fill.forced && (!fill.at || *fill.at >= question.oldest)) look(now, connection, fill.client_order_id, fill.order_id, fill.native_symbol);
    if (static_cast<std::int64_t>(fills->size()) >= kRows) {
        // Some lists begin with the oldest and are read on, others with the newest and are read back.
        const auto first = fills->front().at.value_or(Instant{}), last = fills->back().at.value_or(Instant{});
        const bool forward = last > first;
        const bool moves = forward ? last > question.since : last < question.until.value_or(now.wall + seconds{3600});
        if (moves && question.page++ < kFillPagesMax && last >= question.oldest) {
            if (forward) question.since = last;
            else question.until = last;
            one.questions.push_front(question);
        } else if (last >= question.oldest) {
            ++one.missed;
        }
    }
    ask_next(now, connection);
}

}  // namespace bf::engine
