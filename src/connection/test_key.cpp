// Steps that prove what the key is and may do: input shape, reach, clock, key, permissions, withdrawal, allow-list.
#include "connection/script.hpp"

#include <algorithm>

namespace bf::connection {

using Script = ConnectionTest::Script;

namespace {

/// What half a round trip may add to a reading. A clock that is a minute off is corrected, whatever the reading makes of it.
constexpr milliseconds kReadingError{250};

/// Whether a site that answers so has the key at all. Of one that can't be reached from here, or does not serve this country, nobody knows.
bool knows_key(exchange::ProblemCode code) {
    using Code = exchange::ProblemCode;
    return !is_away(code) && code != Code::invalid_key && code != Code::region_restricted && code != Code::other;
}

Saying saying_of(exchange::ShapeFinding::Kind kind) {
    using Kind = exchange::ShapeFinding::Kind;
    switch (kind) {
        case Kind::empty: return Saying::field_empty;
        case Kind::missing: return Saying::field_missing;
        case Kind::white_space: return Saying::field_white_space;
        case Kind::swapped: return Saying::field_swapped;
        case Kind::unusual: return Saying::field_unusual;
        case Kind::not_used: return Saying::field_not_used;
        case Kind::not_simulated: return Saying::field_not_simulated;
    }
    return Saying::field_unusual;
}

std::string join(const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
    return text;
}

}  // namespace

Facts facts_of(const std::vector<exchange::ShapeFinding>& findings) {
    Facts facts;
    for (const auto& finding : findings) facts.push_back({saying_of(finding.kind), {finding.field}});
    return facts;
}

bool any_fatal(const std::vector<exchange::ShapeFinding>& findings) {
    return std::any_of(findings.begin(), findings.end(), [](const auto& finding) { return finding.fatal; });
}

void Script::input_shape() {
    begin(StepId::input_shape);
    Facts detail = input_.shape;
    if (input_.malformed) {
        stop_ = true;
        detail.push_back({Saying::nothing_sent});
        return fail({.code = Code::malformed_credentials, .fate = Fate::not_sent}, std::move(detail));
    }
    if (detail.empty()) return end(StepResult::pass, {{Saying::fields_usual}});
    end(StepResult::warn, std::move(detail));
}

Part Script::reach() {
    begin(StepId::reach);
    send(make_call(Operation::service_status));
    co_await pause_;
    Facts seen;
    if (!not_supported()) {
        const auto status = read_answer([this](const auto& r, const auto& a) { return input_.replies.service_status(r, a); });
        if (!status) {
            fail(status.error(), {{Saying::status_unread}});
            co_return;
        }
        if (*status == exchange::ServiceStatus::closed) {
            fail({.code = Code::maintenance}, {{Saying::exchange_closed}});
            co_return;
        }
        seen.push_back({*status == exchange::ServiceStatus::open ? Saying::exchange_open : Saying::only_cancellations});
    }
    if (input_.info.tells_our_address) {
        send(make_call(Operation::egress_address));
        co_await pause_;
        const auto address = read_answer([this](const auto& r, const auto& a) { return input_.replies.egress_address(r, a); });
        if (address) {
            (address->find(':') != std::string::npos ? report_.egress_v6 : report_.egress_v4) = *address;
            seen.push_back({Saying::address_seen, {*address}});
        }
    }
    send(make_call(Operation::server_time));
    co_await pause_;
    const auto time = read_answer([this](const auto& r, const auto& a) { return input_.replies.server_time(r, a); });
    if (!time) {
        fail(time.error(), {{Saying::time_untold}});
        co_return;
    }
    const auto round_trip = outcome_.received_at - outcome_.sent_at;
    seen.insert(seen.begin(), {Saying::answered_in, {std::to_string(round_trip.count())}});
    end(StepResult::pass, std::move(seen));
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
            fail(time.error(), {{Saying::time_untold}});
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
    Facts detail;
    if (offset == 0)
        detail.push_back({Saying::clock_agrees});
    else
        detail.push_back({offset > 0 ? Saying::clock_behind : Saying::clock_ahead, {std::to_string(offset > 0 ? offset : -offset)}});
    if (report_.clock_offset > kClockCorrectedMax + kReadingError || report_.clock_offset < -kClockCorrectedMax - kReadingError) {
        detail.push_back({Saying::clock_too_far});
        detail.push_back({Saying::switch_on_time_sync});
        // Every signed call would be refused for it.
        stop_ = true;
        fail({.code = Code::clock_skew, .fate = Fate::not_sent}, std::move(detail));
        co_return;
    }
    report_.clock_offset = std::clamp(report_.clock_offset, -kClockCorrectedMax, kClockCorrectedMax);
    detail.push_back({Saying::jitter, {std::to_string((highest - lowest).count())}});
    // Beyond a second the tightest exchange (MEXC) would refuse an uncorrected request.
    const bool far = offset > 1000 || offset < -1000;
    if (far) detail.push_back({Saying::switch_on_time_sync});
    end(far ? StepResult::warn : StepResult::pass, std::move(detail));
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
        if (elsewhere || knows_key(elsewhere.error().code))
            info = std::move(elsewhere);
        else
            report_.site = asked_site;
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
            set_claim(report_.claims.key_valid, Ternary::yes, evidence(Evidence::inspection_allowed, {problem.exchange_code}));
            end(StepResult::pass, {{Saying::key_not_inspected, {problem.exchange_code}}});
            co_return;
        }
        const bool dead = problem.code == Code::invalid_key || problem.code == Code::invalid_secret ||
                          problem.code == Code::invalid_passphrase || problem.code == Code::key_expired;
        if (dead) set_claim(report_.claims.key_valid, Ternary::no, evidence(Evidence::inspection_refused, {problem.exchange_code, problem.exchange_message}));
        stop_ = true;
        fail(problem, {{is_away(problem.code) ? Saying::key_not_judged : Saying::key_refused}});
        co_return;
    }
    inspected_ = true;
    if (!take_key_info(*info)) co_return;
    co_await account_mode();
    if (!running_) co_return;
    if (!report_.account_id) {
        send(make_call(Operation::account_id));
        co_await pause_;
        const auto account = read_answer([this](const auto& r, const auto& a) { return input_.replies.account_id(r, a); });
        if (account) {
            report_.account_id = *account;
        } else if (is_away(account.error().code)) {
            // Whose the key is must not stay open because of a moment: by it a later key is told from one of another account.
            stop_ = true;
            fail(account.error(), {{Saying::key_not_judged}});
            co_return;
        }
    }
    const auto left = report_.expires_at ? *report_.expires_at - now_() : milliseconds::max();
    if (left >= kExpiryWarning) {
        end(StepResult::pass, {{Saying::key_good}});
        co_return;
    }
    const auto days = std::chrono::duration_cast<std::chrono::days>(std::max(milliseconds{0}, left)).count();
    end(StepResult::warn, {{Saying::key_good}, {Saying::key_ends_soon, {std::to_string(days)}}});
}

Part Script::account_mode() {
    const CallOutcome listed = outcome_;
    send(make_call(Operation::account_mode));
    co_await pause_;
    const auto mode = read_answer([this](const auto& r, const auto& a) { return input_.replies.account_mode(r, a); });
    if (!mode && is_away(mode.error().code)) {
        // One kind of account has no orders where the other has them: which it is must not be a guess.
        stop_ = true;
        fail(mode.error(), {{Saying::key_not_judged}});
        co_return;
    }
    // Where the call is unknown or not open to the key, the account is a classic one.
    const auto told = mode ? *mode : exchange::AccountMode::classic;
    if (told == report_.account_mode) co_return;
    report_.account_mode = told;
    // Which right trades depends on it, and the answer for a unified account also tells when the key ends.
    send(make_call(Operation::key_info));
    co_await pause_;
    auto info = read_answer([this](const auto& r, const auto& a) { return input_.replies.key_info(r, a); });
    if (!info && is_away(info.error().code)) {
        stop_ = true;
        fail(info.error(), {{Saying::key_not_judged}});
        co_return;
    }
    if (!info) {
        outcome_ = listed;
        info = read_answer([this](const auto& r, const auto& a) { return input_.replies.key_info(r, a); });
    }
    if (info) static_cast<void>(take_key_info(*info));
}

bool Script::take_key_info(const exchange::KeyInfo& info) {
    report_.claims = info.claims;
    report_.permissions = info.permissions;
    report_.more_than_needed = info.more_than_needed;
    report_.ip_allow_list = info.ip_allow_list;
    report_.expires_at = info.expires_at;
    report_.account_id = info.account_id;
    report_.sub_account = info.sub_account;
    report_.key_version = info.key_version;
    if (!info.dead.value_or(false)) return true;
    stop_ = true;
    set_claim(report_.claims.key_valid, Ternary::no, evidence(Evidence::key_dead));
    fail({.code = Code::key_expired}, {{Saying::key_dead}});
    return false;
}

void Script::permissions() {
    begin(StepId::permissions);
    if (!inspected_) return end(StepResult::warn, {{Saying::rights_untold}});
    const Fact listed = report_.permissions.empty() ? Fact{Saying::no_rights} : Fact{Saying::rights, {join(report_.permissions)}};
    if (report_.claims.read.answer == Ternary::no) return fail({.code = Code::no_read_permission}, {listed});
    if (trade_claim().answer == Ternary::no) return fail({.code = is_futures() ? Code::no_futures_permission : Code::no_trade_permission}, {listed});
    if (!report_.more_than_needed.empty())
        return end(StepResult::warn, {listed, {Saying::rights_not_needed, {join(report_.more_than_needed)}}});
    end(StepResult::pass, {listed});
}

void Script::withdrawal() {
    begin(StepId::withdrawal);
    const auto withdraw = report_.claims.withdraw.answer;
    const auto transfer = report_.claims.transfer.answer;
    if (withdraw == Ternary::yes) return fail({.code = Code::withdraw_enabled}, {{Saying::withdraws}});
    if (transfer == Ternary::yes && !input_.accepted.internal_transfer)
        return fail({.code = Code::transfer_enabled}, {{Saying::transfers}});
    if (withdraw == Ternary::unknown && !input_.accepted.unknown_withdrawal)
        return fail({.code = Code::withdrawal_unknown}, {{Saying::withdrawal_untold}});
    const bool proven = withdraw == Ternary::no && transfer != Ternary::yes;
    Facts detail{{withdraw == Ternary::no ? Saying::cannot_withdraw : Saying::withdrawal_confirmed_off}};
    if (transfer == Ternary::yes) detail.push_back({Saying::transfer_accepted});
    end(proven ? StepResult::pass : StepResult::warn, std::move(detail));
}

Part Script::ip_allow_list() {
    begin(StepId::ip_allow_list);
    const auto bound = report_.claims.ip_bound.answer;
    const auto address = report_.egress_v4 ? report_.egress_v4 : report_.egress_v6 ? report_.egress_v6 : input_.known_address;
    if (bound != Ternary::yes) {
        end(StepResult::warn, {{bound == Ternary::no ? Saying::bound_to_none : Saying::bound_untold},
                               address ? Fact{Saying::bind_to_address, {*address}} : Fact{Saying::bind_to_server}});
        co_return;
    }
    // That our signed calls pass proves it; the list is compared to warn of one entered wrongly beside others.
    const bool listed = address && std::any_of(report_.ip_allow_list.begin(), report_.ip_allow_list.end(),
                                               [&](const std::string& entry) { return allow_list_entry_matches(entry, *address); });
    Facts detail{report_.ip_allow_list.empty() ? Fact{Saying::bound_somewhere} : Fact{Saying::bound_to, {join(report_.ip_allow_list)}}};
    if (listed) detail.push_back({Saying::address_listed, {*address}});
    detail.push_back({Saying::signed_calls_accepted});
    end(StepResult::pass, std::move(detail));
}

}  // namespace bf::connection
