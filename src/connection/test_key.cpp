// Steps that prove what the key is and may do: input shape, reach, clock, key, permissions, withdrawal, allow-list.
#include "connection/script.hpp"

#include <algorithm>

namespace bf::connection {

using Script = ConnectionTest::Script;

namespace {

std::string finding_sentence(const exchange::ShapeFinding& finding) {
    using Kind = exchange::ShapeFinding::Kind;
    switch (finding.kind) {
        case Kind::empty: return "the " + finding.field + " is empty";
        case Kind::missing: return "the " + finding.field + " is missing";
        case Kind::white_space: return "the " + finding.field + " holds a space or line break";
        case Kind::swapped: return "the " + finding.field + " looks like another field: key and secret are probably swapped";
        case Kind::unusual: return "the " + finding.field + " does not look as usual; length or alphabet differ";
        case Kind::not_used: return "the " + finding.field + " is not used by this exchange";
    }
    return finding.field;
}

std::string join(const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
    return text;
}

}  // namespace

std::string describe(const std::vector<exchange::ShapeFinding>& findings) {
    std::string text;
    for (const auto& finding : findings) text += (text.empty() ? "" : "; ") + finding_sentence(finding);
    return text;
}

void Script::input_shape() {
    begin(StepId::input_shape);
    const std::string detail = describe(input_.shape);
    const bool fatal = std::any_of(input_.shape.begin(), input_.shape.end(), [](const auto& finding) { return finding.fatal; });
    if (fatal) {
        stop_ = true;
        return fail({.code = Code::malformed_credentials, .fate = Fate::not_sent}, detail + "; nothing was sent");
    }
    if (detail.empty()) return end(StepResult::pass, "every field has the usual form");
    end(StepResult::warn, detail);
}

Part Script::reach() {
    begin(StepId::reach);
    send(make_call(Operation::service_status));
    co_await pause_;
    std::string detail;
    if (!not_supported()) {
        const auto status = read_answer([this](const auto& r, const auto& a) { return input_.replies.service_status(r, a); });
        if (!status) {
            fail(status.error(), "the exchange's status could not be read");
            co_return;
        }
        if (*status == exchange::ServiceStatus::closed) {
            fail({.code = Code::maintenance}, "the exchange says that it is closed");
            co_return;
        }
        detail = *status == exchange::ServiceStatus::open ? "the exchange says that it is open" : "the exchange only takes cancellations now";
    }
    if (input_.info.tells_our_address) {
        send(make_call(Operation::egress_address));
        co_await pause_;
        const auto address = read_answer([this](const auto& r, const auto& a) { return input_.replies.egress_address(r, a); });
        if (address) {
            (address->find(':') != std::string::npos ? report_.egress_v6 : report_.egress_v4) = *address;
            detail += (detail.empty() ? "" : "; ") + ("it sees us at " + *address);
        }
    }
    send(make_call(Operation::server_time));
    co_await pause_;
    const auto time = read_answer([this](const auto& r, const auto& a) { return input_.replies.server_time(r, a); });
    if (!time) {
        fail(time.error(), "the exchange did not tell its time");
        co_return;
    }
    const auto round_trip = outcome_.received_at - outcome_.sent_at;
    end(StepResult::pass, "answered in " + std::to_string(round_trip.count()) + " ms" + (detail.empty() ? "" : "; " + detail));
}

Part Script::clock() {
    begin(StepId::clock);
    // Two more readings; the one with the shortest round trip tells the offset best, their spread is the jitter.
    milliseconds best_trip = milliseconds::max();
    milliseconds lowest = milliseconds::max(), highest = milliseconds::min();
    for (int reading = 0; reading < 2; ++reading) {
        send(make_call(Operation::server_time));
        co_await pause_;
        const auto time = read_answer([this](const auto& r, const auto& a) { return input_.replies.server_time(r, a); });
        if (!time) {
            fail(time.error(), "the exchange did not tell its time");
            co_return;
        }
        const auto trip = outcome_.received_at - outcome_.sent_at;
        const auto offset = *time - (outcome_.sent_at + trip / 2);
        lowest = std::min(lowest, offset);
        highest = std::max(highest, offset);
        if (trip < best_trip) {
            best_trip = trip;
            report_.clock_offset = offset;
        }
    }
    const auto offset = report_.clock_offset.count();
    std::string detail = offset == 0 ? "this server's clock agrees with the exchange's"
                                     : "this server's clock is " + std::to_string(offset < 0 ? -offset : offset) + " ms " + (offset > 0 ? "behind" : "ahead of") + " the exchange's";
    detail += ", jitter " + std::to_string((highest - lowest).count()) + " ms; signatures are corrected for it";
    // Beyond a second the tightest exchange (MEXC) would refuse an uncorrected request.
    const bool far = offset > 1000 || offset < -1000;
    end(far ? StepResult::warn : StepResult::pass, far ? detail + "; switch on time synchronisation on this server" : detail);
}

Part Script::key() {
    begin(StepId::key);
    send(make_call(Operation::key_info));
    co_await pause_;
    auto info = read_answer([this](const auto& r, const auto& a) { return input_.replies.key_info(r, a); });
    // A key lives on one site only: an unknown one may belong to the other. Never tried against a simulator.
    if (!info && info.error().code == Code::invalid_key && !input_.repointed && input_.info.sites.size() > 1) {
        const auto asked_site = report_.site;
        report_.site = asked_site == exchange::Site::global ? exchange::Site::eu : exchange::Site::global;
        send(make_call(Operation::key_info));
        co_await pause_;
        auto elsewhere = read_answer([this](const auto& r, const auto& a) { return input_.replies.key_info(r, a); });
        if (!elsewhere && elsewhere.error().code == Code::invalid_key)
            report_.site = asked_site;
        else
            info = std::move(elsewhere);
    }
    // KuCoin keys of version 2 may refuse the newer version header with the answer of a wrong passphrase.
    if (!info && info.error().code == Code::invalid_passphrase && !key_version_) {
        key_version_ = 2;
        send(make_call(Operation::key_info));
        co_await pause_;
        auto older = read_answer([this](const auto& r, const auto& a) { return input_.replies.key_info(r, a); });
        if (older)
            info = std::move(older);
        else
            key_version_.reset();
    }
    if (!info) {
        const auto& problem = info.error();
        const bool right_missing = problem.code == Code::no_read_permission || problem.code == Code::no_trade_permission || problem.code == Code::no_futures_permission;
        if (right_missing) {
            // Refused only for its rights: the key, its signature and our address were good.
            set_claim(report_.claims.key_valid, Ternary::yes, "key inspection answered " + problem.exchange_code + ": key and signature are good, the right to inspect is missing");
            end(StepResult::pass, "the key is valid, but may not be inspected (" + problem.exchange_code + "); what it may do is probed");
            co_return;
        }
        const bool dead = problem.code == Code::invalid_key || problem.code == Code::invalid_secret || problem.code == Code::invalid_passphrase || problem.code == Code::key_expired;
        if (dead) set_claim(report_.claims.key_valid, Ternary::no, "key inspection answered " + problem.exchange_code + ": " + problem.exchange_message);
        stop_ = true;
        fail(problem, "the exchange refused the key");
        co_return;
    }
    inspected_ = true;
    report_.claims = info->claims;
    report_.permissions = info->permissions;
    report_.more_than_needed = info->more_than_needed;
    report_.ip_allow_list = info->ip_allow_list;
    report_.expires_at = info->expires_at;
    report_.account_id = info->account_id;
    report_.sub_account = info->sub_account;
    report_.key_version = info->key_version;
    if (info->dead.value_or(false)) {
        stop_ = true;
        set_claim(report_.claims.key_valid, Ternary::no, "the exchange says that the key is expired, frozen or deleted");
        fail({.code = Code::key_expired}, "the exchange says that this key is dead");
        co_return;
    }
    if (!report_.account_id) {
        send(make_call(Operation::account_id));
        co_await pause_;
        const auto account = read_answer([this](const auto& r, const auto& a) { return input_.replies.account_id(r, a); });
        if (account) report_.account_id = *account;
    }
    end(StepResult::pass, "the exchange knows the key and accepts its signature");
}

Part Script::permissions() {
    begin(StepId::permissions);
    if (!inspected_) {
        end(StepResult::warn, "the exchange does not tell this key's rights; each is probed by use");
        co_return;
    }
    send(make_call(Operation::account_mode));
    co_await pause_;
    const auto mode = read_answer([this](const auto& r, const auto& a) { return input_.replies.account_mode(r, a); });
    // Where the call is unknown or not open to the key, the account is a classic one.
    if (mode) report_.account_mode = *mode;
    const std::string listed = "rights of the key: " + (report_.permissions.empty() ? std::string{"none"} : join(report_.permissions));
    if (report_.claims.read.answer == Ternary::no) {
        fail({.code = Code::no_read_permission}, listed);
        co_return;
    }
    if (trade_claim().answer == Ternary::no) {
        fail({.code = is_futures() ? Code::no_futures_permission : Code::no_trade_permission}, listed);
        co_return;
    }
    if (!report_.more_than_needed.empty()) {
        end(StepResult::warn, listed + "; not needed for trading: " + join(report_.more_than_needed));
        co_return;
    }
    end(StepResult::pass, listed);
}

void Script::withdrawal() {
    begin(StepId::withdrawal);
    const auto withdraw = report_.claims.withdraw.answer;
    const auto transfer = report_.claims.transfer.answer;
    if (withdraw == Ternary::yes) return fail({.code = Code::withdraw_enabled}, "the key can withdraw: it is never used");
    if (transfer == Ternary::yes && !input_.accepted.internal_transfer)
        return fail({.code = Code::transfer_enabled}, "the key can move money between the account's own wallets");
    const std::string waived = transfer == Ternary::yes ? "; moving money between own wallets was accepted" : "";
    if (withdraw == Ternary::unknown) {
        if (!input_.accepted.unknown_withdrawal)
            return fail({.code = Code::withdrawal_unknown}, "the exchange does not tell whether this key can withdraw");
        return end(StepResult::warn, "not provable whether the key can withdraw; its owner confirmed that it can't" + waived);
    }
    end(waived.empty() ? StepResult::pass : StepResult::warn, "the key can't withdraw" + waived);
}

Part Script::ip_allow_list() {
    begin(StepId::ip_allow_list);
    const auto bound = report_.claims.ip_bound.answer;
    const auto address = report_.egress_v4 ? report_.egress_v4 : report_.egress_v6 ? report_.egress_v6 : input_.known_address;
    if (bound != Ternary::yes) {
        const std::string state = bound == Ternary::no ? "the key is bound to no address" : "not told whether the key is bound to addresses";
        end(StepResult::warn, state + "; bind it to this server" + (address ? " (" + *address + ")" : "") + ": a stolen key is then worth little elsewhere");
        co_return;
    }
    // That our signed calls pass proves it; the list is compared to warn of one entered wrongly beside others.
    const bool listed = address && std::any_of(report_.ip_allow_list.begin(), report_.ip_allow_list.end(),
                                               [&](const std::string& entry) { return allow_list_entry_matches(entry, *address); });
    std::string detail = "bound to " + (report_.ip_allow_list.empty() ? "addresses" : join(report_.ip_allow_list));
    if (listed) detail += "; ours, " + *address + ", is among them";
    end(StepResult::pass, detail + "; our signed calls are accepted");
}

}  // namespace bf::connection
