// Groups over REST, what was decided about them and what raised an alarm.
#include "server/trading_api_inside.hpp"

#include "base/text.hpp"

#include <set>

namespace bf::server {
namespace {

constexpr std::array<std::string_view, 6> kGroupActs{"release", "recover", "close", "adopt", "ignore", "let-go"};
constexpr std::array<std::string_view, 5> kOutcomes{"OPENED", "ADDED", "BLOCKED", "WAITING", "CLOSED"};

}  // namespace

ApiReply TradingApi::group_list(const ApiRequest& request) {
    const auto paging = read_paging(request.query);
    if (const auto* refused = std::get_if<ApiReply>(&paging)) return *refused;
    const auto [before, limit] = std::get<Paging>(paging);
    const auto state = query_value(request.query, "state").value_or("open");
    const auto strategy = query_value(request.query, "strategy").value_or(""), connection = query_value(request.query, "connection").value_or("");
    if (state != "open" && state != "closed") return bad_field("state", "state is open or closed.");
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().key("groups").begin_array();
    bool more = false;
    if (state == "open") {
        int count = 0;
        const auto& all = trader_.groups();
        // Newest first, from the one below `before`.
        for (auto at = std::make_reverse_iterator(before == 0 ? all.end() : all.lower_bound(static_cast<std::uint64_t>(before))); at != all.rend(); ++at) {
            const auto& terms = at->second->terms();
            if ((!strategy.empty() && terms.strategy != strategy) || (!connection.empty() && terms.connection != connection)) continue;
            if (count++ == limit) {
                more = true;
                break;
            }
            write_live_group(out, trader_, *at->second, false);
        }
    } else {
        auto closed = trader_.history().closed_groups(strategy, connection, static_cast<std::uint64_t>(before), limit + 1);
        if (!closed) return error_reply(closed.error());
        more = closed->size() > static_cast<std::size_t>(limit);
        if (more) closed->pop_back();
        for (const auto& group : *closed) write_closed_group(out, trader_, group);
    }
    out.end_array().member("more", more);
    write_unkept(out, trader_.history().unkept(), request.language);
    out.end_object();
    return {200, std::move(body)};
}

ApiReply TradingApi::group_page(std::uint64_t number, const ApiRequest& request) {
    std::string body;
    wire::JsonWriter out{body};
    if (const auto* group = trader_.find_group(number)) {
        write_live_group(out, trader_, *group, true);
    } else {
        const auto kept = trader_.history().group(number);
        if (!kept) return error_reply(kept.error());
        if (!*kept) return no_such("group");
        write_closed_group(out, trader_, **kept);
    }
    const ports::DecisionQuery query{.limit = 200, .group = number};
    const auto decisions = trader_.history().decisions(query);
    std::string rest;
    wire::JsonWriter members{rest};
    members.begin_object().key("decisions").begin_array();
    // The group itself is known without the store.
    for (const auto& decision : decisions ? *decisions : trader_.history().waiting(query)) write_decision(members, trader_, decision, request.language, false);
    members.end_array();
    write_unkept(members, trader_.history().unkept(), request.language, !decisions);
    members.end_object();
    body.insert(body.size() - 1, ',' + rest.substr(1, rest.size() - 2));
    return {200, std::move(body)};
}

ApiReply TradingApi::groups(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts.size() == 1) return request.method == Method::get ? group_list(request) : wrong_method();
    const auto number = parse_int(parts[1]);
    if (!number || *number <= 0) return no_such("group");
    const auto group = static_cast<std::uint64_t>(*number);
    if (parts.size() == 2) return request.method == Method::get ? group_page(group, request) : wrong_method();
    const auto action = parts[2];
    if (!is_one_of(kGroupActs, action)) return not_found();
    if (request.method != Method::post) return wrong_method();
    const auto done = [&] { return group_page(group, request); };
    if (action == "release") return after(performer_.event([&](Now now) { return trader_.release(now, group); }), done);
    if (action == "recover") return after(performer_.event([&](Now now) { return trader_.put_in_recovery(now, group); }), done);
    if (action == "close") return after(performer_.event([&](Now now) { return trader_.close(now, group, "user"); }), done);
    if (action == "adopt") return after(performer_.event([&](Now now) { return trader_.adopt_difference(now, group); }), done);
    if (action == "let-go") return after(performer_.event([&](Now now) { return trader_.let_go(now, group); }), done);
    return after(performer_.event([&](Now now) { return trader_.ignore_difference(now, group); }), done);
}

std::variant<engine::Trader::LeftBehind, ApiReply> TradingApi::left_behind(std::string_view connection) const {
    for (auto& left : trader_.left_behind())
        if (left.id == connection) return left;
    for (const auto& [number, group] : trader_.groups())
        if (group->orphaned() && group->terms().connection == connection)
            return problem_reply(409, "account_unknown", "Conflict",
                                 "Which account at the exchange this connection was of was never known, so no key can be proven to be of the same one. Look at the exchange, then let its groups go.");
    return bad_field("again", "No group is left on a removed connection of that id.");
}

std::optional<ApiReply> TradingApi::refuse_removal(const std::string& connection, std::string_view leaving) const {
    std::set<std::uint64_t> named;
    for (const auto word : leaving.empty() ? std::vector<std::string_view>{} : split(leaving, ',')) {
        const auto number = parse_int(word);
        if (!number || *number <= 0) return bad_field("leaving", "leaving must hold numbers of groups with commas between.");
        named.insert(static_cast<std::uint64_t>(*number));
    }
    std::string list, words;
    wire::JsonWriter out{list};
    out.begin_array();
    bool all = true;
    for (const auto& [number, group] : trader_.groups()) {
        const auto& terms = group->terms();
        if (terms.connection != connection) continue;
        all = all && named.contains(number);
        words += (words.empty() ? "" : ", ") + std::to_string(number) + " (" + terms.symbol.to_string() + " " + std::string{market::to_string(terms.direction)} + ", " +
                 group->facts().books.held().to_string() + " " + terms.symbol.base + ")";
        write_live_group(out, trader_, *group, false);
    }
    out.end_array();
    if (all) return std::nullopt;
    auto reply = problem_reply(409, "groups_open", "Conflict",
                               "Groups are open on this connection, and without its key nothing can be asked or done for them any more: " + words +
                                   ". Close them first, or replace the key instead. Or name them all in \"leaving\": what they hold, and the orders that rest for them, then stays at the exchange.");
    reply.body.insert(reply.body.size() - 1, ",\"groups\":" + list);
    return reply;
}

ApiReply TradingApi::decisions(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    std::string body;
    wire::JsonWriter out{body};
    if (parts.size() == 2) {
        const auto id = parse_int(parts[1]);
        const auto found = trader_.history().decision(id.value_or(0));
        if (!found) return error_reply(found.error());
        if (!*found) return no_such("decision");
        if (request.method != Method::get) return wrong_method();
        write_decision(out, trader_, **found, request.language, true);
        return {200, std::move(body)};
    }
    if (parts.size() != 1) return not_found();
    if (request.method != Method::get) return wrong_method();
    const auto paging = read_paging_of_unkept(request.query);
    if (const auto* refused = std::get_if<ApiReply>(&paging)) return *refused;
    const auto [before, limit] = std::get<Paging>(paging);
    ports::DecisionQuery query{.before = before, .limit = limit + 1};
    query.strategy = query_value(request.query, "strategy").value_or("");
    query.outcome = upper(query_value(request.query, "outcome").value_or(""));
    query.pair = query_value(request.query, "pair").value_or("");
    const auto group = parse_int(query_value(request.query, "group").value_or("0"));
    if (!query.outcome.empty() && !is_one_of(kOutcomes, query.outcome)) return bad_field("outcome", "outcome is OPENED, ADDED, BLOCKED, WAITING or CLOSED.");
    if (!group || *group < 0) return bad_field("group", "group must be the number of a group.");
    query.group = static_cast<std::uint64_t>(*group);
    auto found = trader_.history().decisions(query);
    if (!found) return error_reply(found.error());
    const bool more = found->size() > static_cast<std::size_t>(limit);
    if (more) found->pop_back();
    out.begin_object().key("decisions").begin_array();
    for (const auto& decision : *found) write_decision(out, trader_, decision, request.language, false);
    out.end_array().member("more", more);
    write_unkept(out, trader_.history().unkept(), request.language);
    out.end_object();
    return {200, std::move(body)};
}

ApiReply TradingApi::alarms(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts.size() == 3 && parts[2] == "acknowledge") {
        if (request.method != Method::post) return wrong_method();
        const auto id = parse_int(parts[1]);
        if (!id) return no_such("alarm");
        return after(performer_.event([&](Now now) { return trader_.acknowledge_alarm(now, *id); }), [] { return ApiReply{204, {}}; });
    }
    if (parts.size() != 1) return not_found();
    if (request.method != Method::get) return wrong_method();
    const auto found = trader_.alarms(100);
    if (!found) return error_reply(found.error());
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().key("alarms").begin_array();
    for (const auto& alarm : *found) write_alarm(out, alarm, request.language);
    out.end_array().end_object();
    return {200, std::move(body)};
}

}  // namespace bf::server
