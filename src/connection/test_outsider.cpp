// The two-sided proof of an allow-list: the server's own test shows that the key works from there, this one, from anywhere else, whether it
// works from elsewhere too. One signed read, nothing after it.
#include "connection/entry.hpp"
#include "connection/script.hpp"

#include <algorithm>

namespace bf::connection {

using Script = ConnectionTest::Script;

Part Script::outsider() {
    begin(StepId::key);
    stop_ = true;  // Whatever comes of it, nothing more is asked with a key that is not at home here.
    send(make_call(Operation::key_info));
    co_await pause_;
    const auto info = read_answer([this](const auto& r, const auto& a) { return input_.replies.key_info(r, a); });
    const auto address = report_.egress_v4 ? report_.egress_v4 : report_.egress_v6;
    if (info) {
        report_.claims = info->claims;
        report_.permissions = info->permissions;
        report_.more_than_needed = info->more_than_needed;
        report_.ip_allow_list = info->ip_allow_list;
        report_.expires_at = info->expires_at;
        report_.account_id = info->account_id;
        report_.sub_account = info->sub_account;
        end(StepResult::pass, {{Saying::key_good}});
        judge_outsider(address);
        co_return;
    }
    const auto& problem = info.error();
    notice_address(problem);
    const auto seen = problem.seen_address ? problem.seen_address : address;
    if (problem.code == Code::ip_not_allowed) {
        const std::string from = seen.value_or("this machine");
        set_claim(report_.claims.ip_bound, Ternary::yes, "key inspection from " + from + ", an outsider, answered " + problem.exchange_code + ": refused for its address");
        fail(problem, {{Saying::key_refused}});
        begin(StepId::ip_allow_list);
        end(StepResult::pass, {{Saying::outsider_refused, {from}}});
        co_return;
    }
    const bool right_missing = problem.code == Code::no_read_permission || problem.code == Code::no_trade_permission || problem.code == Code::no_futures_permission;
    if (right_missing) {
        set_claim(report_.claims.key_valid, Ternary::yes, "key inspection answered " + problem.exchange_code + ": key and signature are good, the right to inspect is missing");
        end(StepResult::pass, {{Saying::key_not_inspected, {problem.exchange_code}}});
        judge_outsider(address);
        co_return;
    }
    fail(problem, {{Saying::key_refused}});
    begin(StepId::ip_allow_list);
    end(StepResult::warn, {{Saying::outsider_proves_nothing}});
}

void Script::judge_outsider(const std::optional<std::string>& address) {
    begin(StepId::ip_allow_list);
    if (address && input_.server_address && same_address(*address, *input_.server_address)) return end(StepResult::warn, {{Saying::outsider_is_server, {*address}}});
    const auto& list = report_.ip_allow_list;
    const bool bound = report_.claims.ip_bound.answer == Ternary::yes;
    // A list that holds us, or may: the key is bound, and to us as well.
    const bool listed = std::any_of(list.begin(), list.end(), [&](const std::string& entry) { return !address || allow_list_entry_matches(entry, *address); });
    if (bound && (listed || list.empty())) return end(StepResult::warn, {{Saying::outsider_is_listed}});
    const std::string from = address.value_or("another machine");
    set_claim(report_.claims.ip_bound, Ternary::no, "key inspection from " + from + ", an outsider, was accepted");
    end(StepResult::warn, {{Saying::outsider_accepted, {from}}});
}

}  // namespace bf::connection
