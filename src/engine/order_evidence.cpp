#include "engine/order_evidence.hpp"

#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using exchange::ProblemCode;

constexpr std::array<std::string_view, 4> kForms{"limit", "immediate", "market", "stop"};

bool says_it_is_closed(const Refusal& why) { return why.code == ProblemCode::invalid_symbol || why.code == ProblemCode::symbol_not_tradable; }
bool speaks_of_the_pair(const Refusal& why) { return says_it_is_closed(why) || why.code == ProblemCode::other; }

Unexpected<Error> unreadable() {
    return Unexpected{Error{ErrorKind::damaged, "A record of what exchanges did with orders can't be read.", Fate::not_sent, "journal_damaged"}};
}

}  // namespace

std::string_view to_string(OrderForm form) { return kForms[static_cast<std::size_t>(form)]; }

OrderForm form_of(const OrderPlan& plan) {
    if (plan.stop_price) return OrderForm::stop;
    if (plan.type == market::OrderType::market) return OrderForm::market;
    return plan.time_in_force == market::TimeInForce::gtc ? OrderForm::limit : OrderForm::immediate;
}

bool Evidence::holds() const { return refused && age <= OrderEvidence::kHolds && (!accepted || *accepted <= refused->at); }

bool Evidence::is_closed() const { return holds() && age <= OrderEvidence::kForbids && says_it_is_closed(refused->why); }

bool OrderEvidence::note_accepted(const Key& key, OrderForm form, Instant at) {
    auto& one = all_[key][static_cast<std::size_t>(form)];
    if (one.accepted && !one.holds() && at - *one.accepted < kWrittenEvery) return false;
    one.accepted = at;
    return true;
}

bool OrderEvidence::note_refused(const Key& key, OrderForm form, Instant at, const Refusal& why) {
    if (!speaks_of_the_pair(why)) return false;
    auto& one = all_[key][static_cast<std::size_t>(form)];
    const bool same = one.holds() && one.refused->why == why;
    if (same && at - one.refused->at < kWrittenEvery) return false;
    one.refused = Evidence::Refused{at, why};
    one.age = milliseconds{0};
    return true;
}

void OrderEvidence::age(Instant now) {
    for (auto& [key, forms] : all_)
        for (auto& one : forms)
            if (one.refused) {
                // What a clock told that was ahead is no older than now.
                one.refused->at = std::min(one.refused->at, now);
                one.age = now - one.refused->at;
            }
}

const OrderEvidence::Forms* OrderEvidence::find(const Venue& venue, const market::Symbol& symbol) const {
    const auto found = all_.find({venue, symbol});
    return found == all_.end() ? nullptr : &found->second;
}

std::string OrderEvidence::to_record(const Key& key, OrderForm form) const {
    const auto& one = all_.at(key)[static_cast<std::size_t>(form)];
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("exchange", exchange::to_string(key.venue.exchange)).member("site", key.venue.site == exchange::Site::eu ? "eu" : "global").member("symbol", key.symbol.to_string());
    out.member("form", to_string(form)).member("accepted", one.accepted ? std::optional{one.accepted->ms()} : std::nullopt).key("refused");
    if (one.refused)
        out.begin_object().member("at", one.refused->at.ms()).member("code", exchange::to_string(one.refused->why.code)).member("exchange_code", one.refused->why.exchange_code)
            .member("words", one.refused->why.words).end_object();
    else
        out.null();
    out.end_object();
    return json;
}

Status OrderEvidence::restore(std::string_view payload) {
    const auto json = wire::Json::parse(payload);
    if (!json) return unreadable();
    const auto id = exchange::parse_exchange((*json)["exchange"].text().value_or(""));
    const auto site = (*json)["site"].text();
    const auto symbol = market::Symbol::parse((*json)["symbol"].text().value_or(""));
    const auto form = std::find(kForms.begin(), kForms.end(), (*json)["form"].text().value_or(""));
    if (!id || (site != "eu" && site != "global") || !symbol || form == kForms.end()) return unreadable();
    Evidence one;
    if (const auto accepted = (*json)["accepted"].integer()) one.accepted = Instant::from_ms(*accepted);
    if (const auto refused = (*json)["refused"]; refused.is_object()) {
        const auto at = refused["at"].integer();
        const auto code = exchange::parse_problem(refused["code"].text().value_or(""));
        if (!at || !code) return unreadable();
        one.refused = Evidence::Refused{Instant::from_ms(*at), {*code, std::string{refused["exchange_code"].text().value_or("")}, std::string{refused["words"].text().value_or("")}}};
    }
    all_[{{*id, site == "eu" ? exchange::Site::eu : exchange::Site::global}, *symbol}][static_cast<std::size_t>(form - kForms.begin())] = std::move(one);
    return {};
}

void OrderEvidence::each(const std::function<void(const Key&, OrderForm)>& visit) const {
    for (const auto& [key, forms] : all_)
        for (std::size_t i = 0; i < forms.size(); ++i)
            if (forms[i].accepted || forms[i].refused) visit(key, static_cast<OrderForm>(i));
}

}  // namespace bf::engine
