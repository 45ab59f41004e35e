#include "exchange/remark.hpp"

#include "exchange/wording.hpp"

#include <iterator>

namespace bf::exchange {
namespace {

struct Row {
    Remark remark;
    Wording words;
};

using R = Remark;
/// {0} is said as it is, {0:number} as the language writes numbers, {0:said} is a remark or a quotation itself.
constexpr Row kRows[] = {
    {R::frozen_wholly, {"the connection is frozen: nothing is signed for it until it is unfrozen",
                        "de verbinding is bevroren: er wordt niets voor ondertekend tot de bevriezing is opgeheven"}},
    {R::frozen_entries, {"the connection is frozen: nothing is opened or added to", "de verbinding is bevroren: er wordt niets geopend of bijgekocht"}},
    {R::frozen_settings, {"the connection is frozen: leverage and margin mode stay as they are", "de verbinding is bevroren: hefboom en margin-modus blijven zoals ze zijn"}},
    {R::in_doubt, {"the limits of the connection were changed by somebody else or are older than they should be: nothing is opened until they are confirmed",
     "de limieten van de verbinding zijn door iemand anders gewijzigd of zijn ouder dan ze horen te zijn: er wordt niets geopend tot ze bevestigd zijn"}},
    {R::in_doubt_settings, {"the limits of the connection are in doubt: leverage and margin mode stay as they are",
     "aan de limieten van de verbinding wordt getwijfeld: hefboom en margin-modus blijven zoals ze zijn"}},
    {R::no_limits, {"the connection has no limits, so nothing is allowed on it", "de verbinding heeft geen limieten, dus er is niets toegestaan"}},
    {R::operation_not_allowed, {"the connection's limits allow no {0}", "de limieten van de verbinding staan {0} niet toe"}},
    {R::entries_not_allowed, {"the connection's limits allow no orders that open or add", "de limieten van de verbinding staan geen orders toe die openen of bijkopen"}},
    {R::other_market, {"the connection's limits are for the other market", "de limieten van de verbinding zijn voor de andere markt"}},
    {R::symbol_not_listed, {"{0} is not among the symbols of the connection's limits", "{0} staat niet bij de paren van de limieten van de verbinding"}},
    {R::no_amounts, {"the connection's limits name no amounts in {0}", "de limieten van de verbinding noemen geen bedragen in {0}"}},
    {R::leverage_over, {"a leverage of {0} is more than the connection's limit of {1}", "een hefboom van {0} is meer dan de limiet van de verbinding van {1}"}},
    {R::order_over, {"the order's value is more than the connection's limit of {0:number} {1}",
                     "de waarde van de order is meer dan de limiet van de verbinding van {0:number} {1}"}},
    {R::market_order_over, {"the value of an order without a price is more than the connection's limit of {0:number} {1}",
     "de waarde van een order zonder prijs is meer dan de limiet van de verbinding van {0:number} {1}"}},
    {R::hour_over, {"the value of the orders within an hour is more than the connection's limit of {0:number} {1}",
     "de waarde van de orders binnen een uur is meer dan de limiet van de verbinding van {0:number} {1}"}},
    {R::day_over, {"the value of the orders within a day is more than the connection's limit of {0:number} {1}",
     "de waarde van de orders binnen een dag is meer dan de limiet van de verbinding van {0:number} {1}"}},
    {R::exposure_over, {"what is open is more than the connection's limit of {0:number} {1}", "wat open staat is meer dan de limiet van de verbinding van {0:number} {1}"}},
    {R::orders_often, {"more orders within a minute than the connection's limit of {0}", "meer orders binnen een minuut dan de limiet van de verbinding van {0}"}},
    {R::exits_often, {"more exits within a minute than the connection's limits allow; it is tried again",
     "meer uitstappen binnen een minuut dan de limieten van de verbinding toestaan; het wordt opnieuw geprobeerd"}},
    {R::price_unknown, {"no price of {0} of the last 60 seconds came with the order", "bij de order kwam geen prijs van {0} van de laatste 60 seconden"}},
    {R::exit_price_unknown, {"no price of {0} of the last 60 seconds came with the exit, and none is known",
                             "bij de exitorder kwam geen prijs van {0} van de laatste 60 seconden, en er is geen bekend"}},
    {R::price_off, {"the price of {0:number} is more than {1:number} % from {2:number}, which follows the market by 2 % a minute",
     "de prijs van {0:number} ligt meer dan {1:number} % van {2:number} af, en die volgt de markt met 2 % per minuut"}},
    {R::exit_price_off, {"the exit's price of {0:number} is more than {1:number} % from {2:number}",
                         "de prijs van de exitorder, {0:number}, ligt meer dan {1:number} % van {2:number} af"}},
    {R::figures_out_of_range, {"the order's figures leave the range of amounts", "de getallen van de order vallen buiten wat een bedrag kan zijn"}},
    {R::cover_not_written, {"what the limits allow could not be written down", "wat de limieten toestaan kon niet worden opgeschreven"}},
    {R::cover_not_written_because, {"what the limits allow could not be written down: {0:said}", "wat de limieten toestaan kon niet worden opgeschreven: {0:said}"}},

    {R::too_late, {"the call's deadline has passed; nothing was signed", "de tijd voor de aanroep is om; er is niets ondertekend"}},
    {R::clock_off, {"the time to sign for is more than a minute from this machine's clock; one of the two is wrong",
     "de tijd om voor te ondertekenen ligt meer dan een minuut van de klok van deze machine; een van de twee klopt niet"}},
    {R::vault_closed, {"the vault is closed: {0:said}", "de kluis is dicht: {0:said}"}},
    {R::no_vault, {"this signer runs without a vault", "deze ondertekenaar draait zonder kluis"}},
    {R::awaits_backup, {"this signer waits for a backup", "deze ondertekenaar wacht op een back-up"}},
    {R::vault_sealed, {"the vault waits for its passphrase", "de kluis wacht op haar wachtzin"}},
    {R::vault_sealed_still, {"the vault waits for its passphrase; the credential did not open it: {0:said}",
                             "de kluis wacht op haar wachtzin; het meegegeven geheim opende haar niet: {0:said}"}},
    {R::no_key, {"the signer holds no key for that connection", "de ondertekenaar heeft geen sleutel voor die verbinding"}},
    {R::no_key_in_slot, {"the connection has no key to sign with in that slot", "de verbinding heeft op die plaats geen sleutel om mee te ondertekenen"}},
    {R::old_key, {"nothing is signed with a key that was replaced but the question whether it still works",
     "met een vervangen sleutel wordt niets ondertekend dan de vraag of hij nog werkt"}},
    {R::key_damaged, {"the stored secret of this connection fails its check; enter it again",
                      "het bewaarde geheim van deze verbinding doorstaat zijn controle niet; voer het opnieuw in"}},
    {R::exchange_unknown, {"this build can't sign for {0}", "deze versie kan niet ondertekenen voor {0}"}},
    {R::ledger_broken, {"the ledger of uses is broken ({0:said}): nothing is opened until you have looked at it and accepted it; exits go on",
     "het logboek van sleutelgebruik is beschadigd ({0:said}): er wordt niets geopend tot je het bekeken en aanvaard hebt; uitstappen gaat door"}},
    {R::ledger_unwritable, {"the ledger of uses can't be written ({0:said}): nothing is opened unrecorded; exits go on",
     "het logboek van sleutelgebruik kan niet geschreven worden ({0:said}): er wordt niets ongezien geopend; uitstappen gaat door"}},
    {R::ledger_unwritable_unchanged, {"the ledger of uses can't be written ({0:said}): nothing was changed",
                                      "het logboek van sleutelgebruik kan niet geschreven worden ({0:said}): er is niets gewijzigd"}},

    {R::segment_missing, {"segment {0} is missing", "segment {0} ontbreekt"}},
    {R::segment_short, {"segment {0} is too short to have a header", "segment {0} is te kort voor een kop"}},
    {R::header_altered, {"the header of segment {0} is altered", "de kop van segment {0} is veranderd"}},
    {R::header_foreign, {"the header of segment {0} is signed by another ledger's key", "de kop van segment {0} is met de sleutel van een ander logboek ondertekend"}},
    {R::segment_misplaced, {"segment {0} stands in the place of segment {1}", "segment {0} staat op de plaats van segment {1}"}},
    {R::entries_missing, {"entries {0} to {1} are missing", "de regels {0} tot en met {1} ontbreken"}},
    {R::header_astray, {"the header of segment {0} does not follow what stands before it: something was removed, added or altered there",
                        "de kop van segment {0} sluit niet aan op wat ervoor staat: daar is iets weggehaald, toegevoegd of veranderd"}},
    {R::no_entry, {"what stands at the place of entry {0} is no entry; the rest of the segment can't be read",
                   "wat op de plaats van regel {0} staat is geen regel; de rest van het segment is niet te lezen"}},
    {R::bytes_behind, {"bytes stand behind the end of segment {0}", "er staan bytes achter het einde van segment {0}"}},
    {R::entry_altered, {"entry {0} is altered, or is not the one that stood there", "regel {0} is veranderd, of is niet die er stond"}},
    {R::mark_altered, {"the mark of entry {0} is altered", "het merk van regel {0} is veranderd"}},
    {R::rewritten, {"a signed head names another entry {0}: the ledger was rewritten from there or before",
                    "een ondertekend hoofd noemt een andere regel {0}: het logboek is vanaf daar of eerder herschreven"}},
    {R::head_foreign, {"a head for entry {0} is signed by another ledger's key", "een hoofd voor regel {0} is met de sleutel van een ander logboek ondertekend"}},
    {R::end_cut_off, {"the ledger ends with entry {0}, a signed head vouches for {1}: its end was cut off, or an older copy put in its place",
                      "het logboek eindigt met regel {0}, een ondertekend hoofd staat in voor {1}: het einde is afgesneden, of er is een oudere kopie teruggezet"}},
    {R::entry_gone, {"entry {0}, which a signed head vouches for, is missing", "regel {0}, waarvoor een ondertekend hoofd instaat, ontbreekt"}},
    {R::no_head, {"the file of the ledger's head holds no head that is signed by this ledger's key",
                  "het bestand van het hoofd van het logboek bevat geen hoofd dat met de sleutel van dit logboek is ondertekend"}},
    {R::broken_before, {"it was found broken at an earlier start", "het is bij een eerdere start beschadigd gevonden"}},
    {R::vault_older, {"the vault is older than what entry {0} tells was changed in it: an older copy was put in its place",
                      "de kluis is ouder dan wat er volgens regel {0} in gewijzigd is: er is een oudere kopie teruggezet"}},
    {R::ledger_begun, {"The first entry. The ledger's key is {0}.", "De eerste regel. De sleutel van het logboek is {0}."}},
    {R::write_cut, {"The last write before this start had not finished; what stood behind entry {0} was cleared.",
                    "De laatste keer dat voor deze start geschreven werd was niet af; wat achter regel {0} stond is gewist."}},
    {R::uses_missed, {"So many uses before this entry could not be entered: the ledger could not be written.",
                      "Zoveel keer gebruik voor deze regel kon niet worden opgeschreven: het logboek was niet te schrijven."}},
    {R::with_keys, {"with the keys", "met de sleutels"}},
    {R::without_keys, {"without the keys", "zonder de sleutels"}},

    {R::no_such_call, {"{0} has no such call here ({1}): nothing was asked", "{0} kent deze aanroep hier niet ({1}): er is niets gevraagd"}},

    {R::no_connection, {"There is no such connection to trade on.", "Zo'n verbinding om op te handelen is er niet."}},
    {R::wrong_market, {"The connection trades the other market.", "De verbinding handelt op de andere markt."}},
    {R::no_stop, {"A stop order at this exchange can't be found again after a crash, so none is placed.",
     "Een stoporder is bij deze exchange na een crash niet terug te vinden, dus er wordt er geen geplaatst."}},
    {R::no_quantity, {"An order needs a quantity above zero.", "Een order moet over een hoeveelheid boven nul gaan."}},
    {R::off_quantity_step, {"The quantity is no multiple of the instrument's step.", "De hoeveelheid is geen veelvoud van de stap van het instrument."}},
    {R::off_price_step, {"The price is no multiple of the instrument's step.", "De prijs is geen veelvoud van de stap van het instrument."}},
    {R::below_minimum, {"The quantity is below the exchange's minimum.", "De hoeveelheid ligt onder het minimum van de exchange."}},
    {R::withdrawn, {"It was taken back before it left.", "Hij is ingetrokken voordat hij wegging."}},
    {R::connection_removed_first, {"Its connection was removed before it left.", "De verbinding is verwijderd voordat hij vertrok."}},
    {R::connection_removed, {"Its connection was removed.", "De verbinding is verwijderd."}},
    {R::started_again, {"The engine was started again before its fate was known.", "De engine is opnieuw gestart voordat bekend was wat ervan geworden is."}},
    {R::no_room, {"The exchange's limits left no room for it in time: it was not sent.", "De limieten van de exchange lieten er niet op tijd ruimte voor: hij is niet verstuurd."}},

    {R::another_order, {"The exchange answers with another order than was asked for.", "De exchange antwoordt met een andere order dan gevraagd werd."}},
    {R::fills_too_many, {"The exchange's list of fills is longer than can be read.", "De lijst van uitvoeringen van de exchange is langer dan te lezen is."}},
    {R::fills_missing, {"The exchange says more was filled than it lists fills for.", "De exchange zegt dat er meer is uitgevoerd dan haar lijst van uitvoeringen laat zien."}},
    {R::puzzling, {"The exchange tells of this order what can't be true together.", "Wat de exchange over deze order vertelt kan niet samen waar zijn."}},
    {R::too_old, {"The exchange's lists don't reach back to this order: look it up and settle it by hand.",
     "De lijsten van de exchange gaan niet tot deze order terug: zoek hem op en handel hem met de hand af."}},
    {R::absent, {"The exchange has no such order and no fill of it.", "De exchange heeft zo'n order niet, en geen uitvoering ervan."}},

    {R::hedge_mode, {"The account is in hedge mode; BackFuture trades in one-way mode.", "De rekening staat in hedge-modus; BackFuture handelt in one-way-modus."}},
    {R::margin_mode_stays, {"The exchange took the margin mode and still shows the other one.", "De exchange nam de margin-modus aan en toont nog steeds de andere."}},
    {R::leverage_stays, {"The exchange took the leverage and still shows another one.", "De exchange nam de hefboom aan en toont nog steeds een andere."}},
    {R::position_margin_mode, {"There is a position in this symbol with the other margin mode.", "Er is een positie in dit paar met de andere margin-modus."}},
    {R::position_leverage, {"There is a position in this symbol with leverage {0:number}.", "Er is een positie in dit paar met hefboom {0:number}."}},

    {R::unreadable, {"the answer can't be read: {0}", "het antwoord is niet te lezen (voor wie het meldt: “{0}”)"}},
    {R::no_data, {"the answer holds no data", "het antwoord is leeg"}},
    {R::no_answer, {"no answer", "geen antwoord"}},
    {R::other_account, {"The new key belongs to another account at the exchange.", "De nieuwe sleutel hoort bij een andere rekening bij de exchange."}},
    {R::account_untold, {"The exchange did not tell which account the new key belongs to.", "De exchange heeft niet verteld bij welke rekening de nieuwe sleutel hoort."}},

    {R::not_reached, {"{0} could not be reached: {1:said}.", "{0} was niet te bereiken: {1:said}."}},
    {R::no_address, {"No address was found for {0}: {1:said}.", "Voor {0} is geen adres gevonden: {1:said}."}},
    {R::other_family, {"{0} has no {1} address, only {2}.", "{0} heeft geen {1}-adres, alleen {2}."}},
    {R::no_answer_in_time, {"{0} did not answer in time.", "{0} antwoordde niet op tijd."}},
    {R::closed_early, {"{0} closed the connection before its answer was complete.", "{0} sloot de verbinding voordat het antwoord compleet was."}},
    {R::too_large, {"{0} sent an answer larger than the limit.", "{0} stuurde een antwoord dat groter is dan de grens."}},
    {R::not_http, {"{0} answered something that is not HTTP: {1:said}.", "{0} antwoordde iets dat geen HTTP is: {1:said}."}},
    {R::connection_failed, {"The connection to {0} failed: {1:said}.", "De verbinding met {0} viel weg: {1:said}."}},
    {R::no_stream_in_time, {"{0} did not open the stream in time.", "{0} opende de stroom niet op tijd."}},
    {R::no_stream, {"{0} answered {1} instead of opening a stream.", "{0} antwoordde {1} in plaats van een stroom te openen."}},
    {R::stream_ended, {"The stream to {0} ended: {1:said}.", "De stroom naar {0} is geëindigd: {1:said}."}},
    {R::too_many_waiting, {"Too many requests to {0} were waiting.", "Er wachtten te veel verzoeken aan {0}."}},
};

constexpr bool rows_are_in_order() {
    std::size_t at = 0;
    for (const auto& row : kRows)
        if (static_cast<std::size_t>(row.remark) != at++) return false;
    return at == kRemarkCount;
}
static_assert(rows_are_in_order(), "one row for each remark, in their order");

std::string quoted(std::string_view text) { return "“" + std::string{text} + "”"; }

}  // namespace

std::string say(Remark remark, std::initializer_list<std::string_view> about) { return keep(kRows[static_cast<std::size_t>(remark)].words, about); }

bool is_remark(std::string_view kept) {
    Values values;
    return find_wording(kept, kRows, values) != nullptr;
}

std::string retell(std::string_view kept, Language language) {
    Values values;
    const auto* const row = find_wording(kept, kRows, values);
    if (row == nullptr) return quoted(kept);
    return tell(row->words, values, language, [language](std::string_view value, std::string_view) { return retell_inside(value, language); });
}

std::string retell_inside(std::string_view kept, Language language) { return language == Language::en && !is_remark(kept) ? std::string{kept} : retell(kept, language); }

std::string clause(std::string_view kept, Language language) {
    auto told = retell(kept, language);
    if (told.ends_with('.')) told.pop_back();
    return told;
}

}  // namespace bf::exchange
