#include "app/ledger_names.hpp"

#include <algorithm>
#include <iterator>

namespace bf::app {
namespace {

struct Row {
    std::string_view code, en, nl;
};

constexpr Row kWhat[] = {
    {"server_time", "Time of the exchange", "Tijd van de exchange"},
    {"key_info", "Look at the key", "Sleutel inzien"},
    {"balances", "Balances", "Saldo"},
    {"instruments", "List of pairs", "Lijst van paren"},
    {"ticker", "Price", "Koers"},
    {"candles", "Candles", "Candles"},
    {"open_orders", "Open orders", "Open orders"},
    {"order", "Look up an order", "Order opzoeken"},
    {"fills", "Fills", "Uitvoeringen"},
    {"positions", "Positions", "Posities"},
    {"place_order", "Order", "Order"},
    {"test_order", "Test order", "Proeforder"},
    {"place_stop", "Stop order", "Stoporder"},
    {"cancel_order", "Cancel an order", "Order annuleren"},
    {"set_leverage", "Set leverage", "Hefboom instellen"},
    {"set_margin_mode", "Set margin mode", "Margin-modus instellen"},
    {"service_status", "Whether the exchange is open", "Of de exchange open is"},
    {"account_mode", "Kind of account", "Soort rekening"},
    {"account_id", "Number of the account", "Nummer van de rekening"},
    {"identity_level", "Identity check", "Identiteitscontrole"},
    {"tradable_symbols", "Pairs of the key", "Paren van de sleutel"},
    {"egress_address", "Our address", "Ons adres"},
    {"position_mode", "Position mode", "Positiemodus"},
    {"margin_mode", "Margin mode", "Margin-modus"},
    {"mark_price", "Mark price", "Mark-prijs"},
    {"public_stream", "Public stream", "Openbare stroom"},
    {"private_stream", "Private stream", "Privéstroom"},
    {"renew_stream", "Keep a stream alive", "Stroom in leven houden"},
    {"stream_login", "Sign a stream in", "Stroom aanmelden"},
    {"leverage", "Leverage", "Hefboom"},
    {"risk_tiers", "Risk tiers", "Risicotreden"},
    {"funding_payments", "Funding payments", "Fundingbetalingen"},
    {"open_stops", "Waiting stop orders", "Wachtende stoporders"},
    {"fee_rates", "Fee rates", "Tarieven"},
    {"reads", "Reads", "Gelezen"},
    {"refusals", "More refusals", "Meer weigeringen"},
    {"begun", "Ledger begun", "Logboek begonnen"},
    {"started", "Signer started", "Ondertekenaar gestart"},
    {"gap", "Not recorded", "Niet opgeschreven"},
    {"broken", "Found broken", "Beschadigd gevonden"},
    {"accepted", "Accepted as it is", "Aanvaard zoals het is"},
    {"key_added", "Key added", "Sleutel toegevoegd"},
    {"key_staged", "New key on trial", "Nieuwe sleutel op proef"},
    {"key_promoted", "New key in use", "Nieuwe sleutel in gebruik"},
    {"key_rolled_back", "Back to the old key", "Terug naar de oude sleutel"},
    {"key_dropped", "Key wiped", "Sleutel gewist"},
    {"key_removed", "Keys of the connection removed", "Sleutels van de verbinding verwijderd"},
    {"passphrase_set", "Vault under a passphrase", "Kluis onder een wachtwoordzin"},
    {"key_file_set", "Vault under a key file", "Kluis onder een sleutelbestand"},
    {"root_key_replaced", "Root key of the vault replaced", "Hoofdsleutel van de kluis vervangen"},
    {"limits_set", "Limits set", "Limieten ingesteld"},
    {"frozen", "Freeze set", "Bevriezing ingesteld"},
    {"backup_begun", "Backup", "Back-up"},
    {"unlocked", "Vault opened", "Kluis geopend"},
    {"factor_checked", "Code checked", "Code gecontroleerd"},
    {"factor_begun", "Second factor begun", "Tweede factor begonnen"},
    {"factor_confirmed", "Second factor in force", "Tweede factor van kracht"},
    {"recovery_codes_renewed", "New recovery codes", "Nieuwe herstelcodes"},
    {"factor_removal_asked", "Second factor to be removed", "Tweede factor te verwijderen"},
    {"factor_vouched_for", "Second factor vouched for", "Voor tweede factor ingestaan"},
    {"passkey_begun", "Passkey begun", "Passkey begonnen"},
    {"passkey_added", "Passkey added", "Passkey toegevoegd"},
    {"passkey_removed", "Passkey removed", "Passkey verwijderd"},
};

constexpr Row kResults[] = {
    {"signed", "signed", "ondertekend"},
    {"done", "done", "gedaan"},
    {"begun", "begun", "begonnen"},
    {"not_kept", "not kept", "niet bewaard"},
    {"found", "found", "gevonden"},
    {"accepted", "taken by the exchange", "aangenomen door de exchange"},
    {"filled", "filled", "uitgevoerd"},
    {"canceled", "cancelled", "geannuleerd"},
    {"expired", "expired", "verlopen"},
    {"rejected", "ended by the exchange", "beëindigd door de exchange"},
    {"refused", "refused by the exchange", "geweigerd door de exchange"},
    {"denied", "not sent", "niet verstuurd"},
    {"absent", "never arrived", "nooit aangekomen"},
    {"bad_message", "not understood", "niet begrepen"},
    {"unknown_exchange", "unknown exchange", "onbekende exchange"},
    {"unknown_connection", "no key for it", "geen sleutel daarvoor"},
    {"conflict", "not possible now", "kan nu niet"},
    {"bad_credentials", "unusable", "onbruikbaar"},
    {"damaged", "stored secret damaged", "bewaard geheim beschadigd"},
    {"late", "too late", "te laat"},
    {"clock", "clock out of step", "klok loopt niet gelijk"},
    {"arguments", "not a call the exchange has", "geen aanroep die de exchange kent"},
    {"policy", "beyond the limits", "buiten de limieten"},
    {"vault_closed", "vault closed", "kluis dicht"},
    {"vault_failed", "vault unreadable or full", "kluis onleesbaar of vol"},
    {"too_large", "too much at once", "te veel tegelijk"},
    {"ledger", "ledger not writable", "logboek niet te schrijven"},
    {"step_up", "no good code", "geen goede code"},
    {"ok", "right", "goed"},
    {"wrong", "wrong", "fout"},
    {"replayed", "used before", "al gebruikt"},
    {"slow_down", "too many tries", "te veel pogingen"},
    {"none", "no second factor", "geen tweede factor"},
    {"stale", "too late", "te laat"},
    {"copied", "may be copied", "mogelijk gekopieerd"},
};

constexpr Row kPurposes[] = {
    {"entry", "entry", "instap"},
    {"add_on", "add-on", "bijkoop"},
    {"exit", "exit", "uitstap"},
    {"close", "close", "sluiten"},
    {"stop", "stop", "stop"},
    {"poll", "regular look", "geregelde blik"},
    {"setup", "preparing a pair", "paar voorbereiden"},
    {"trading", "trading", "handelen"},
    {"stream", "stream", "stroom"},
    {"connection_test", "connection test", "verbindingstest"},
};

template <std::size_t N>
std::string name_in(const Row (&rows)[N], std::string_view code, exchange::Language language) {
    const auto row = std::find_if(std::begin(rows), std::end(rows), [code](const Row& one) { return one.code == code; });
    if (row != std::end(rows)) return std::string{language == exchange::Language::nl ? row->nl : row->en};
    std::string words{code};
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

}  // namespace

std::string name_of_use(std::string_view what, exchange::Language language) { return name_in(kWhat, what, language); }
std::string name_of_result(std::string_view result, exchange::Language language) { return name_in(kResults, result, language); }
std::string name_of_purpose(std::string_view purpose, exchange::Language language) { return name_in(kPurposes, purpose, language); }

}  // namespace bf::app
