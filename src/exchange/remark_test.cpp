#include "exchange/evidence.hpp"
#include "exchange/remark.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::exchange;

TEST_CASE("every remark is found again by its English sentence, with its values") {
    for (std::size_t i = 0; i < kRemarkCount; ++i) {
        const auto kept = say(static_cast<Remark>(i), {"1.25", "2.5", "3.75"});
        CAPTURE(kept);
        REQUIRE(is_remark(kept));
        CHECK(retell(kept, Language::en) == kept);
        const auto dutch = retell(kept, Language::nl);
        CHECK(dutch != kept);
        CHECK_FALSE(dutch.starts_with("“"));
        for (const char* digit : {"1", "2", "3"}) {
            const auto point = std::string{digit} + ".", comma = std::string{digit} + ",";
            const auto held = [&](const std::string& text) { return text.find(point) != std::string::npos || text.find(comma) != std::string::npos; };
            CHECK(held(kept) == held(dutch));
        }
    }
}

TEST_CASE("what we say is told in the reader's language, what others said is a quotation") {
    struct Row { const char* why; std::string kept; const char *en, *nl; };
    const Row rows[] = {
        {"a plain one", say(Remark::frozen_entries), "the connection is frozen: nothing is opened or added to", "de verbinding is bevroren: er wordt niets geopend of bijgekocht"},
        {"numbers", say(Remark::price_off, {"61000.5", "2.5", "60000"}), "the price of 61000.5 is more than 2.5 % from 60000, which follows the market by 2 % a minute",
         "de prijs van 61000,5 ligt meer dan 2,5 % van 60000 af, en die volgt de markt met 2 % per minuut"},
        {"the rarer of two that fit", say(Remark::entries_not_allowed), "the connection's limits allow no orders that open or add",
         "de limieten van de verbinding staan geen orders toe die openen of bijkopen"},
        {"what the system said inside it", say(Remark::not_reached, {"api.example.com", "connection refused"}), "api.example.com could not be reached: connection refused",
         "api.example.com was niet te bereiken: “connection refused”"},
        {"one inside another", say(Remark::ledger_broken, {say(Remark::segment_missing, {"3"})}),
         "the ledger of uses is broken (segment 3 is missing): nothing is opened until you have looked at it and accepted it; exits go on",
         "het logboek van sleutelgebruik is beschadigd (segment 3 ontbreekt): er wordt niets geopend tot je het bekeken en aanvaard hebt; uitstappen gaat door"},
        {"an exchange's own", "Account suspended", "“Account suspended”", "“Account suspended”"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(clause(row.kept, Language::en) == row.en);
        CHECK(clause(row.kept, Language::nl) == row.nl);
    }
    CHECK_FALSE(is_remark(""));
}

TEST_CASE("evidence is told in the reader's language; names of calls and rights stay as the exchange has them") {
    for (std::size_t i = 0; i < kEvidenceCount; ++i) {
        const auto kept = evidence(static_cast<Evidence>(i), {"GET /x", "SPOT"});
        CAPTURE(kept);
        CHECK(tell_evidence(kept, Language::en) == kept);
        CHECK(tell_evidence(kept, Language::nl) != kept);
    }
    CHECK(tell_evidence(evidence(Evidence::lists_not, {"GET /api/v3/apiKeyInfo", "SPOT_DEAL_WRITE"}), Language::nl) == "GET /api/v3/apiKeyInfo noemt SPOT_DEAL_WRITE niet");
    CHECK(tell_evidence("GET /api/v1/user/api-key lists permission Transfer", Language::nl) == "GET /api/v1/user/api-key noemt het recht Transfer");
    CHECK(tell_evidence("something an older version wrote", Language::nl) == "something an older version wrote");
}
