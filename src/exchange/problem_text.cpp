// The one table of what users read about a problem, in every language of the product. Titles in English are part of the stable
// interface. {exchange}, {market}, {right} and {address} are filled in.
#include "exchange/problem.hpp"

#include "exchange/remark.hpp"

#include <array>

namespace bf::exchange {
namespace {

struct Words {
    std::string_view title;
    std::string_view cause;
    std::string_view remedy;
};
struct Row {
    ProblemCode code;
    Words en;
    Words nl;
};

using Code = ProblemCode;

constexpr std::string_view kCopyAgain =
    "Copy the key and the secret again from {exchange}'s API page, whole and without spaces. The secret is shown only once there: if it is "
    "lost, make a new key.";
constexpr std::string_view kCopyAgainNl =
    "Kopieer de sleutel en het geheim opnieuw van de API-pagina van {exchange}, volledig en zonder spaties. Het geheim staat daar maar één keer: "
    "is het weg, maak dan een nieuwe sleutel.";

constexpr Row kRows[] = {
    {Code::malformed_credentials,
     {"Invalid key", "What was pasted can't be a {exchange} key: a field is empty, holds a space or a character that no key has, or key and secret are swapped.", kCopyAgain},
     {"Ongeldige sleutel", "Wat geplakt is kan geen sleutel van {exchange} zijn: een veld is leeg, bevat een spatie of een teken dat in geen sleutel voorkomt, of sleutel en geheim zijn verwisseld.", kCopyAgainNl}},
    {Code::invalid_key,
     {"Invalid key", "{exchange} does not know this API key: it is mistyped, deleted, or belongs to another site of the exchange.", kCopyAgain},
     {"Ongeldige sleutel", "{exchange} kent deze API-sleutel niet: hij is verkeerd overgenomen, verwijderd, of hoort bij een andere site van de exchange.", kCopyAgainNl}},
    {Code::invalid_secret,
     {"Invalid key", "{exchange} knows the key, but the signature made with this secret is wrong: the secret is mistyped.", kCopyAgain},
     {"Ongeldige sleutel", "{exchange} kent de sleutel, maar de handtekening met dit geheim klopt niet: het geheim is verkeerd overgenomen.", kCopyAgainNl}},
    {Code::invalid_passphrase,
     {"Invalid key", "{exchange} refuses the passphrase.",
      "Enter the API passphrase you chose when you made this key. It is not the login password and not the trading password. It can't be read "
      "back: if it is lost, make a new key."},
     {"Ongeldige sleutel", "{exchange} weigert de passphrase.",
      "Vul de API-passphrase in die je koos toen je deze sleutel maakte. Het is niet het inlogwachtwoord en niet het handelswachtwoord. Hij is niet "
      "terug te lezen: is hij weg, maak dan een nieuwe sleutel."}},
    {Code::key_expired,
     {"Invalid key", "This key has expired or is frozen at {exchange}.",
      "Make a new key with the same rights, or renew it on {exchange}'s API page, and bind it to this server's address: bound keys live longer."},
     {"Ongeldige sleutel", "Deze sleutel is verlopen of bevroren bij {exchange}.",
      "Maak een nieuwe sleutel met dezelfde rechten, of verleng hem op de API-pagina van {exchange}, en koppel hem aan het adres van deze server: "
      "gekoppelde sleutels leven langer."}},
    {Code::no_read_permission,
     {"No read permission", "The key may not read the account at {exchange}.", "Switch on reading of balances and orders for this key on {exchange}'s API page. Keep withdrawal off."},
     {"Geen leesrecht", "De sleutel mag de rekening bij {exchange} niet lezen.", "Zet voor deze sleutel het lezen van saldo en orders aan op de API-pagina van {exchange}. Laat opnemen uit."}},
    {Code::no_trade_permission,
     {"No trading permission", "The key may read but not trade at {exchange}: its right \"{right}\" is off.", "Switch on {right} for this key on {exchange}'s API page. Keep withdrawal off. Then test again."},
     {"Geen handelsrecht", "De sleutel mag bij {exchange} wel lezen maar niet handelen: het recht \"{right}\" staat uit.", "Zet {right} aan voor deze sleutel op de API-pagina van {exchange}. Laat opnemen uit. Test daarna opnieuw."}},
    {Code::no_futures_permission,
     {"No trading permission", "The key may not use futures at {exchange}: its right \"{right}\" is off, or the futures account was never opened.",
      "Switch on {right} for this key and open the futures account on {exchange}'s site. Keep withdrawal off. Then test again."},
     {"Geen handelsrecht", "De sleutel mag bij {exchange} geen futures gebruiken: het recht \"{right}\" staat uit, of de futures-rekening is nooit geopend.",
      "Zet {right} aan voor deze sleutel en open de futures-rekening op de site van {exchange}. Laat opnemen uit. Test daarna opnieuw."}},
    {Code::withdraw_enabled,
     {"Unsafe key", "This key can withdraw money from {exchange}. BackFuture never uses such a key: whoever got hold of it could empty the account.",
      "Switch withdrawal off for this key, or better: delete it and make a new one with reading and trading only."},
     {"Onveilige sleutel", "Met deze sleutel kan geld worden opgenomen van {exchange}. BackFuture gebruikt zo'n sleutel nooit: wie hem in handen krijgt, kan de rekening leeghalen.",
      "Zet opnemen uit voor deze sleutel, of beter: verwijder hem en maak een nieuwe met alleen lezen en handelen."}},
    {Code::transfer_enabled,
     {"Unsafe key", "This key can move money between your own accounts at {exchange}. Trading does not need that.",
      "Switch the transfer right off, or accept it explicitly if you know why the key has it."},
     {"Onveilige sleutel", "Met deze sleutel kan geld tussen je eigen rekeningen bij {exchange} worden verplaatst. Voor handelen is dat niet nodig.",
      "Zet het recht om over te boeken uit, of aanvaard het uitdrukkelijk als je weet waarom de sleutel het heeft."}},
    {Code::withdrawal_unknown,
     {"Confirmation needed", "{exchange} does not tell us whether this key can withdraw. Unknown is not the same as no.",
      "Open {exchange}'s API page, check with your own eyes that withdrawal is off for this key, and confirm it here. The connection stays marked as unproven."},
     {"Bevestiging nodig", "{exchange} vertelt niet of deze sleutel kan opnemen. Onbekend is niet hetzelfde als nee.",
      "Open de API-pagina van {exchange}, kijk zelf of opnemen voor deze sleutel uit staat, en bevestig het hier. De verbinding blijft gemarkeerd als onbewezen."}},
    {Code::ip_not_allowed,
     {"IP not allowed", "The key is bound to addresses at {exchange}, and ours is not among them.",
      "Add {address} to the key's IP list on {exchange}'s API page. Changes can take some minutes there. Then test again."},
     {"IP niet toegestaan", "De sleutel is bij {exchange} aan adressen gekoppeld, en het onze staat er niet bij.",
      "Zet {address} op de IP-lijst van de sleutel op de API-pagina van {exchange}. Wijzigingen kunnen daar enkele minuten duren. Test daarna opnieuw."}},
    {Code::exchange_unavailable,
     {"Exchange unavailable", "{exchange} does not answer, or not in a form that makes sense. This says nothing about your key.",
      "Wait a little and repeat the test. If it lasts, check this server's network and {exchange}'s status page."},
     {"Exchange niet bereikbaar", "{exchange} antwoordt niet, of niet op een begrijpelijke manier. Dit zegt niets over je sleutel.",
      "Wacht even en herhaal de test. Blijft het zo, controleer dan het netwerk van deze server en de statuspagina van {exchange}."}},
    {Code::maintenance,
     {"Exchange unavailable", "{exchange} is under maintenance. This says nothing about your key.", "Wait until {exchange} is open again; the test is repeated by itself."},
     {"Exchange niet bereikbaar", "{exchange} is in onderhoud. Dit zegt niets over je sleutel.", "Wacht tot {exchange} weer open is; de test wordt vanzelf herhaald."}},
    {Code::rate_limited,
     {"Exchange unavailable", "{exchange} says we ask too often, or its firewall holds us back. This says nothing about your key.", "Wait some minutes. If other programs on this server use {exchange} too, they share its limit."},
     {"Exchange niet bereikbaar", "{exchange} zegt dat we te vaak vragen, of de firewall houdt ons tegen. Dit zegt niets over je sleutel.", "Wacht enkele minuten. Gebruiken andere programma's op deze server {exchange} ook, dan delen ze de limiet."}},
    {Code::clock_skew,
     {"Clock out of step", "This server's clock and {exchange}'s differ by more than {exchange} accepts, or by more than the minute that BackFuture corrects.", "Switch on time synchronisation on this server (for instance systemd-timesyncd or chrony) and test again."},
     {"Klok loopt niet gelijk", "De klok van deze server en die van {exchange} verschillen meer dan {exchange} toestaat, of meer dan de minuut die BackFuture corrigeert.", "Zet tijdsynchronisatie aan op deze server (bijvoorbeeld systemd-timesyncd of chrony) en test opnieuw."}},
    {Code::region_restricted,
     {"Region not served", "{exchange} does not serve the country of this server or of the account.", "Ask {exchange} which regions it serves. BackFuture does not go around such a restriction."},
     {"Regio niet bediend", "{exchange} bedient het land van deze server of van de rekening niet.", "Vraag {exchange} welke regio's het bedient. BackFuture omzeilt zo'n beperking niet."}},
    {Code::identity_check_required,
     {"Identity check needed", "{exchange} asks for an identity check of the account before it may trade this market.", "Complete the identity check on {exchange}'s site, then test again."},
     {"Identiteitscontrole nodig", "{exchange} vraagt een identiteitscontrole van de rekening voordat die op deze markt mag handelen.", "Rond de identiteitscontrole af op de site van {exchange} en test daarna opnieuw."}},
    {Code::account_restricted,
     {"Account restricted", "{exchange} has restricted this account.", "Sign in at {exchange} and read its message, or ask its support. Other connections are not affected."},
     {"Rekening beperkt", "{exchange} heeft deze rekening beperkt.", "Log in bij {exchange} en lees het bericht daar, of vraag de helpdesk. Andere verbindingen hebben er geen last van."}},
    {Code::ipv4_unreachable,
     {"Not reachable over IPv4", "This connection goes out over IPv4 only, and {exchange} can't be reached over it: {exchange}'s host has no IPv4 address, or a wrong one was named. This says nothing about your key.",
      "Set the connection to IPv6 and put this server's IPv6 address on the key's IP list at {exchange}."},
     {"Niet bereikbaar via IPv4", "Deze verbinding gaat alleen via IPv4 naar buiten, en zo is {exchange} niet te bereiken: de host van {exchange} heeft geen IPv4-adres, of er is een verkeerd adres opgegeven. "
      "Dit zegt niets over je sleutel.",
      "Zet de verbinding op IPv6 en zet het IPv6-adres van deze server op de IP-lijst van de sleutel bij {exchange}."}},
    {Code::ipv6_unreachable,
     {"Not reachable over IPv6", "This connection goes out over IPv6 only, and {exchange} can't be reached over it: either {exchange}'s host has no IPv6 address, or this server has none. This says nothing about your key.",
      "Set the connection to IPv4 and put this server's IPv4 address on the key's IP list at {exchange}. Or give this server an IPv6 address, if {exchange} has one."},
     {"Niet bereikbaar via IPv6", "Deze verbinding gaat alleen via IPv6 naar buiten, en zo is {exchange} niet te bereiken: de host van {exchange} heeft geen IPv6-adres, of deze server heeft er geen. "
      "Dit zegt niets over je sleutel.",
      "Zet de verbinding op IPv4 en zet het IPv4-adres van deze server op de IP-lijst van de sleutel bij {exchange}. Of geef deze server een IPv6-adres, als {exchange} er een heeft."}},
    {Code::invalid_symbol,
     {"Unknown pair", "{exchange} does not know this pair, or does not open it to API keys.", "Choose a pair from the list of those this key may trade."},
     {"Onbekend paar", "{exchange} kent dit paar niet, of stelt het niet open voor API-sleutels.", "Kies een paar uit de lijst die deze sleutel mag handelen."}},
    {Code::symbol_not_tradable,
     {"Pair not trading", "{exchange} has halted this pair, or it has not opened yet.", "Wait until it trades again or choose another pair."},
     {"Paar niet verhandelbaar", "{exchange} heeft dit paar stilgelegd, of het is nog niet open.", "Wacht tot het weer handelt of kies een ander paar."}},
    {Code::insufficient_balance,
     {"Not enough balance", "The trading account of this market does not hold enough for the order.", "Add funds to the trading account at {exchange} (funds in another wallet there don't count), or use a smaller size."},
     {"Te weinig saldo", "Op de handelsrekening van deze markt staat niet genoeg voor de order.", "Zet geld op de handelsrekening bij {exchange} (geld in een andere portemonnee daar telt niet), of gebruik een kleinere omvang."}},
    {Code::below_min_size,
     {"Order too small", "The order is below {exchange}'s minimum for this pair.", "Use a larger order size."},
     {"Order te klein", "De order ligt onder het minimum van {exchange} voor dit paar.", "Gebruik een grotere order."}},
    {Code::price_or_size_step,
     {"Price or size not accepted", "Price or size is not a multiple of {exchange}'s step for this pair, or outside its price band.", "Refresh the pair's rules and round price and size to its steps."},
     {"Prijs of omvang niet aanvaard", "Prijs of omvang past niet bij de stap van {exchange} voor dit paar, of valt buiten de prijsband.", "Ververs de regels van het paar en rond prijs en omvang af op de stappen."}},
    {Code::order_not_found,
     {"Order not found", "{exchange} has no such order open: it was filled, cancelled, or never arrived.", "Look the order up by its client order id before doing anything else."},
     {"Order niet gevonden", "{exchange} heeft zo'n order niet open: hij is uitgevoerd, geannuleerd, of nooit aangekomen.", "Zoek de order eerst op met zijn eigen order-id."}},
    {Code::duplicate_client_order_id,
     {"Order id used before", "{exchange} has seen this client order id already.", "Look the earlier order up: it may be the one you meant to send."},
     {"Order-id al gebruikt", "{exchange} heeft dit order-id al gezien.", "Zoek de eerdere order op: het kan de order zijn die je wilde sturen."}},
    {Code::post_only_would_cross,
     {"Order would have taken", "A post-only order would have traded at once, so {exchange} did not accept it.", "Use a price further from the market."},
     {"Order zou direct uitvoeren", "Een post-only order zou direct zijn uitgevoerd, dus {exchange} nam hem niet aan.", "Gebruik een prijs verder van de markt."}},
    {Code::reduce_only_rejected,
     {"Nothing to reduce", "There is no position left that this order could reduce.", "Read the position again; it may be closed already."},
     {"Niets te verkleinen", "Er is geen positie meer die deze order kan verkleinen.", "Lees de positie opnieuw; zij kan al gesloten zijn."}},
    {Code::margin_mode_mismatch,
     {"Margin mode differs", "The account's margin mode for this pair is not the one of the order.", "Set the margin mode of the pair at {exchange} to the strategy's."},
     {"Margin-modus verschilt", "De margin-modus van de rekening voor dit paar is niet die van de order.", "Zet de margin-modus van het paar bij {exchange} op die van de strategie."}},
    {Code::position_mode_mismatch,
     {"Position mode differs", "The account's position mode (one-way or hedge) is not the one of the order.", "Set the position mode at {exchange} to one-way."},
     {"Positiemodus verschilt", "De positiemodus van de rekening (one-way of hedge) is niet die van de order.", "Zet de positiemodus bij {exchange} op one-way."}},
    {Code::other,
     {"Refused by the exchange", "{exchange} refused the request for a reason of its own.", "Read {exchange}'s own message below; if it does not help, repeat the test later."},
     {"Geweigerd door de exchange", "{exchange} weigerde het verzoek om een eigen reden.", "Lees het bericht van {exchange} hieronder; helpt dat niet, herhaal de test dan later."}},
};
static_assert(std::size(kRows) == static_cast<std::size_t>(Code::other) + 1);

/// What a cause that can't be told apart is called in a sentence.
std::string_view candidate_words(Code code, Language language) {
    const bool nl = language == Language::nl;
    switch (code) {
        case Code::invalid_key: return nl ? "de sleutel zelf (verkeerd overgenomen, verwijderd of van een andere site)" : "the key itself (mistyped, deleted or of another site)";
        case Code::invalid_secret: return nl ? "het geheim (verkeerd overgenomen)" : "the secret (mistyped)";
        case Code::invalid_passphrase: return nl ? "de passphrase (niet die van deze API-sleutel)" : "the passphrase (not this API key's)";
        case Code::key_expired: return nl ? "de sleutel is verlopen" : "the key has expired";
        case Code::clock_skew: return nl ? "de klok van deze server loopt te ver uit de pas" : "this server's clock is too far out of step";
        case Code::no_trade_permission:
        case Code::no_futures_permission: return nl ? "een recht dat de sleutel mist" : "a right the key lacks";
        default: return nl ? "iets anders" : "something else";
    }
}

std::string_view right_word(std::string_view exchange_name, market::Market market) {
    if (exchange_name == "MEXC") return market == market::Market::spot ? "Spot trading" : "Futures trading";
    return market == market::Market::spot ? "Spot" : "Futures";
}

std::string fill_in(std::string_view text, const TextContext& context) {
    const bool nl = context.language == Language::nl;
    const std::string address = context.our_address.value_or(nl ? "het adres van deze server" : "this server's address");
    std::string out;
    while (!text.empty()) {
        const auto open = text.find('{');
        out += text.substr(0, open);
        if (open == std::string_view::npos) break;
        const auto close = text.find('}', open);
        const auto name = text.substr(open + 1, close - open - 1);
        if (name == "exchange") out += context.exchange_name;
        if (name == "market") out += market::to_string(context.market);
        if (name == "right") out += right_word(context.exchange_name, context.market);
        if (name == "address") out += address;
        text.remove_prefix(close + 1);
    }
    return out;
}

}  // namespace

ProblemText describe(const Problem& problem, const TextContext& context) {
    const Row& row = kRows[static_cast<std::size_t>(problem.code)];
    BF_ASSERT(row.code == problem.code);
    const bool nl = context.language == Language::nl;
    const Words& words = nl ? row.nl : row.en;
    TextContext filled = context;
    if (problem.seen_address) filled.our_address = problem.seen_address;
    ProblemText text{std::string{words.title}, fill_in(words.cause, filled), fill_in(words.remedy, filled)};
    if (problem.code == Code::malformed_credentials && problem.fate == Fate::not_sent && !problem.exchange_message.empty()) {
        // Nothing was pasted: what was kept can't be used, and the signer's words say why.
        text.cause = (nl ? "De bewaarde sleutel kan niet gebruikt worden: " : "The stored key can't be used: ") + clause(problem.exchange_message, context.language) + '.';
        text.remedy = nl ? "Voer de sleutel opnieuw in (Sleutel vervangen), of verwijder de verbinding en voeg haar opnieuw toe. Of zet een reservekopie van de kluis terug en start BackFuture opnieuw."
                         : "Enter the key again (Rotate key), or remove the connection and add it anew. Or put a backup of the vault in its place and start BackFuture again.";
    }
    if (!problem.candidates.empty()) {
        text.cause += nl ? " {exchange} maakt hier geen verschil; mogelijk is het: " : " {exchange} does not tell these apart; it can be: ";
        text.cause = fill_in(text.cause, filled);
        text.cause += candidate_words(problem.code, context.language);
        for (const Code candidate : problem.candidates) {
            text.cause += nl ? "; of " : "; or ";
            text.cause += candidate_words(candidate, context.language);
        }
        text.cause += '.';
        // The remedy of the other causes belongs to the answer as much as the first one's.
        for (const Code candidate : problem.candidates) {
            const Row& other = kRows[static_cast<std::size_t>(candidate)];
            const auto remedy = fill_in((nl ? other.nl : other.en).remedy, filled);
            if (text.remedy.find(remedy) == std::string::npos) text.remedy += ' ' + remedy;
        }
    }
    return text;
}

}  // namespace bf::exchange
