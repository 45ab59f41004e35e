#include "server/api_replies.hpp"
#include "server/refusal_words.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::server;
using exchange::Language;

TEST_CASE("a refusal is told in the reader's language, with the names and numbers in it") {
    struct Row { const char* why; std::string code, english, dutch; };
    const Row rows[] = {
        {"plain", "not_found", "There is no such sweep.", "Die sweep is er niet meer."},
        {"a name in it", "name_taken", "There is a connection \"Main, line 2\" already: names are unique.", "Er is al een verbinding \"Main, line 2\": namen zijn uniek."},
        {"groups that are named", "groups_open",
         "Groups are open on this connection, and without its key nothing can be asked or done for them any more: 3 (ETH/USDT long, 0.1 ETH). Close them first, or replace the key instead. Or name them all in \"leaving\": what they "
         "hold, and the orders that rest for them, then stays at the exchange.",
         "Er staan groepen open op deze verbinding, en zonder sleutel kan daar niets meer voor worden gevraagd of gedaan: 3 (ETH/USDT long, 0.1 ETH). Sluit ze eerst, of vervang de sleutel. Of noem ze allemaal in \"leaving\": wat ze "
         "hebben, en de orders die voor hen openstaan, blijft dan op de exchange."},
        {"a line of a file", "", "eth.csv, line 3: the high 1.5 is below the low 2.5.", "eth.csv, regel 3: de hoogste koers 1,5 ligt onder de laagste 2,5."},
        {"recorded funding", "not_accepted", "The recorded funding, line 2: '8,5' is no rate: a plain decimal number like 0.0001, which is 0.01 %.",
         "De opgenomen funding, regel 2: '8,5' is geen tarief: een gewoon decimaal getal met een punt, zoals 0.0001 (dat is 0,01 %)."},
        {"a sweep's range", "not_accepted", "add_on.max is empty: it goes from 3 to 1.5.", "add_on.max is leeg: het loopt van 3 tot 1,5."},
        {"what a sweep ended with", "", "The candles of this period, or how they are read, are others than when the sweep began: its rows would not fit together. Start it anew.",
         "De candles van deze periode, of hoe ze worden gelezen, zijn anders dan toen de sweep begon: de rijen zouden niet bij elkaar passen. Begin haar opnieuw."},
        {"counts", "not_accepted", "ranges would be 8,991,000 variants; at most 200,000 are run: take wider steps, or \"search\":\"random\".",
         "ranges zou 8.991.000 varianten geven; hoogstens 200.000 worden uitgevoerd: neem grotere stappen, of zoek willekeurig."},
        {"the signer's, which begins small", "conflict", "the account has that passkey already", "Het account heeft die passkey al."},
        {"a remark", "policy", "the connection is frozen: nothing is opened or added to", "de verbinding is bevroren: er wordt niets geopend of bijgekocht"},
        {"by its code", "wrong_password", "The password is wrong.", "Het wachtwoord is fout."},
        {"a database in use", "database_locked", "The database is in use by another program: nothing was kept. Close that program and try again.", "Een ander programma gebruikt de database: er is niets bewaard. Sluit dat programma en probeer het opnieuw."},
        {"already told", "SETTINGS_INVALID", "moet meer zijn dan 0", "moet meer zijn dan 0"},
        {"nobody knows it", "strange", "Something new.", "Something new."},
        {"nothing was said", "not_found", "", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(retell_refusal(row.english, row.code, Language::nl) == row.dutch);
        CHECK(retell_refusal(row.english, row.code, Language::en) == row.english);
    }
}

TEST_CASE("of a problem's body only the sentence changes, whatever stands in it and behind it") {
    auto body = problem_reply(409, "name_taken", "Conflict", "There is a connection \"\\Main\"\" already: names are unique.", "name").body;
    body.insert(body.size() - 1, ",\"groups\":[{\"detail\":\"There is no such sweep.\"}]");
    const auto told = retell_problem(body, Language::nl);
    const auto json = wire::Json::parse(told);
    REQUIRE(json.has_value());
    CHECK((*json)["detail"].text() == "Er is al een verbinding \"\\Main\"\": namen zijn uniek.");
    CHECK((*json)["code"].text() == "name_taken");
    CHECK((*json)["field"].text() == "name");
    CHECK((*json)["groups"].at(0)["detail"].text() == "There is no such sweep.");
    CHECK(retell_problem(body, Language::en) == body);
    for (const char* other : {"", "not JSON", "[]", "{}", R"({"detail":1,"code":"x"})"}) CHECK(retell_problem(other, Language::nl) == other);
}
