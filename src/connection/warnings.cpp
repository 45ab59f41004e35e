#include "connection/warnings.hpp"

#include <algorithm>

namespace bf::connection {
namespace {

using exchange::Language;
using exchange::Ternary;

constexpr std::chrono::hours kDay{24};
constexpr auto kIdleKeyLife = kDay * 30;
constexpr auto kUnusedAfter = kDay * 30;

bool trades(const Record& record) {
    if (!record.report) return false;
    const auto& claims = record.report->claims;
    return claims.spot_trade.answer == Ternary::yes || claims.futures_trade.answer == Ternary::yes;
}

std::string join(const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
    return text;
}

}  // namespace

Expiry expiry_of(const Record& record) {
    if (!record.report) return {};
    if (record.report->expires_at) return {record.report->expires_at, "exchange"};
    const bool ages = record.exchange == exchange::ExchangeId::kucoin && trades(record) && record.report->claims.ip_bound.answer != Ternary::yes;
    if (ages && record.checked_at) return {*record.checked_at + std::chrono::duration_cast<milliseconds>(kIdleKeyLife), "inferred"};
    return {};
}

std::vector<Warning> warnings_of(const Record& record, const std::vector<const Record*>& all, Instant now, Language language) {
    std::vector<Warning> warnings;
    const auto say = [&](std::string code, std::string en, std::string nl) {
        warnings.push_back({std::move(code), language == Language::nl ? std::move(nl) : std::move(en)});
    };
    const auto expiry = expiry_of(record);
    if (expiry.at && expiry.basis == "exchange" && *expiry.at - now < kExpiryWarning) {
        const auto days = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::hours>(*expiry.at - now).count() / 24);
        say("key_expires_soon", "The key expires in " + std::to_string(days) + " days: renew it or replace it.", "De sleutel verloopt over " + std::to_string(days) + " dagen: verleng of vervang hem.");
    }
    if (expiry.basis == "inferred")
        say("key_ages_unused", "Without an IP list the exchange removes this key after 30 days without use. BackFuture's checks count as use; a server that is off does not.",
            "Zonder IP-lijst verwijdert de exchange deze sleutel na 30 dagen zonder gebruik. De controles van BackFuture tellen als gebruik; een server die uit staat niet.");
    // One warning for each kind, naming all it is about.
    std::vector<std::string> same_key, same_account;
    for (const Record* other : all) {
        if (other->id == record.id || other->exchange != record.exchange) continue;
        if (other->key_fingerprint == record.key_fingerprint)
            same_key.push_back("\"" + other->name + "\"");
        else if (other->market == record.market && record.account_id && record.account_id == other->account_id)
            same_account.push_back("\"" + other->name + "\"");
    }
    if (!same_key.empty())
        say("same_key", "The same key is used by: " + join(same_key) + ". Separate keys for separate strategies can be replaced one by one.",
            "Dezelfde sleutel wordt gebruikt door: " + join(same_key) + ". Aparte sleutels voor aparte strategieën zijn los te vervangen.");
    if (!same_account.empty())
        say("same_account", "The same exchange account is used by: " + join(same_account) + ". They all see the same balance.",
            "Dezelfde rekening bij de exchange wordt gebruikt door: " + join(same_account) + ". Ze zien allemaal hetzelfde saldo.");
    if (!record.report) return warnings;
    const auto& report = *record.report;
    if (!report.more_than_needed.empty())
        say("more_rights_than_needed", "The key carries rights that trading does not need: " + join(report.more_than_needed) + ".", "De sleutel heeft rechten die voor handelen niet nodig zijn: " + join(report.more_than_needed) + ".");
    if (report.claims.ip_bound.answer == Ternary::no || (report.claims.ip_bound.answer == Ternary::unknown && report.claims.key_valid.answer == Ternary::yes))
        say("not_bound", "The key is not proven to be bound to this server's address: bind it, a stolen key is then worth little.", "Niet bewezen dat de sleutel aan het adres van deze server is gekoppeld: koppel hem, een gestolen sleutel is dan weinig waard.");
    // Of a key that did not even open the account nothing is known, and nobody has confirmed anything.
    if (report.claims.withdraw.answer == Ternary::unknown && record.accepted.unknown_withdrawal)
        say("withdrawal_unproven", "It is not provable that this key can't withdraw; you confirmed it.", "Niet te bewijzen dat deze sleutel niet kan opnemen; je hebt het bevestigd.");
    if (report.claims.transfer.answer == Ternary::yes)
        say("transfer_accepted", "The key can move money between your own accounts; you accepted it.", "De sleutel kan geld tussen je eigen rekeningen verplaatsen; je hebt dat aanvaard.");
    if (now - record.created_at > kUnusedAfter && record.status == ConnectionStatus::connected)
        say("unused", "No strategy has used this connection for 30 days: an unused key is best removed here and at the exchange.", "Geen strategie heeft deze verbinding 30 dagen gebruikt: een ongebruikte sleutel verwijder je best hier en bij de exchange.");
    return warnings;
}

}  // namespace bf::connection
