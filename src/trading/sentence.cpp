// The one table of what users read about a decision, in every language of the product. {actual} and {limit} are the verdict's figures,
// {pair} and {direction} the signal's, {trading} what that direction does first, {need} what the order would commit.
#include "trading/sentence.hpp"

#include "exchange/spoken.hpp"
#include "trading/ladder.hpp"

#include <algorithm>

namespace bf::trading {
namespace {

struct Row {
    Code code;
    std::string_view en;
    std::string_view nl;
};

struct Spoken {
    std::string_view written;
    std::string_view en;
    std::string_view nl;
};

constexpr Row kRows[] = {
    {Code::signal_unauthentic, "the token in the signal's body is not one of this strategy's.", "het token in de tekst van het signaal hoort niet bij deze strategie."},
    {Code::signal_malformed, "the signal can't be read: {actual}.", "het signaal is onleesbaar: {actual}."},
    {Code::signal_duplicate, "this signal was received before.", "dit signaal is al eerder ontvangen."},
    {Code::signal_expired, "the signal is {actual} s old; at most {limit} s is allowed, and no more than 30 s in the future.", "het signaal is {actual} s oud; hoogstens {limit} s is toegestaan, en niet meer dan 30 s in de toekomst."},
    {Code::strategy_unknown, "the signal names the strategy '{actual}', which is not this one ('{limit}').", "het signaal noemt de strategie '{actual}', en dat is niet deze ('{limit}')."},
    {Code::pair_not_enabled, "{actual} is not among the strategy's pairs.", "{actual} staat niet bij de paren van de strategie."},
    {Code::no_open_group, "there is no open {direction} group of {pair}.", "er is geen open {direction}-groep van {pair}."},
    {Code::trading_held, "this installation was restored from a backup: nothing is traded until its owner confirms the restored state (page Security, Backup).",
     "deze installatie is uit een back-up hersteld: er wordt niets verhandeld tot de eigenaar de herstelde toestand bevestigt (pagina Beveiliging, Back-up)."},
    {Code::strategy_disabled, "the strategy is switched off.", "de strategie staat uit."},
    {Code::mode_no_entries, "the operator's mode is {actual}: nothing is opened or added.", "de bedrijfsstand is {actual}: er wordt niets geopend of bijgekocht."},
    {Code::disk_low, "the disk of the data folder is nearly full: what room is left is kept for exits.", "de schijf van de gegevensmap is bijna vol: de ruimte die er nog is blijft voor exits."},
    {Code::connection_not_ready, "the connection's status is {actual}; it must be connected and its test passed.", "de status van de verbinding is {actual}; zij moet verbonden zijn met een geslaagde test."},
    {Code::connection_frozen, "the connection is frozen.", "de verbinding is bevroren."},
    {Code::exchange_unavailable, "the exchange does not answer at the moment.", "de exchange antwoordt op dit moment niet."},
    {Code::connection_proof_stale, "the connection's rights were last proven {actual} s ago; at most {limit} s is allowed; a test is due.", "de rechten van de verbinding zijn {actual} s geleden voor het laatst bewezen; hoogstens {limit} s is toegestaan; een test is nodig."},
    {Code::invalid_key, "the exchange refuses the API key.", "de exchange weigert de API-sleutel."},
    {Code::no_trade_permission, "the key may not read and trade on spot.", "de sleutel mag op spot niet lezen en handelen."},
    {Code::futures_not_permitted, "the key may not read and trade futures.", "de sleutel mag geen futures lezen en verhandelen."},
    {Code::withdraw_enabled, "the key can withdraw money: no entries are made with it. Exits stay possible.", "met de sleutel kan geld worden opgenomen: er wordt niet mee ingestapt. Uitstappen blijft mogelijk."},
    {Code::withdraw_unconfirmed, "the exchange does not tell whether the key can withdraw, and nobody confirmed that it can't.", "de exchange vertelt niet of de sleutel kan opnemen, en niemand heeft bevestigd dat dat niet kan."},
    {Code::transfer_enabled, "the key can move money between accounts and this was not accepted.", "de sleutel kan geld tussen rekeningen verplaatsen en dat is niet aanvaard."},
    {Code::ip_not_allowed, "the exchange does not accept this server's address.", "de exchange aanvaardt het adres van deze server niet."},
    {Code::egress_changed, "this server's address is not the one the connection was proven with.", "het adres van deze server is niet dat waarmee de verbinding is bewezen."},
    {Code::key_expires_soon, "the key expires too soon for a new entry.", "de sleutel verloopt te snel voor een nieuwe instap."},
    {Code::settings_invalid, "the strategy's setting {limit}.", "een instelling van de strategie klopt niet: {limit}."},
    {Code::instrument_halted, "{pair} can't be traded at the moment.", "{pair} is op dit moment niet verhandelbaar."},
    {Code::price_stale, "the price was last confirmed {actual} s ago; at most {limit} s is allowed.", "de prijs is {actual} s geleden voor het laatst bevestigd; hoogstens {limit} s is toegestaan."},
    {Code::spread_too_wide, "spread or slippage is {actual} %; at most {limit} % is allowed.", "spread of slippage is {actual} %; hoogstens {limit} % is toegestaan."},
    {Code::group_of_other_strategy, "the open group of {pair} belongs to another strategy.", "de open groep van {pair} hoort bij een andere strategie."},
    {Code::opposite_group_open, "a group of {pair} in the other direction is open; closing it now would leave {actual}.", "er is een groep van {pair} in de andere richting open; nu sluiten zou {actual} opleveren."},
    {Code::order_in_flight, "an order of the group is under way.", "er is een order van de groep onderweg."},
    {Code::group_desync, "the group does not agree with the exchange until the difference is adopted or ignored.", "de groep klopt niet met de exchange tot het verschil is overgenomen of genegeerd."},
    {Code::addon_off, "add-ons are switched off.", "bijkopen staat uit."},
    {Code::addon_out_of_zone, "{actual} is in no add-on zone of {pair}; the zone's edge is at {limit}.", "{actual} ligt in geen bijkoopzone van {pair}; de rand van de zone ligt op {limit}."},
    {Code::addon_zone_used, "zone {actual} is used already; the deepest zone used is {limit}.", "zone {actual} is al gebruikt; de diepste gebruikte zone is {limit}."},
    {Code::group_already_open, "a group of {pair} is open, and entry signals don't add to it.", "er is een groep van {pair} open, en instapsignalen kopen daar niet bij."},
    {Code::market_falling, "the last closed candle went against the group ({limit} to {actual}).", "de laatste gesloten candle ging tegen de groep in ({limit} naar {actual})."},
    {Code::group_in_recovery, "the group of {pair} is in Recovery Mode, and its gate did not open.", "de groep van {pair} is in Recovery Mode, en de poort daarvan ging niet open."},
    {Code::recovery_addon_off, "add-ons in Recovery Mode are not made on signals.", "in Recovery Mode wordt niet op signalen bijgekocht."},
    {Code::recovery_addon_limit, "{actual} of {limit} add-ons in Recovery Mode are used.", "{actual} van {limit} bijkopen in Recovery Mode zijn gebruikt."},
    {Code::recovery_out_of_zone, "{actual} is not far enough beyond the deepest fill; Recovery Mode adds from {limit} on.", "{actual} is niet ver genoeg voorbij de diepste instap; Recovery Mode koopt bij vanaf {limit}."},
    {Code::direction_not_allowed, "the strategy does not trade {actual}.", "de strategie handelt geen {actual}."},
    {Code::short_not_supported, "there is no short on spot.", "op spot bestaat geen short."},
    {Code::brake_active, "the drawdown brake is on: no entries until equity has recovered.", "de drawdown-rem staat aan: geen instap tot het vermogen hersteld is."},
    {Code::addon_limit_reached, "{actual} of {limit} add-ons are used.", "{actual} van {limit} bijkopen zijn gebruikt."},
    {Code::addon_cooldown, "the last entry was {actual} s ago; {limit} s must pass.", "de laatste instap was {actual} s geleden; er moet {limit} s voorbijgaan."},
    {Code::addon_worsens_average, "{trading} here would worsen the break-even ({actual} %).", "hier {trading} zou het break-evenpunt verslechteren ({actual} %)."},
    {Code::addon_improvement_too_small, "the break-even would improve by {actual} %; at least {limit} % is required.", "het break-evenpunt zou {actual} % verbeteren; minstens {limit} % is vereist."},
    {Code::too_many_groups, "{actual} groups are open on the connection; {limit} are allowed.", "er zijn {actual} groepen open op de verbinding; {limit} zijn toegestaan."},
    {Code::pair_cooldown, "the last group of {pair} closed {actual} s ago; {limit} s must pass.", "de laatste groep van {pair} sloot {actual} s geleden; er moet {limit} s voorbijgaan."},
    {Code::order_below_minimum, "the order comes to {actual}; the exchange takes at least {limit}, also when it is sold again.", "de order komt uit op {actual}; de exchange neemt minstens {limit}, ook bij het weer verkopen."},
    {Code::order_above_maximum, "the order comes to {actual}, which is above what the exchange takes ({limit}).", "de order komt uit op {actual}, meer dan de exchange aanneemt ({limit})."},
    {Code::margin_group_exceeded, "the group would use {actual} of its limit of {limit} (this order: {need}).", "de groep zou {actual} van haar limiet van {limit} gebruiken (deze order: {need})."},
    {Code::margin_strategy_exceeded, "the strategy would use {actual} of its limit of {limit} (this order: {need}).", "de strategie zou {actual} van haar limiet van {limit} gebruiken (deze order: {need})."},
    {Code::margin_total_exceeded, "the connection would use {actual} of its limit of {limit} (this order: {need}).", "de verbinding zou {actual} van haar limiet van {limit} gebruiken (deze order: {need})."},
    {Code::capital_reserved, "the whole ladder needs {actual}, and {limit} is there beside what open groups have reserved.", "de hele ladder vraagt {actual}, en naast wat open groepen hebben gereserveerd is er {limit}."},
    {Code::balance_insufficient, "{actual} is free; the order needs {limit}.", "{actual} is vrij; de order vraagt {limit}."},
    {Code::leverage_mismatch, "leverage or mode at the exchange is {actual}, or no more than that is taken at this size; the strategy needs {limit}.", "hefboom of modus bij de exchange is {actual}, of meer wordt bij deze omvang niet aangenomen; de strategie vraagt {limit}."},
    {Code::liquidation_too_close, "liquidation would be {actual} % away; at least {limit} % is required.", "liquidatie zou op {actual} % afstand liggen; minstens {limit} % is vereist."},
    {Code::policy_denied, "the signer's policy does not allow this order.", "het beleid van de ondertekenaar staat deze order niet toe."},
    {Code::exit_at_loss, "closing now would leave {actual}, and exits at a loss are off.", "nu sluiten zou {actual} opleveren, en sluiten met verlies staat uit."},
    {Code::hard_stop, "the hard stop was reached.", "de harde stop is bereikt."},
    {Code::liquidation_guard, "the price came too near to the liquidation price.", "de prijs kwam te dicht bij de liquidatieprijs."},
    {Code::ladder_liquidates_early, "with some add-ons blocked the ladder would be liquidated at {actual} (buffer included), before its end at {limit}.", "als sommige bijkopen geblokkeerd zijn, zou de ladder bij {actual} (met buffer) geliquideerd worden, vóór haar einde bij {limit}."},
    {Code::ladder_exceeds_limit, "the whole ladder with its recovery reserve needs {actual}; the limit is {limit}.", "de hele ladder met haar herstelreserve vraagt {actual}; de limiet is {limit}."},
    {Code::ladder_below_minimum, "an order of the ladder comes to {actual}; the exchange takes at least {limit}.", "een order van de ladder komt uit op {actual}; de exchange neemt minstens {limit}."},
    {Code::pro_same_account, "the PRO connection is the same exchange account as the main one; two groups could not be kept apart there.", "de PRO-verbinding is dezelfde rekening als de hoofdverbinding; twee groepen zijn daar niet uit elkaar te houden."},
    {Code::order_unknown, "what became of the order is not known yet; the exchange is being asked.", "wat er van de order is geworden is nog niet bekend; het wordt bij de exchange nagevraagd."},
    {Code::order_rejected, "the exchange refused the order.", "de exchange weigerde de order."},
};
static_assert(std::size(kRows) == static_cast<std::size_t>(kCodeCount));

constexpr bool in_order() {
    for (std::size_t i = 0; i < std::size(kRows); ++i)
        if (static_cast<std::size_t>(kRows[i].code) != i) return false;
    return true;
}
static_assert(in_order());

constexpr const Row& row_of(Code code) { return kRows[static_cast<std::size_t>(code)]; }
const Row& row(Code code) { return row_of(code); }

// What the same check says of another fact.
constexpr Row kFromTheFuture{Code::signal_expired, "the signal's time is {actual} s in the future; at most 30 s is allowed.", "de tijd van het signaal ligt {actual} s in de toekomst; hoogstens 30 s is toegestaan."};
constexpr Row kNeverProven{Code::connection_proof_stale, "the connection's rights were never proven; a test is due.", "de rechten van de verbinding zijn nooit bewezen; een test is nodig."};
constexpr Row kRightUnknown{Code::connection_proof_stale, "a right that is needed is unknown; a test is due.", "een recht dat nodig is, is onbekend; een test is nodig."};

constexpr Row kNotSet{Code::leverage_mismatch, "leverage or margin mode could not be read or set at the exchange: {actual}.", "hefboom of margin-modus was bij de exchange niet te lezen of in te stellen: {actual}."};

/// Which of the signer's limits stands against an order, in the order of UseRule.
constexpr Row kUseRows[] = {
    row_of(Code::policy_denied),
    {Code::policy_denied, "the connection's limits are lost or older than they were: nothing is opened until a person sets or confirms them.", "de limieten van de verbinding zijn verloren of ouder dan ze waren: er wordt niets geopend tot iemand ze instelt of bevestigt."},
    {Code::policy_denied, "the connection's limits allow no orders that open or add.", "de limieten van de verbinding staan geen orders toe die openen of bijkopen."},
    {Code::policy_denied, "the connection's limits are for the other market than that of {actual}.", "de limieten van de verbinding zijn voor de andere markt dan die van {actual}."},
    {Code::policy_denied, "{actual} is not among the pairs of the connection's limits.", "{actual} staat niet bij de paren van de limieten van de verbinding."},
    {Code::policy_denied, "the connection's limits have no amounts in the money that {actual} is priced in.", "de limieten van de verbinding noemen geen bedragen in het geld waarin {actual} geprijsd is."},
    {Code::policy_denied, "the leverage of {actual} is more than the connection's limit of {limit}.", "de hefboom van {actual} is meer dan de limiet van de verbinding van {limit}."},
    {Code::policy_denied, "the order's value of {actual} is more than the connection's limit of {limit}.", "de waarde van de order van {actual} is meer dan de limiet van de verbinding van {limit}."},
    {Code::policy_denied, "the order's limit price of {actual} is further from the price now than the connection's limits allow ({limit}).", "de limietprijs van de order van {actual} ligt verder van de prijs van nu dan de limieten van de verbinding toestaan ({limit})."},
    {Code::policy_denied, "the order's value of {actual} is more than what is left of the connection's limit for an hour ({limit}).", "de waarde van de order van {actual} is meer dan wat er over is van de limiet van de verbinding voor een uur ({limit})."},
    {Code::policy_denied, "the order's value of {actual} is more than what is left of the connection's limit for a day ({limit}).", "de waarde van de order van {actual} is meer dan wat er over is van de limiet van de verbinding voor een dag ({limit})."},
    {Code::policy_denied, "the order's value of {actual} is more than what is left of the connection's limit for what is open ({limit}).", "de waarde van de order van {actual} is meer dan wat er over is van de limiet van de verbinding voor wat openstaat ({limit})."},
};
static_assert(std::size(kUseRows) == static_cast<std::size_t>(UseRule::exposure) + 1);

const Row& row(const Verdict& verdict) {
    const Figure& actual = verdict.actual;
    if (verdict.code == Code::policy_denied) return kUseRows[static_cast<std::size_t>(verdict.rule)];
    if (verdict.code == Code::signal_expired && actual.kind == Figure::Kind::number && actual.number < 0) return kFromTheFuture;
    if (verdict.code == Code::connection_proof_stale && actual.kind == Figure::Kind::word) return actual.word == "never" ? kNeverProven : kRightUnknown;
    if (verdict.code == Code::leverage_mismatch && actual.kind == Figure::Kind::said) return kNotSet;
    return row(verdict.code);
}

/// Words of the rules, as they are said. What is not listed is said as it is written.
constexpr Spoken kSpoken[] = {
    {"no_new_groups", "'no new groups'", "'geen nieuwe groepen'"}, {"exit_only", "'exit only'", "'alleen uitstappen'"}, {"close_now", "'close now'", "'nu sluiten'"},
    {"draft", "draft", "concept"}, {"testing", "testing", "'wordt getest'"}, {"degraded", "degraded", "verminderd"}, {"error", "error", "'fout'"},
    {"refused", "refused", "geweigerd"}, {"disabled", "disabled", "uitgeschakeld"}, {"one_way", "one-way", "one-way"},
};

std::string said(std::string_view word, Language language) {
    for (const auto& one : kSpoken)
        if (one.written == word) return std::string{language == Language::nl ? one.nl : one.en};
    return std::string{word};
}

/// For people: at most eight fraction digits.
std::string plain(const Number& number, Language language) {
    if (!number.known()) return language == Language::nl ? "meer dan telbaar is" : "more than can be counted";
    const auto cut = Decimal::parse(number.value().to_fixed(8, Rounding::towards_zero));
    return exchange::spoken(cut ? cut->to_string() : number.value().to_string(), language);
}

std::string plain(const Figure& figure, Language language) {
    switch (figure.kind) {
        case Figure::Kind::none: return "-";
        case Figure::Kind::word: return said(figure.word, language);
        case Figure::Kind::fault: return sentence_with_field(*figure.fault, language);
        case Figure::Kind::number: return plain(figure.number, language);
        case Figure::Kind::said: return language == Language::nl ? figure.said->nl : figure.said->en;
    }
    return {};
}

struct Filling {
    std::string_view name;
    std::string text;
};

std::string fill_in(std::string_view text, std::initializer_list<Filling> fillings) {
    std::string out;
    while (!text.empty()) {
        const auto open = text.find('{');
        out += text.substr(0, open);
        if (open == std::string_view::npos) break;
        const auto close = text.find('}', open);
        const auto name = text.substr(open + 1, close - open - 1);
        for (const auto& filling : fillings)
            if (filling.name == name) out += filling.text;
        text.remove_prefix(close + 1);
    }
    return out;
}

std::string done(const Decision& decision, const Signal& signal, Language language) {
    const bool nl = language == Language::nl;
    if (!decision.order) return nl ? "Uitgevoerd." : "Done.";
    const auto& order = *decision.order;
    const bool buys = order.side == market::Side::buy;
    std::string_view text;
    if (decision.outcome == Outcome::closed)
        text = nl ? "Gesloten: {verb} {quantity} van {pair} tegen marktprijs." : "Closed: {verb} {quantity} of {pair} at market.";
    else if (decision.outcome == Outcome::opened)
        text = nl ? "Geopend{via}: {verb} {quantity} van {pair} {bound} {price}; break-even wordt {break_even}, de uitstap ligt op {exit}."
                  : "Opened{via}: {verb} {quantity} of {pair} {bound} {price}; break-even becomes {break_even}, the exit rests at {exit}.";
    else if (decision.is_recovery_add_on)
        text = nl ? "Bijgekocht in Recovery Mode: {verb} {quantity} van {pair} {bound} {price}; break-even wordt {break_even}, de uitstap ligt op {exit}."
                  : "Added in Recovery Mode: {verb} {quantity} of {pair} {bound} {price}; break-even becomes {break_even}, the exit rests at {exit}.";
    else
        text = nl ? "Bijgekocht in zone {zone}: {verb} {quantity} van {pair} {bound} {price}; break-even wordt {break_even}, de uitstap ligt op {exit}."
                  : "Added in zone {zone}: {verb} {quantity} of {pair} {bound} {price}; break-even becomes {break_even}, the exit rests at {exit}.";
    const GroupFigures after = decision.after.value_or(GroupFigures{});
    // The first price at which an order can be that loses nothing.
    const auto direction = buys ? Direction::long_side : Direction::short_side;
    const Number even = after.price_step.is_positive() ? exit_tick(direction, after.break_even, after.price_step) : after.break_even;
    const std::string bound = nl ? (buys ? "tot" : "vanaf") : (buys ? "up to" : "down to");
    const std::string verb = nl ? (buys ? "koopt" : "verkoopt") : (buys ? "buys" : "sells");
    const std::string via = decision.via == Via::pro ? (nl ? " via de PRO-verbinding" : " on the PRO connection") : "";
    return fill_in(text, {{"verb", verb}, {"quantity", exchange::spoken(order.quantity.to_string(), language)}, {"pair", signal.pair},
                          {"bound", bound}, {"price", exchange::spoken(order.price.to_string(), language)}, {"via", via},
                          {"zone", std::to_string(decision.used_zone)}, {"break_even", plain(even, language)}, {"exit", plain(after.exit_price, language)}});
}

}  // namespace

std::string sentence(const Verdict& verdict, const Decision& decision, const Signal& signal, Language language) {
    const Row& words = row(verdict);
    const bool nl = language == Language::nl, buys = signal.direction == Direction::long_side;
    const std::string trading = nl ? (buys ? "kopen" : "verkopen") : (buys ? "buying" : "selling");
    auto actual = plain(verdict.actual, language);
    if (&words == &kFromTheFuture) actual.erase(0, 1);  // Its minus sign.
    return fill_in(nl ? words.nl : words.en,
                   {{"actual", actual}, {"trading", trading}, {"limit", plain(verdict.limit, language)}, {"pair", signal.pair},
                    {"direction", std::string{market::to_string(signal.direction)}}, {"need", plain(decision.order_margin, language)}});
}

std::string sentence(const Decision& decision, const Signal& signal, Language language) {
    if (!decision.primary) return done(decision, signal, language);
    const bool nl = language == Language::nl;
    std::string out = decision.outcome == Outcome::blocked ? (nl ? "Geblokkeerd: " : "Blocked: ") : (nl ? "Wacht: " : "Waiting: ");
    const auto* primary = decision.find(*decision.primary);
    out += primary != nullptr ? sentence(*primary, decision, signal, language) : std::string{to_string(*decision.primary)};
    // The next failure says most about a gate; more than two are listed, not told.
    std::size_t more = 0;
    const Verdict* second = nullptr;
    for (const auto& verdict : decision.verdicts()) {
        if (verdict.stop == Stop::none || verdict.code == *decision.primary) continue;
        if (second == nullptr) second = &verdict;
        ++more;
    }
    if (second == nullptr) return out;
    out += (nl ? " Ook: " : " Also: ") + sentence(*second, decision, signal, language);
    if (more == 2) out += nl ? " Nog één controle faalde." : " One more check failed.";
    if (more > 2) out += nl ? " Nog " + std::to_string(more - 1) + " controles faalden." : " " + std::to_string(more - 1) + " more checks failed.";
    return out;
}

std::string sentence(const LadderProblem& problem, Language language) {
    const Row& words = row(problem.code);
    return fill_in(language == Language::nl ? words.nl : words.en, {{"actual", plain(problem.actual, language)}, {"limit", plain(problem.limit, language)}});
}

}  // namespace bf::trading
