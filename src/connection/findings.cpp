#include "connection/findings.hpp"

#include "connection/limit_change.hpp"

#include <algorithm>

namespace bf::connection {
namespace {

using exchange::Language;
using Severity = Finding::Severity;
constexpr std::chrono::hours kDay{24};
constexpr auto kExpiryFinding = kDay * 30;
constexpr auto kBackupAge = kDay * 7;
constexpr auto kCertificateFinding = kDay * 14;

/// Words in both languages: {0} is what the sentence is about.
struct Words {
    std::string_view code;
    Severity severity;
    std::string_view cause_en, cause_nl;
    std::string_view remedy_en, remedy_nl;
};

constexpr Words kWords[] = {
    {"withdraw_enabled", Severity::critical, "The key can withdraw money. BackFuture uses it for nothing.", "De sleutel kan geld opnemen. BackFuture gebruikt hem nergens voor.",
     "Take the right to withdraw from the key at the exchange, or make a new key without it and replace this one.",
     "Haal het opnamerecht bij de exchange van de sleutel af, of maak een nieuwe zonder dat recht en vervang deze."},
    {"transfer_enabled", Severity::critical, "The key can move money between accounts, and you did not accept that.", "De sleutel kan geld tussen rekeningen verplaatsen, en dat heb je niet aanvaard.",
     "Take that right from the key at the exchange, or make a new key without it and replace this one.",
     "Haal dat recht bij de exchange van de sleutel af, of maak een nieuwe zonder dat recht en vervang deze."},
    {"egress_changed", Severity::critical, "This server goes out by another address than the one the key was proven with ({0}). Nothing new is opened; exits go on.",
     "Deze server gaat via een ander adres naar buiten dan dat waarmee de sleutel is bewezen ({0}). Er wordt niets nieuws geopend; uitstappen gaat door.",
     "Put the new address on the key's list at the exchange, then test the connection. Paste: {1}", "Zet het nieuwe adres bij de exchange op de lijst van de sleutel en test daarna de verbinding. Plak: {1}"},
    {"connection_broken", Severity::critical, "The key does not work: {0}.", "De sleutel werkt niet: {0}.", "The connection's page says what to do; a key that is gone is replaced there.",
     "De pagina van de verbinding zegt wat te doen is; een sleutel die weg is vervang je daar."},
    {"key_expires_critical", Severity::critical, "The key expires within {0} days. Nothing is opened any more in its last day, and without a key nothing is closed either.",
     "De sleutel verloopt binnen {0} dagen. Op zijn laatste dag wordt niets meer geopend, en zonder sleutel wordt ook niets gesloten.",
     "Make a new key at the exchange and replace this one. No strategy stops meanwhile.", "Maak bij de exchange een nieuwe sleutel en vervang deze. Geen strategie stopt intussen."},
    {"key_expires", Severity::warning, "The key expires within {0} days.", "De sleutel verloopt binnen {0} dagen.",
     "Make a new key at the exchange and replace this one. No strategy stops meanwhile.", "Maak bij de exchange een nieuwe sleutel en vervang deze. Geen strategie stopt intussen."},
    {"key_changed", Severity::warning, "Since the last test the exchange reports something else of this key: {0}.", "Sinds de laatste test meldt de exchange iets anders over deze sleutel: {0}.",
     "If it was you, test the connection once. If not, freeze it and replace the key: somebody is in your account at the exchange.",
     "Was jij het, test de verbinding dan één keer. Zo niet, bevries haar en vervang de sleutel: iemand zit in je account bij de exchange."},
    {"not_bound", Severity::warning, "The key is not proven to be bound to this server's address. A stolen key that is bound is worth little elsewhere.",
     "Niet bewezen dat de sleutel aan het adres van deze server is gekoppeld. Een gestolen sleutel die gekoppeld is, is elders weinig waard.",
     "Put this server's address ({0}) on the key's list at the exchange. Then prove it on another machine: backfuture check --as-outsider.",
     "Zet het adres van deze server ({0}) bij de exchange op de lijst van de sleutel. Bewijs het daarna op een andere machine: backfuture check --as-outsider."},
    {"unbound", Severity::warning, "The key works from any address: whoever gets hold of it can use it.", "De sleutel werkt vanaf elk adres: wie hem in handen krijgt kan hem gebruiken.",
     "Put this server's address ({0}) on the key's list at the exchange, then test the connection.", "Zet het adres van deze server ({0}) bij de exchange op de lijst van de sleutel en test daarna de verbinding."},
    {"more_rights_than_needed", Severity::warning, "The key carries rights that trading does not need: {0}.", "De sleutel heeft rechten die voor handelen niet nodig zijn: {0}.",
     "Take them from the key at the exchange, then test the connection.", "Haal ze bij de exchange van de sleutel af en test daarna de verbinding."},
    {"transfer_accepted", Severity::warning, "The key can move money between your own accounts; you accepted it.", "De sleutel kan geld tussen je eigen rekeningen verplaatsen; je hebt dat aanvaard.",
     "If you don't need it, take that right from the key at the exchange.", "Heb je het niet nodig, haal dat recht dan bij de exchange van de sleutel af."},
    {"withdrawal_unproven", Severity::warning, "It is not provable that this key can't withdraw; you confirmed it.", "Niet te bewijzen dat deze sleutel niet kan opnemen; je hebt het bevestigd.",
     "Look at the key at the exchange once more, or use one whose rights can be read.", "Kijk de sleutel bij de exchange nog eens na, of gebruik er een waarvan de rechten te lezen zijn."},
    {"old_key_works", Severity::warning, "The key that was replaced still works at the exchange.", "De vervangen sleutel werkt nog bij de exchange.",
     "Delete it at the exchange, then say so on the connection's page.", "Verwijder hem bij de exchange en meld dat op de pagina van de verbinding."},
    {"old_key_unproven", Severity::info, "It is not known whether the key that was replaced still works at the exchange.", "Niet bekend of de vervangen sleutel nog werkt bij de exchange.",
     "Delete it at the exchange, then say so on the connection's page.", "Verwijder hem bij de exchange en meld dat op de pagina van de verbinding."},
    {"same_key", Severity::warning, "One key serves several connections. It can't be replaced or taken from one of them alone.", "Eén sleutel dient meer verbindingen. Hij is niet voor één daarvan te vervangen of af te nemen.",
     "Make a key for each of them and replace this one.", "Maak voor elk een eigen sleutel en vervang deze."},
    {"same_account", Severity::info, "Several connections use one account at the exchange: they all see the same money.", "Meer verbindingen gebruiken één rekening bij de exchange: ze zien allemaal hetzelfde geld.",
     "Use a sub-account for each strategy that should have money of its own.", "Gebruik een subaccount voor elke strategie die eigen geld moet hebben."},
    {"unused", Severity::info, "The connection is older than 30 days and nothing trades on it.", "De verbinding is ouder dan 30 dagen en er wordt niet op gehandeld.",
     "A key that is not used is best removed here and deleted at the exchange.", "Een sleutel die niet gebruikt wordt verwijder je best hier en bij de exchange."},
    {"key_ages_unused", Severity::info, "Without a list of addresses the exchange removes this key after 30 days without use. A server that is off does not use it.",
     "Zonder adressenlijst verwijdert de exchange deze sleutel na 30 dagen zonder gebruik. Een server die uit staat gebruikt hem niet.",
     "Put this server's address on the key's list at the exchange.", "Zet het adres van deze server bij de exchange op de lijst van de sleutel."},
    {"no_second_factor", Severity::warning, "Signing in as {0} needs a password only. Who learns it can change keys.",
     "Aanmelden als {0} vraagt alleen een wachtwoord. Wie het te weten komt kan sleutels wijzigen.",
     "Sign in as that owner and set up a second factor.", "Meld je aan als die eigenaar en stel een tweede factor in."},
    {"factor_not_counted", Severity::info, "The second factor of {0} does not count for widening limits: nobody has vouched for it.",
     "De tweede factor van {0} telt niet voor het verruimen van limieten: niemand staat ervoor in.",
     "If that account is who it should be, an owner whose factor counts vouches for it; where none counts, its own. If not, remove the account.",
     "Is dat account wie het hoort te zijn, dan staat een eigenaar wiens factor telt ervoor in; telt er geen, dan die zelf. Zo niet, verwijder het account."},
    {"no_backup", Severity::warning, "There is no backup of this installation.", "Er is geen back-up van deze installatie.", "Make one, and keep it on another machine.", "Maak er een en bewaar hem op een andere machine."},
    {"certificate_expires", Severity::warning, "The dashboard's certificate ends at {0}. Then browsers and whoever sends signals to this address are turned away.",
     "Het certificaat van het dashboard verloopt op {0}. Dan worden browsers en wie signalen naar dit adres stuurt geweigerd.",
     "Put a new one in the files of --tls-cert and --tls-key; it is taken without a restart. With --tls self-signed a restart makes one.",
     "Zet een nieuw in de bestanden van --tls-cert en --tls-key; het wordt zonder herstart gebruikt. Met --tls self-signed maakt een herstart er een."},
    {"backup_old", Severity::info, "The last backup is older than a week.", "De laatste back-up is ouder dan een week.", "Make a new one, and keep it on another machine.", "Maak een nieuwe en bewaar hem op een andere machine."},
    {"backup_unverified", Severity::info, "The last backup was not verified.", "De laatste back-up is niet gecontroleerd.", "Run `backfuture backup verify` on the file.", "Voer `backfuture backup verify` uit op het bestand."},
    {"restore_unconfirmed", Severity::warning, "This installation came out of a backup and trades nothing until somebody confirms that state.",
     "Deze installatie komt uit een back-up en handelt niets tot iemand die toestand bevestigt.",
     "Compare groups and accounts with the exchanges, then confirm, here or with `backfuture backup confirm`.",
     "Vergelijk groepen en accounts met de exchanges en bevestig dan, hier of met `backfuture backup confirm`."},
    {"limits_pending", Severity::info, "Wider limits wait, and hold from {0} on.", "Ruimere limieten wachten, en gelden vanaf {0}.",
     "If you did not ask for them, freeze the connection, which drops them, and change your password.",
     "Heb je ze niet gevraagd, bevries dan de verbinding, waarmee ze vervallen, en wijzig je wachtwoord."},
    {"limits_default", Severity::info, "Nobody set limits: the wide ones of every new connection hold.", "Niemand heeft limieten ingesteld: de ruime van elke nieuwe verbinding gelden.",
     "Narrow them to what you trade: they are what stops a thief who takes over this server.", "Vernauw ze tot wat je handelt: zij houden een dief tegen die deze server overneemt."},
    {"limits_damaged", Severity::critical, "The stored limits are lost or were changed by somebody else than the signer. Nothing is opened; exits go on.",
     "De bewaarde limieten zijn weg of door iets anders dan de ondertekenaar gewijzigd. Er wordt niets geopend; uitstappen gaat door.",
     "Set the limits anew. If nobody touched the server's disk, find out who did.", "Stel de limieten opnieuw in. Heeft niemand van jullie aan de schijf van de server gezeten, zoek dan uit wie wel."},
    {"limits_rolled_back", Severity::critical, "The signer's store of limits is older than it was. Nothing is opened; exits go on.",
     "De opslag van de limieten is ouder dan hij was. Er wordt niets geopend; uitstappen gaat door.",
     "If you put an older copy back, look at the limits and end the freeze. If not, somebody else did: replace the key.",
     "Heb je een oudere kopie teruggezet, bekijk dan de limieten en beëindig de bevriezing. Zo niet, dan deed iemand anders het: vervang de sleutel."},
    {"vault_sealed", Severity::critical, "The vault waits for its passphrase: nothing can be signed, no exit either.", "De kluis wacht op haar wachtwoordzin: er kan niets worden ondertekend, ook geen uitstap.",
     "Open it on the server's machine.", "Open haar op de machine van de server."},
    {"secret_missing", Severity::critical, "The vault holds no key for it: nothing can be signed.", "De kluis bevat er geen sleutel voor: er kan niets worden ondertekend.",
     "Remove the connection and add it anew, or put a backup of the vault in its place.", "Verwijder de verbinding en voeg haar opnieuw toe, of zet een back-up van de kluis terug."},
    {"secret_damaged", Severity::critical, "The stored key fails its check: nothing can be signed with it.", "De bewaarde sleutel doorstaat zijn controle niet: er kan niets mee worden ondertekend.",
     "Replace the key (enter it again), or put a backup of the vault in its place.", "Vervang de sleutel (voer hem opnieuw in), of zet een back-up van de kluis terug."},
    {"keys_without_connection", Severity::warning, "The vault holds keys of connections that the database does not know: {0}.", "De kluis bevat sleutels van verbindingen die de database niet kent: {0}.",
     "If the database was lost, put a backup of it in its place: they still open. If not, delete the keys at the exchange.",
     "Is de database verloren gegaan, zet dan een back-up ervan terug: ze openen nog. Zo niet, verwijder de sleutels bij de exchange."},
    {"connection_damaged", Severity::critical, "Stored connections can't be read and are left aside: {0}.", "Bewaarde verbindingen zijn niet te lezen en worden overgeslagen: {0}.",
     "Put a backup of the database in its place; their keys are still in the vault. Or remove them, with their keys, and connect anew: backfuture connections remove NAME.",
     "Zet een back-up van de database terug; hun sleutels liggen nog in de kluis. Of verwijder ze, met hun sleutels, en verbind opnieuw: backfuture connections remove NAAM."},
    {"ledger_broken", Severity::critical, "The ledger of uses was changed or cut by somebody else than the signer.", "Het logboek van sleutelgebruik is door iets anders dan de ondertekenaar gewijzigd of ingekort.",
     "Look at the breaks in the ledger; compare it with the exchange's orders. If nobody touched the disk, replace your keys.",
     "Bekijk de breuken in het logboek; vergelijk het met de orders van de exchange. Heeft niemand aan de schijf gezeten, vervang dan je sleutels."},
    {"ledger_failed", Severity::critical, "The ledger of uses can't be written: nothing is opened.", "Het logboek van sleutelgebruik kan niet worden geschreven: er wordt niets geopend.",
     "Make room on the server's disk, or see to it.", "Maak ruimte op de schijf van de server, of kijk haar na."},
};

std::string fill(std::string_view words, const std::vector<std::string>& about) {
    std::string text;
    for (auto open = words.find('{'); open != std::string_view::npos; open = words.find('{')) {
        const auto index = static_cast<std::size_t>(words[open + 1] - '0');
        text += words.substr(0, open);
        if (index < about.size()) text += about[index];
        words.remove_prefix(open + 3);
    }
    return text += words;
}

std::string join(const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
    return text;
}

class Finder {
public:
    Finder(const Book& book, Instant now, Language language) : book_{book}, now_{now}, language_{language} {}

    void look_at(const Record& record);
    void look_at_shared();
    void look_at(const InstallationFacts& installation);
    void look_at_limits(const InstallationFacts& installation);
    std::vector<Finding> take() {
        std::stable_sort(found_.begin(), found_.end(), [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
        return std::move(found_);
    }

private:
    void say(std::string_view code, std::vector<const Record*> records, const std::vector<std::string>& about = {}, std::string link = {}) {
        for (const auto& row : kWords) {
            if (row.code != code) continue;
            const bool dutch = language_ == Language::nl;
            if (link.empty()) link = records.empty() ? "#/security" : "#/connections/" + records.front()->id;
            // Two degrees of one finding have one name.
            const auto name = code.ends_with("_critical") ? code.substr(0, code.size() - std::string_view{"_critical"}.size()) : code;
            auto cause = fill(dutch ? row.cause_nl : row.cause_en, about), remedy = fill(dutch ? row.remedy_nl : row.remedy_en, about);
            found_.push_back({std::string{name}, row.severity, std::move(records), std::move(cause), std::move(remedy), std::move(link)});
            return;
        }
        BF_ASSERT(false);
    }
    /// Ours, for a list that holds `like`; a word for it where it is not known.
    [[nodiscard]] std::string our_address(std::string_view like = {}) const {
        const auto& own = like.find(':') == std::string_view::npos ? book_.addresses().v4 : book_.addresses().v6;
        if (own) return own->address;
        return language_ == Language::nl ? "nog niet bekend" : "not known yet";
    }

    const Book& book_;
    Instant now_;
    Language language_;
    std::vector<Finding> found_;
};

void Finder::look_at(const Record& record) {
    using exchange::Ternary;
    const Instant now = now_;
    const auto say_one = [&](std::string_view code, const std::vector<std::string>& about = {}) { say(code, {&record}, about); };
    if (record.status == ConnectionStatus::refused) say_one(record.problem && record.problem->code == exchange::ProblemCode::transfer_enabled ? "transfer_enabled" : "withdraw_enabled");
    if (record.status == ConnectionStatus::error && record.problem) {
        const auto words = exchange::describe(*record.problem, {.exchange_name = exchange::to_string(record.exchange), .market = record.market, .language = language_});
        say_one("connection_broken", {words.title});
    }
    if (record.old_key && record.old_key->works == Ternary::yes) say_one("old_key_works");
    if (record.old_key && record.old_key->works == Ternary::unknown && !record.old_key->kept_until) say_one("old_key_unproven");
    if (record.key_change) say_one("key_changed", {tell(record.key_change->facts, language_)});
    // Of a key that is used for nothing there is nothing more to mend.
    if (!record.report || record.status == ConnectionStatus::disabled || record.status == ConnectionStatus::refused) return;
    if (!book_.egress_as_proven(record)) say_one("egress_changed", {*record.proven_from, our_address(*record.proven_from)});
    const auto expiry = expiry_of(record);
    if (expiry.at && expiry.basis == "exchange" && *expiry.at - now <= kExpiryFinding) {
        const auto days = std::max<std::int64_t>(1, (std::chrono::duration_cast<std::chrono::hours>(*expiry.at - now).count() + 23) / 24);
        say_one(days <= 3 ? "key_expires_critical" : "key_expires", {std::to_string(days)});
    }
    const auto& claims = record.report->claims;
    const bool valid = claims.key_valid.answer == Ternary::yes;
    if (valid && claims.ip_bound.answer == Ternary::no) say_one("unbound", {our_address()});
    if (valid && claims.ip_bound.answer == Ternary::unknown) say_one("not_bound", {our_address()});
    if (!record.report->more_than_needed.empty()) say_one("more_rights_than_needed", {join(record.report->more_than_needed)});
    if (claims.transfer.answer == Ternary::yes && record.accepted.internal_transfer) say_one("transfer_accepted");
    // The rest is said the same way beside the connection itself.
    for (const auto& warning : warnings_of(record, {}, now, language_))
        if (warning.code == "withdrawal_unproven" || warning.code == "key_ages_unused" || (warning.code == "unused" && !book_.is_used(record))) say_one(warning.code);
}

void Finder::look_at_shared() {
    std::map<std::pair<exchange::ExchangeId, std::string>, std::vector<const Record*>> keys, accounts;
    for (const auto* record : book_.all()) {
        if (!record->key_fingerprint.empty()) keys[{record->exchange, record->key_fingerprint}].push_back(record);
        if (!record->account_id) continue;
        accounts[{record->exchange, std::string{market::to_string(record->market)} + "/" + *record->account_id}].push_back(record);
    }
    for (auto& [key, records] : keys)
        if (records.size() > 1) say("same_key", records);
    for (auto& [account, records] : accounts) {
        const bool other_keys = std::any_of(records.begin(), records.end(), [&](const Record* one) { return one->key_fingerprint != records.front()->key_fingerprint; });
        if (other_keys) say("same_account", records);
    }
}

void Finder::look_at_limits(const InstallationFacts& installation) {
    using ports::LimitFinding;
    std::vector<const Record*> defaults;
    for (const auto* record : book_.all()) {
        const auto at = installation.limits.find(record->id);
        if (at == installation.limits.end()) continue;
        const auto says = [&](LimitFinding one) { return std::find(at->second.findings.begin(), at->second.findings.end(), one) != at->second.findings.end(); };
        if (says(LimitFinding::damaged)) say("limits_damaged", {record});
        else if (says(LimitFinding::rolled_back)) say("limits_rolled_back", {record});
        else if (says(LimitFinding::defaults) && record->status != ConnectionStatus::refused) defaults.push_back(record);
        if (at->second.raise_due) say("limits_pending", {record}, {utc_minute(*at->second.raise_due)});
    }
    if (!defaults.empty()) say("limits_default", defaults);
}

void Finder::look_at(const InstallationFacts& installation) {
    const auto account = "#/security/account";
    if (installation.owners_without_factor && !installation.owners_without_factor->empty()) say("no_second_factor", {}, {join(*installation.owners_without_factor)}, account);
    if (!installation.factors_not_counted.empty()) say("factor_not_counted", {}, {join(installation.factors_not_counted)}, account);
    if (installation.certificate_until && *installation.certificate_until - now_ < kCertificateFinding) say("certificate_expires", {}, {utc_minute(*installation.certificate_until)});
    if (installation.ever_backed_up == false) say("no_backup", {}, {}, "#/security/backup");
    if (installation.backed_up_at && now_ - *installation.backed_up_at > kBackupAge) say("backup_old", {}, {}, "#/security/backup");
    else if (installation.backup_verified == false) say("backup_unverified", {}, {}, "#/security/backup");
    if (installation.restore_unconfirmed) say("restore_unconfirmed", {}, {}, "#/security/backup");
    if (const auto& vault = installation.vault; vault && vault->sealed) {
        say("vault_sealed", {});
    } else if (vault) {
        for (const auto* record : book_.all()) {
            if (vault->missing.contains(record->id)) say("secret_missing", {record});
            if (vault->damaged.contains(record->id)) say("secret_damaged", {record});
        }
        if (vault->strangers > 0) say("keys_without_connection", {}, {std::to_string(vault->strangers)});
    }
    std::vector<std::string> unreadable;
    for (const auto& [id, name] : book_.damaged()) unreadable.push_back(name);
    if (!unreadable.empty()) say("connection_damaged", {}, {join(unreadable)});
    if (installation.ledger == InstallationFacts::Ledger::broken) say("ledger_broken", {}, {}, "#/security/ledger");
    if (installation.ledger == InstallationFacts::Ledger::failed) say("ledger_failed", {}, {}, "#/security/ledger");
    look_at_limits(installation);
}

}  // namespace

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::critical: return "critical";
        case Severity::warning: return "warning";
        case Severity::info: return "info";
    }
    return "info";
}

std::vector<Finding> findings_of(const Book& book, const InstallationFacts& installation, Instant now, Language language) {
    Finder finder{book, now, language};
    for (const auto* record : book.all()) finder.look_at(*record);
    finder.look_at_shared();
    finder.look_at(installation);
    return finder.take();
}

std::string findings_json(const std::vector<Finding>& findings, Instant now) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("at", now.ms());
    for (const auto severity : {Severity::critical, Severity::warning, Severity::info})
        out.member(to_string(severity), std::count_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.severity == severity; }));
    out.key("findings").begin_array();
    for (const auto& finding : findings) {
        out.begin_object().member("code", finding.code).member("severity", to_string(finding.severity)).key("connections").begin_array();
        for (const auto* record : finding.about) out.begin_object().member("id", record->id).member("name", record->name).end_object();
        out.end_array().member("cause", finding.cause).member("remedy", finding.remedy).member("link", finding.link).end_object();
    }
    out.end_array().end_object();
    return json;
}

}  // namespace bf::connection
