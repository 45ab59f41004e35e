// The two-sided proof of an allow-list: the server's own test shows that the key works from there, this one, from anywhere else, whether it
// works from elsewhere too. One signed read, nothing after it.
#include "connection/entry.hpp"
#include "connection/script.hpp"

#include <algorithm>

namespace bf::connection {

using Script = ConnectionTest::Script;

namespace {

/// Either may hide some of its octets, as KuCoin shows them; a range is not compared.
bool may_hold(const std::string& entry, const std::string& address) {
    return entry.find_first_of("/-") != std::string::npos || same_address(entry, address);
}

}  // namespace

Part Script::outsider() {
    begin(StepId::key);
    stop_ = true;  // Whatever comes of it, nothing more is asked with a key that is not at home here.
    send(make_call(Operation::key_info));
    co_await pause_;
    const auto info = read_answer([this](const auto& r, const auto& a) { return input_.replies.key_info(r, a); });
    if (info) {
        if (!take_key_info(*info)) {
            // An exchange may answer for a dead key without a look at who asks.
            begin(StepId::ip_allow_list);
            end(StepResult::warn, {{Saying::outsider_proves_nothing}});
            co_return;
        }
        end(StepResult::pass, {{Saying::key_good}});
        judge_outsider();
        co_return;
    }
    const auto& problem = info.error();
    notice_address(problem);
    const auto seen = problem.seen_address ? problem.seen_address : own_address();
    if (problem.code == Code::ip_not_allowed) {
        const std::string from = seen.value_or("this machine");
        set_claim(report_.claims.ip_bound, Ternary::yes, evidence(Evidence::outsider_refused, {from, problem.exchange_code}));
        fail(problem, {{Saying::key_refused}});
        begin(StepId::ip_allow_list);
        end(StepResult::pass, {{Saying::outsider_refused, {from}}});
        co_return;
    }
    const bool right_missing = problem.code == Code::no_read_permission || problem.code == Code::no_trade_permission || problem.code == Code::no_futures_permission;
    if (right_missing) {
        set_claim(report_.claims.key_valid, Ternary::yes, evidence(Evidence::inspection_allowed, {problem.exchange_code}));
        end(StepResult::pass, {{Saying::key_not_inspected, {problem.exchange_code}}});
        // Refused for a right, it was not accepted: whether the address was looked at before the right is not told.
        begin(StepId::ip_allow_list);
        end(StepResult::warn, {{Saying::outsider_proves_nothing}});
        co_return;
    }
    fail(problem, {{Saying::key_refused}});
    begin(StepId::ip_allow_list);
    end(StepResult::warn, {{Saying::outsider_proves_nothing}});
}

std::optional<std::string> Script::own_address() const { return report_.egress_v4 ? report_.egress_v4 : report_.egress_v6; }

/// The read was accepted. That proves the key unbound where it came from an address that is not the server's and that no list holds.
void Script::judge_outsider() {
    begin(StepId::ip_allow_list);
    const auto address = own_address();
    if (const auto& server = input_.server_address) {
        if (address && same_address(*address, *server)) return end(StepResult::warn, {{Saying::outsider_is_server, {*address}}});
        // The server may have an address of the other family too: only like can be told from like.
        if (!address || ports::family_of(*address) != ports::family_of(*server)) return end(StepResult::warn, {{Saying::outsider_not_told_apart, {*server}}});
    }
    const auto& list = report_.ip_allow_list;
    const bool bound = report_.claims.ip_bound.answer == Ternary::yes;
    // A list that holds us, or may: the key is bound, and to us as well.
    const bool listed = std::any_of(list.begin(), list.end(), [&](const std::string& entry) { return !address || may_hold(entry, *address); });
    if (bound && (listed || list.empty())) return end(StepResult::warn, {{Saying::outsider_is_listed}});
    const std::string from = address.value_or("another machine");
    set_claim(report_.claims.ip_bound, Ternary::no, evidence(input_.server_address ? Evidence::outsider_accepted : Evidence::outsider_accepted_by_word, {from}));
    end(StepResult::warn, {{Saying::outsider_accepted, {from}}});
}

}  // namespace bf::connection
