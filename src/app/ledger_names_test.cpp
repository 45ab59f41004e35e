#include "app/ledger_names.hpp"

#include "exchange/call.hpp"
#include "signer/protocol.hpp"

#include <doctest/doctest.h>

using namespace bf;
using app::name_of_result;
using app::name_of_use;
using exchange::Language;

TEST_CASE("every call and every refusal of the signer has a name in both languages, and a newer code is told by its own words") {
    for (auto i = 0; i <= static_cast<int>(exchange::Operation::fee_rates); ++i) {
        const auto code = exchange::to_string(static_cast<exchange::Operation>(i));
        CAPTURE(code);
        for (const auto language : {Language::en, Language::nl}) CHECK(name_of_use(code, language) != name_of_use(std::string{code} + "_newer", language));
        CHECK(name_of_use(code, Language::en).front() != code.front());
    }
    for (auto i = 0; i <= static_cast<int>(signer::Refusal::step_up); ++i) {
        const auto code = signer::to_string(static_cast<signer::Refusal>(i));
        CAPTURE(code);
        CHECK(name_of_result(code, Language::en) != name_of_result(code, Language::nl));
    }
    CHECK(name_of_use("something_newer", Language::nl) == "something newer");
    CHECK(app::name_of_purpose("add_on", Language::nl) == "bijkoop");
}
