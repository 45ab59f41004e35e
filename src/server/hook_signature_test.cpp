#include "server/hook_signature.hpp"

#include <doctest/doctest.h>
#include <string>

using bf::server::hook_signature_fits;

// Made with Python's hmac module.
TEST_CASE("a signal's signature is over its time and the whole body, with the token as key") {
    const std::string body = R"({"time":1765432100000,"strategy":"s","pair":"ETH/USDT","direction":"long","kind":"entry"})";
    const std::string code = "c99ea1e9880bb9b31f01e137c2f55ed1c1c2a619b3bf7bb52b01a285cfcbe3df";
    CHECK(hook_signature_fits("abcDEF123", body, code));
    CHECK(hook_signature_fits("abcDEF123", body, "C99EA1E9880BB9B31F01E137C2F55ED1C1C2A619B3BF7BB52B01A285CFCBE3DF"));
    const std::string in_iso = R"({"time":"2025-12-11T05:48:20Z","strategy":"s","pair":"ETH/USDT","direction":"long","kind":"entry"})";
    CHECK(hook_signature_fits("abcDEF123", in_iso, "f35757ef4ac335b4c4fb746ab18e5637d390da8996177c8242dd5646525cccd8"));

    CHECK_FALSE(hook_signature_fits("abcDEF124", body, code));
    CHECK_FALSE(hook_signature_fits("abcDEF123", body + " ", code));
    CHECK_FALSE(hook_signature_fits("abcDEF123", in_iso, code));
    for (const char* wrong : {"", "x", "c99ea1e9", "sha256=c99ea1e9880bb9b31f01e137c2f55ed1c1c2a619b3bf7bb52b01a285cfcbe3df"}) CHECK_FALSE(hook_signature_fits("abcDEF123", body, wrong));
    for (const char* none : {"", "[]", "{}", "text", R"({"time":null})"}) CHECK_FALSE(hook_signature_fits("abcDEF123", none, code));
}
