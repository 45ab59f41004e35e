#include "exchange/evidence.hpp"

#include "exchange/remark.hpp"
#include "exchange/wording.hpp"

#include <iterator>

namespace bf::exchange {
namespace {

struct Row {
    Evidence what;
    Wording words;
};

using E = Evidence;
/// {0:said} is a quotation of the exchange, or a remark of ours.
constexpr Row kRows[] = {
    {E::answered, {"{0} answered {1}", "{0} antwoordde {1}"}},
    {E::answered_status, {"{0} answered with status {1}", "{0} antwoordde met status {1}"}},
    {E::lists, {"{0} lists {1}", "{0} noemt {1}"}},
    {E::lists_not, {"{0} does not list {1}", "{0} noemt {1} niet"}},
    {E::lists_unexplained, {"{0} lists {1}, a right no documentation explains", "{0} noemt {1}, een recht dat geen documentatie uitlegt"}},
    {E::lists_no_withdrawal, {"{0} lists no right that names withdrawal", "{0} noemt geen recht dat over opnemen gaat"}},
    {E::permission, {"{0} lists permission {1}", "{0} noemt het recht {1}"}},
    {E::no_permission, {"{0} does not list permission {1}", "{0} noemt het recht {1} niet"}},
    {E::unified_only, {"{0} lists permission Unified, which trades if the account is in unified mode, but not {1}",
                       "{0} noemt het recht Unified, dat handelt als de rekening in unified-modus is, maar niet {1}"}},
    {E::no_permissions, {"{0} shows no permission list", "{0} toont geen lijst van rechten"}},
    {E::address_list, {"{0} shows an address list", "{0} toont een adressenlijst"}},
    {E::no_address_list, {"{0} shows no address list", "{0} toont geen adressenlijst"}},
    {E::empty_list_with_days, {"{0} shows an empty address list and {1} days left", "{0} toont een lege adressenlijst en nog {1} dagen"}},
    {E::empty_list_no_expiry, {"{0} shows an empty address list and no expiry", "{0} toont een lege adressenlijst en geen vervaldatum"}},
    {E::inspection_allowed, {"key inspection answered {0}: key and signature are good, the right to inspect is missing",
                             "het inzien van de sleutel gaf {0}: sleutel en handtekening zijn goed, het recht om in te zien ontbreekt"}},
    {E::inspection_refused, {"key inspection answered {0}: {1:said}", "het inzien van de sleutel gaf {0}: {1:said}"}},
    {E::outsider_refused, {"key inspection from {0}, an outsider, answered {1}: refused for its address",
                           "het inzien van de sleutel vanaf {0}, een buitenstaander, gaf {1}: geweigerd om het adres"}},
    {E::outsider_accepted, {"key inspection from {0}, an outsider, was accepted", "het inzien van de sleutel vanaf {0}, een buitenstaander, werd aanvaard"}},
    {E::outsider_accepted_by_word, {"key inspection from {0}, an outsider, was accepted; that it is not the server is its user's word",
                                    "het inzien van de sleutel vanaf {0}, een buitenstaander, werd aanvaard; dat het niet de server is, zegt de gebruiker"}},
    {E::balance_answered, {"reading the balance answered {0}", "het lezen van het saldo gaf {0}"}},
    {E::orders_answered, {"reading open orders answered {0}", "het lezen van open orders gaf {0}"}},
    {E::positions_answered, {"reading positions answered {0}", "het lezen van posities gaf {0}"}},
    {E::balance_read, {"the balance was read", "het saldo is gelezen"}},
    {E::signed_read, {"a signed read was answered", "een ondertekende vraag is beantwoord"}},
    {E::test_order_accepted, {"a test order on {0} was accepted", "een proeforder op {0} is aanvaard"}},
    {E::test_order_small, {"a test order was refused only for its size or funds ({0})", "een proeforder is alleen om omvang of saldo geweigerd ({0})"}},
    {E::test_order_answered, {"a test order answered {0}", "een proeforder gaf {0}"}},
    {E::key_dead, {"the exchange says that the key is expired, frozen or deleted", "de exchange zegt dat de sleutel verlopen, bevroren of verwijderd is"}},
    {E::untold, {"no answer told it", "geen antwoord vertelde het"}},
};

constexpr bool rows_are_in_order() {
    std::size_t at = 0;
    for (const auto& row : kRows)
        if (static_cast<std::size_t>(row.what) != at++) return false;
    return at == kEvidenceCount;
}
static_assert(rows_are_in_order(), "one row for each, in their order");

}  // namespace

std::string evidence(Evidence what, std::initializer_list<std::string_view> about) { return keep(kRows[static_cast<std::size_t>(what)].words, about); }

std::string tell_evidence(std::string_view kept, Language language) {
    Values values;
    const auto* const row = find_wording(kept, kRows, values);
    if (row == nullptr) return std::string{kept};
    return tell(row->words, values, language, [language](std::string_view value, std::string_view) { return retell_inside(value, language); });
}

}  // namespace bf::exchange
