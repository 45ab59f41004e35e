#include "connection/saying.hpp"

#include "base/text.hpp"
#include "connection/limit_change.hpp"
#include "exchange/remark.hpp"

#include <array>

namespace bf::connection {
namespace {

using exchange::Language;


/// {0} is what the sentence is about; {0:field} a field of the credentials, {0:problem} a problem's code told by its title, {0:who} an account
/// or the command line, {0:limits} what changed of a connection's limits, {0:mode} how positions or their margin are held, {0:said} what the exchange said or a remark of ours.
struct Row {
    Saying saying;
    std::string_view name;
    std::string_view en;
    std::string_view nl;
};

using S = Saying;
constexpr Row kRows[] = {
    {S::field_empty, "field_empty", "the {0:field} is empty", "{0:field} is leeg"},
    {S::field_missing, "field_missing", "the {0:field} is missing", "{0:field} ontbreekt"},
    {S::field_white_space, "field_white_space", "the {0:field} holds a space, a line break or a character that no key has",
     "{0:field} bevat een spatie, een regeleinde of een teken dat in geen sleutel voorkomt"},
    {S::field_swapped, "field_swapped", "the {0:field} looks like another field: key and secret are probably swapped",
     "{0:field} lijkt op een ander veld: sleutel en geheim zijn waarschijnlijk verwisseld"},
    {S::field_unusual, "field_unusual", "the {0:field} does not look as usual; length or alphabet differ",
     "{0:field} ziet er anders uit dan gebruikelijk; lengte of tekens wijken af"},
    {S::field_not_used, "field_not_used", "the {0:field} is not used by this exchange", "{0:field} wordt door deze exchange niet gebruikt"},
    {S::field_not_simulated, "field_not_simulated", "the {0:field} is not one of the simulated exchange's: the demo takes no real key",
     "{0:field} is niet van de gesimuleerde exchange: de demo neemt geen echte sleutel aan"},
    {S::fields_usual, "fields_usual", "every field has the usual form", "elk veld heeft de gebruikelijke vorm"},
    {S::nothing_sent, "nothing_sent", "nothing was sent", "er is niets verstuurd"},

    {S::status_unread, "status_unread", "the exchange's status could not be read", "de toestand van de exchange was niet te lezen"},
    {S::exchange_closed, "exchange_closed", "the exchange says that it is closed", "de exchange zegt dat zij gesloten is"},
    {S::exchange_open, "exchange_open", "the exchange says that it is open", "de exchange zegt dat zij open is"},
    {S::only_cancellations, "only_cancellations", "the exchange only takes cancellations now", "de exchange neemt nu alleen annuleringen aan"},
    {S::address_seen, "address_seen", "it sees us at {0}", "zij ziet ons op {0}"},
    {S::time_untold, "time_untold", "the exchange did not tell its time", "de exchange gaf haar tijd niet"},
    {S::answered_in, "answered_in", "answered in {0} ms", "antwoord in {0} ms"},
    {S::clock_agrees, "clock_agrees", "this server's clock agrees with the exchange's", "de klok van deze server loopt gelijk met die van de exchange"},
    {S::clock_behind, "clock_behind", "this server's clock is {0} ms behind the exchange's", "de klok van deze server loopt {0} ms achter op die van de exchange"},
    {S::clock_ahead, "clock_ahead", "this server's clock is {0} ms ahead of the exchange's", "de klok van deze server loopt {0} ms voor op die van de exchange"},
    {S::clock_too_far, "clock_too_far", "that is more than a minute, and is not corrected for", "dat is meer dan een minuut, en daarvoor wordt niet gecorrigeerd"},
    {S::jitter, "jitter", "jitter {0} ms; signatures are corrected for it", "spreiding {0} ms; handtekeningen worden ervoor gecorrigeerd"},
    {S::switch_on_time_sync, "switch_on_time_sync", "switch on time synchronisation on this server", "zet tijdsynchronisatie aan op deze server"},

    {S::key_not_inspected, "key_not_inspected", "the key is valid, but may not be inspected ({0}); what it may do is probed",
     "de sleutel is geldig, maar mag niet worden ingezien ({0}); wat hij mag wordt geprobeerd"},
    {S::key_not_judged, "key_not_judged", "the exchange did not say what it thinks of the key", "de exchange zei niet wat zij van de sleutel vindt"},
    {S::key_refused, "key_refused", "the exchange refused the key", "de exchange weigerde de sleutel"},
    {S::key_dead, "key_dead", "the exchange says that the key is expired, frozen or deleted", "de exchange zegt dat de sleutel verlopen, bevroren of verwijderd is"},
    {S::key_good, "key_good", "the exchange knows the key and accepts its signature", "de exchange kent de sleutel en aanvaardt zijn handtekening"},
    {S::key_ends_soon, "key_ends_soon", "days left until the key expires: {0}; renew it or replace it", "dagen tot de sleutel verloopt: {0}; verleng of vervang hem"},
    {S::rights_untold, "rights_untold", "the exchange does not tell this key's rights; each is probed by use",
     "de exchange vertelt niet welke rechten deze sleutel heeft; elk wordt in gebruik geprobeerd"},
    {S::rights, "rights", "rights of the key: {0}", "rechten van de sleutel: {0}"},
    {S::no_rights, "no_rights", "the key has no rights", "de sleutel heeft geen rechten"},
    {S::rights_not_needed, "rights_not_needed", "not needed for trading: {0}", "niet nodig voor handelen: {0}"},
    {S::withdraws, "withdraws", "the key can withdraw: it is never used", "de sleutel kan opnemen: hij wordt nooit gebruikt"},
    {S::transfers, "transfers", "the key can move money between the account's own wallets", "de sleutel kan geld tussen de eigen rekeningen verplaatsen"},
    {S::withdrawal_untold, "withdrawal_untold", "the exchange does not tell whether this key can withdraw", "de exchange vertelt niet of deze sleutel kan opnemen"},
    {S::withdrawal_confirmed_off, "withdrawal_confirmed_off", "not provable whether the key can withdraw; its owner confirmed that it can't",
     "niet te bewijzen of de sleutel kan opnemen; de eigenaar heeft bevestigd dat het niet kan"},
    {S::cannot_withdraw, "cannot_withdraw", "the key can't withdraw", "de sleutel kan niet opnemen"},
    {S::transfer_accepted, "transfer_accepted", "moving money between own wallets was accepted", "verplaatsen tussen eigen rekeningen is aanvaard"},
    {S::bound_to_none, "bound_to_none", "the key is bound to no address", "de sleutel is aan geen adres gekoppeld"},
    {S::bound_untold, "bound_untold", "not told whether the key is bound to addresses", "niet verteld of de sleutel aan adressen is gekoppeld"},
    {S::bind_to_server, "bind_to_server", "bind it to this server: a stolen key is then worth little elsewhere",
     "koppel hem aan deze server: een gestolen sleutel is dan elders weinig waard"},
    {S::bind_to_address, "bind_to_address", "bind it to this server ({0}): a stolen key is then worth little elsewhere",
     "koppel hem aan deze server ({0}): een gestolen sleutel is dan elders weinig waard"},
    {S::bound_to, "bound_to", "bound to {0}", "gekoppeld aan {0}"},
    {S::bound_somewhere, "bound_somewhere", "bound to addresses", "gekoppeld aan adressen"},
    {S::address_listed, "address_listed", "ours, {0}, is among them", "het onze, {0}, is erbij"},
    {S::signed_calls_accepted, "signed_calls_accepted", "our signed calls are accepted", "onze ondertekende aanroepen worden aanvaard"},

    {S::balance_unread, "balance_unread", "the balance could not be read", "het saldo was niet te lezen"},
    {S::one_asset, "one_asset", "1 asset in the trading account", "1 munt op de handelsrekening"},
    {S::assets, "assets", "{0} assets in the trading account", "{0} munten op de handelsrekening"},
    {S::pair_unknown, "pair_unknown", "{0} is not known here, or not open to this key", "{0} is hier niet bekend, of niet open voor deze sleutel"},
    {S::no_open_pair, "no_open_pair", "no USDT pair is open to this key", "geen enkel USDT-paar is open voor deze sleutel"},
    {S::orders_not_asked, "orders_not_asked", "orders could not be asked for", "orders konden niet worden opgevraagd"},
    {S::orders_unread, "orders_unread", "open orders could not be read", "open orders waren niet te lezen"},
    {S::orders_open, "orders_open", "{0} open on {1}", "{0} open op {1}"},
    {S::positions_unread, "positions_unread", "positions could not be read", "posities waren niet te lezen"},
    {S::one_position, "one_position", "1 position", "1 positie"},
    {S::positions, "positions", "{0} positions", "{0} posities"},
    {S::position_mode, "position_mode", "position mode: {0:mode}", "positiemodus: {0:mode}"},
    {S::margin_mode, "margin_mode", "margin mode of {0}: {1:mode}", "margemodus van {0}: {1:mode}"},
    {S::one_way_needed, "one_way_needed", "strategies trade in one-way mode", "strategieën handelen in one-way-modus"},
    {S::identity_insufficient, "identity_insufficient", "the account's identity check is not enough for this market",
     "de identiteitscontrole van de rekening is niet genoeg voor deze markt"},
    {S::test_price_unread, "test_price_unread", "the price for the test order could not be read", "de prijs voor de proeforder was niet te lezen"},
    {S::steps_untold, "steps_untold", "the pair's steps or price are not told: no test order could be made",
     "de stappen of prijs van het paar zijn niet verteld: er kon geen proeforder worden gemaakt"},
    {S::rights_include_trading, "rights_include_trading", "the key's rights include trading", "de sleutel heeft handelsrecht"},
    {S::rights_lack_trading, "rights_lack_trading", "the key's rights lack trading", "de sleutel mist handelsrecht"},
    {S::no_pair_to_try, "no_pair_to_try", "no pair to try a test order on", "geen paar om een proeforder op te proberen"},
    {S::no_test_order, "no_test_order", "the exchange has no test order here, so the first real order is the proof",
     "de exchange kent hier geen proeforder, dus de eerste echte order is het bewijs"},
    {S::test_order_accepted, "test_order_accepted", "a test order on {0} was accepted; nothing was placed", "een proeforder op {0} is aanvaard; er is niets geplaatst"},
    {S::may_trade, "may_trade", "the key may trade", "de sleutel mag handelen"},
    {S::test_order_refused_for_itself, "test_order_refused_for_itself", "the test order itself was refused", "de proeforder zelf is geweigerd"},
    {S::test_order_refused, "test_order_refused", "a test order was refused", "een proeforder is geweigerd"},
    {S::stream_live, "stream_live", "the connection's own private stream is live", "de eigen privéstroom van de verbinding is live"},
    {S::stream_not_given, "stream_not_given", "no private stream could be asked for", "er kon geen privéstroom worden aangevraagd"},
    {S::stream_elsewhere, "stream_elsewhere", "the exchange named a stream address that is not its own: nothing was sent there",
     "de exchange noemde een stroomadres dat niet van haar is: daar is niets naartoe gestuurd"},
    {S::stream_down, "stream_down", "the private stream did not come up", "de privéstroom kwam niet op gang"},
    {S::stream_open, "stream_open", "the private stream is open and acknowledged", "de privéstroom is open en bevestigd"},

    {S::exchange_said, "exchange_said", "({0}: {1:said})", "({0}: {1:said})"},
    {S::exchange_said_code, "exchange_said_code", "({0})", "({0})"},
    {S::not_reached, "not_reached", "not reached", "niet bereikt"},
    {S::no_answer_in_time, "no_answer_in_time", "no answer in time", "geen antwoord op tijd"},

    {S::saved_with_key, "saved_with_key", "Saved with key {0}.", "Bewaard met sleutel {0}."},
    {S::saved_with_eu_key, "saved_with_eu_key", "Saved with key {0} of the EU site.", "Bewaard met sleutel {0} van de EU-site."},
    {S::accepted_internal_transfer, "accepted_internal_transfer", "Its user accepted that the key can move money between own wallets.",
     "De gebruiker heeft aanvaard dat de sleutel geld tussen eigen rekeningen kan verplaatsen."},
    {S::accepted_unknown_withdrawal, "accepted_unknown_withdrawal", "Its user confirmed that the key can't withdraw, which is not provable.",
     "De gebruiker heeft bevestigd dat de sleutel niet kan opnemen, wat niet te bewijzen is."},
    {S::renamed, "renamed", "Renamed from \"{0}\" to \"{1}\".", "Hernoemd van \"{0}\" naar \"{1}\"."},
    {S::disabled, "disabled", "Disabled by its user.", "Uitgezet door de gebruiker."},
    {S::enabled, "enabled", "Enabled by its user.", "Aangezet door de gebruiker."},
    {S::removed, "removed", "Removed by its user; the secret is wiped.", "Verwijderd door de gebruiker; het geheim is gewist."},
    {S::test_passed, "test_passed", "Test passed: Online.", "Test geslaagd: Online."},
    {S::test_failed, "test_failed", "Test failed: {0:problem}.", "Test mislukt: {0:problem}."},
    {S::status_draft, "status_draft", "Status: draft.", "Status: concept."},
    {S::status_testing, "status_testing", "Status: testing.", "Status: wordt getest."},
    {S::status_connected, "status_connected", "Status: Online.", "Status: Online."},
    {S::status_degraded, "status_degraded", "Status: proven before, the exchange does not answer now.", "Status: eerder bewezen, de exchange antwoordt nu niet."},
    {S::status_error, "status_error", "Status: error, {0:problem}.", "Status: fout, {0:problem}."},
    {S::status_refused, "status_refused", "Status: refused, {0:problem}.", "Status: geweigerd, {0:problem}."},
    {S::status_disabled, "status_disabled", "Status: disabled.", "Status: uitgezet."},
    {S::site_global, "site_global", "Its user says that the key is of the global site.", "Volgens de gebruiker is de sleutel van de wereldwijde site."},
    {S::site_eu, "site_eu", "Its user says that the key is of the EU site.", "Volgens de gebruiker is de sleutel van de EU-site."},
    {S::goes_over_v4, "goes_over_v4", "Goes out over IPv4 only, as its user chose.", "Gaat alleen via IPv4 naar buiten, zoals de gebruiker koos."},
    {S::goes_over_v6, "goes_over_v6", "Goes out over IPv6 only, as its user chose.", "Gaat alleen via IPv6 naar buiten, zoals de gebruiker koos."},
    {S::key_replaced, "key_replaced", "The key was replaced by {0} after a full test.", "De sleutel is na een volledige test vervangen door {0}."},
    {S::new_key_failed, "new_key_failed", "A new key did not pass its test ({0:problem}); the old one stays in use.",
     "Een nieuwe sleutel doorstond zijn test niet ({0:problem}); de oude blijft in gebruik."},
    {S::new_key_other_account, "new_key_other_account", "A new key belongs to another account at the exchange; the old one stays in use.",
     "Een nieuwe sleutel hoort bij een andere rekening bij de exchange; de oude blijft in gebruik."},
    {S::new_key_account_unknown, "new_key_account_unknown", "The exchange did not tell which account a new key belongs to, so that it could be another one; the old one stays in use. Try again.",
     "De exchange vertelde niet bij welke rekening een nieuwe sleutel hoort, dus het kan een andere zijn; de oude blijft in gebruik. Probeer het opnieuw."},
    {S::new_key_disabled, "new_key_disabled", "The connection was disabled before its new key was proven; the old one stays.",
     "De verbinding is uitgezet voordat de nieuwe sleutel bewezen was; de oude blijft."},
    {S::new_key_malformed, "new_key_malformed", "A new key was not taken: {0}; the old one stays in use.",
     "Een nieuwe sleutel is niet aangenomen: {0}; de oude blijft in gebruik."},
    {S::new_key_not_kept, "new_key_not_kept", "A new key could not be kept: {0} The old one stays in use.",
     "Een nieuwe sleutel kon niet worden bewaard: {0} De oude blijft in gebruik."},
    {S::old_key_kept, "old_key_kept", "The old key {0} stays sealed here for {1} hours, to go back to.", "De oude sleutel {0} blijft hier {1} uur verzegeld, om naar terug te kunnen."},
    {S::old_key_dead, "old_key_dead", "The exchange refuses the old key {0}: it is dead.", "De exchange weigert de oude sleutel {0}: hij is dood."},
    {S::old_key_works, "old_key_works", "The old key {0} still works at the exchange: delete it there.", "De oude sleutel {0} werkt nog bij de exchange: verwijder hem daar."},
    {S::old_key_wiped, "old_key_wiped", "The old key {0} is wiped here.", "De oude sleutel {0} is hier gewist."},
    {S::old_key_confirmed_deleted, "old_key_confirmed_deleted", "Its owner says that the old key {0} is deleted at the exchange.", "De eigenaar zegt dat de oude sleutel {0} bij de exchange is verwijderd."},
    {S::rolled_back, "rolled_back", "Back to the old key {0}; the new one is wiped.", "Terug naar de oude sleutel {0}; de nieuwe is gewist."},

    {S::rights_changed, "rights_changed", "the key's rights at the exchange changed; before: {0}; now: {1}", "de rechten van de sleutel bij de exchange zijn veranderd; eerst: {0}; nu: {1}"},
    {S::allow_list_changed, "allow_list_changed", "the key's list of addresses changed; before: {0}; now: {1}", "de adressenlijst van de sleutel is veranderd; eerst: {0}; nu: {1}"},
    {S::address_changed, "address_changed", "This server's address changed from {0} to {1}: nothing new is opened until a test passes from there.",
     "Het adres van deze server veranderde van {0} in {1}: er wordt niets nieuws geopend tot een test vandaar slaagt."},
    {S::key_life_warned, "key_life_warned", "Warned: the key expires within {0} days.", "Gewaarschuwd: de sleutel verloopt binnen {0} dagen."},
    {S::outsider_accepted, "outsider_accepted", "the exchange accepted a signed read from {0}, which is not this key's server: the key works from anywhere",
     "de exchange aanvaardde een ondertekende vraag van {0}, en dat is niet de server van deze sleutel: de sleutel werkt overal vandaan"},
    {S::outsider_refused, "outsider_refused", "the exchange refused a signed read for its address {0}: the key is bound", "de exchange weigerde een ondertekende vraag om haar adres {0}: de sleutel is gekoppeld"},
    {S::outsider_is_listed, "outsider_is_listed", "this machine's address is on the key's list, so it is no outsider: ask from another network",
     "het adres van deze machine staat op de lijst van de sleutel, dus het is geen buitenstaander: vraag het vanaf een ander netwerk"},
    {S::outsider_is_server, "outsider_is_server", "this machine goes out by the server's own address {0}, so it is no outsider: ask from another network",
     "deze machine gaat via het eigen adres van de server {0} naar buiten, dus het is geen buitenstaander: vraag het vanaf een ander netwerk"},
    {S::outsider_not_told_apart, "outsider_not_told_apart", "accepted, but whether this machine has another address than the server's {0} is not known: nothing is proven",
     "aanvaard, maar of deze machine een ander adres heeft dan dat van de server, {0}, is niet bekend: er is niets bewezen"},
    {S::outsider_proves_nothing, "outsider_proves_nothing", "the answer says nothing about addresses: nothing is proven", "het antwoord zegt niets over adressen: er is niets bewezen"},

    {S::frozen_entries, "frozen_entries", "Frozen by {0:who}: nothing is opened or added to; exits go on.", "Bevroren door {0:who}: er wordt niets geopend of bijgekocht; uitstappen gaat door."},
    {S::frozen_everything, "frozen_everything", "Frozen by {0:who}: nothing is signed at all, exits neither.", "Bevroren door {0:who}: er wordt niets ondertekend, ook geen uitstappen."},
    {S::unfrozen, "unfrozen", "The freeze was ended by {0:who}.", "De bevriezing is beëindigd door {0:who}."},
    {S::found_frozen_entries, "found_frozen_entries", "Found frozen, from this machine and past the server: nothing is opened or added to; exits go on.",
     "Bevroren aangetroffen, vanaf deze machine en buiten de server om: er wordt niets geopend of bijgekocht; uitstappen gaat door."},
    {S::found_frozen_everything, "found_frozen_everything", "Found frozen, from this machine and past the server: nothing is signed at all.",
     "Bevroren aangetroffen, vanaf deze machine en buiten de server om: er wordt niets ondertekend."},
    {S::found_unfrozen, "found_unfrozen", "Found not frozen any more; it was not ended through this server.", "Niet meer bevroren aangetroffen; dat is niet via deze server gebeurd."},
    {S::limits_changed, "limits_changed", "Limits changed by {0:who}: {1:limits}.", "Limieten gewijzigd door {0:who}: {1:limits}."},
    {S::limits_raise_asked, "limits_raise_asked", "Wider limits asked for by {0:who}: {1:limits}. They hold from {2} on.",
     "Ruimere limieten gevraagd door {0:who}: {1:limits}. Ze gelden vanaf {2}."},
    {S::limits_raise_dropped, "limits_raise_dropped", "Wider limits that waited were dropped by {0:who}.", "Ruimere limieten die wachtten zijn ingetrokken door {0:who}."},
    {S::limits_refused, "limits_refused", "Refused to {0:who} for want of a good code: wider limits, or the end of a freeze.",
     "Geweigerd aan {0:who} bij gebrek aan een goede code: ruimere limieten, of het einde van een bevriezing."},
};

constexpr bool rows_are_in_order() {
    std::size_t at = 0;
    for (const auto& row : kRows)
        if (static_cast<std::size_t>(row.saying) != at++) return false;
    return at == kSayingCount;
}
static_assert(rows_are_in_order(), "one row for each saying, in their order");

std::string_view field_word(std::string_view field, Language language) {
    return language == Language::nl && field == "secret" ? "geheim" : field;
}

std::string mode_word(std::string_view mode, Language language) {
    if (mode == "one_way") return "one-way";
    return language == Language::nl && mode == "isolated" ? "geïsoleerd" : std::string{mode};
}

std::string said(std::string_view value, std::string_view kind, Language language) {
    if (kind == "said") return exchange::clause(value, language);
    if (kind == "field") return std::string{field_word(value, language)};
    if (kind == "who" && value == kAtTheConsole) return language == Language::nl ? "de opdrachtregel van de server" : "the server's command line";
    if (kind == "mode") return mode_word(value, language);
    if (kind == "limits") return tell_limit_change(value, language);
    if (kind != "problem") return std::string{value};
    const auto code = exchange::parse_problem(value);
    return code ? exchange::describe({.code = *code}, {.exchange_name = "", .language = language}).title : std::string{value};
}

std::string tell(const Fact& fact, Language language) {
    const auto& row = kRows[static_cast<std::size_t>(fact.saying)];
    std::string_view words = language == Language::nl ? row.nl : row.en;
    std::string text;
    for (auto open = words.find('{'); open != std::string_view::npos; open = words.find('{')) {
        const auto close = words.find('}', open);
        const auto index = static_cast<std::size_t>(words[open + 1] - '0');
        const auto kind = words.substr(open + 2, close - open - 2);
        text += words.substr(0, open);
        if (index < fact.about.size()) text += said(fact.about[index], kind.empty() ? kind : kind.substr(1), language);
        words.remove_prefix(close + 1);
    }
    return text += words;
}

}  // namespace

std::string_view to_string(Saying saying) { return kRows[static_cast<std::size_t>(saying)].name; }

std::string tell(const Facts& facts, Language language) {
    std::string text;
    for (const auto& fact : facts) {
        const auto sentence = tell(fact, language);
        if (!text.empty()) text += sentence.starts_with('(') ? " " : "; ";
        text += sentence;
    }
    return text;
}

void write_json(wire::JsonWriter& out, const Facts& facts) {
    out.begin_array();
    for (const auto& fact : facts) {
        out.begin_array().text(to_string(fact.saying));
        for (const auto& one : fact.about) out.text(one);
        out.end_array();
    }
    out.end_array();
}

Facts read_facts(const wire::JsonValue& list) {
    Facts facts;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto item = list.at(i);
        const auto name = item.at(0).text().value_or("");
        for (const auto& row : kRows) {
            if (row.name != name) continue;
            Fact fact{row.saying};
            for (std::size_t k = 1; k < item.size(); ++k) fact.about.emplace_back(item.at(k).text().value_or(""));
            facts.push_back(std::move(fact));
        }
    }
    return facts;
}

}  // namespace bf::connection
