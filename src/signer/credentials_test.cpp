#include "signer/credentials.hpp"

#include "signer/fingerprint.hpp"
#include "signer/sealing.hpp"
#include "support/credentials.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace bf;
using namespace bf::signer;

namespace {

Result<exchange::CredentialFields> parse(std::string_view json) { return parse_credentials(crypto::Secret::take(std::string{json})); }

}  // namespace

TEST_CASE("credentials are read from exactly one JSON object") {
    struct Row { std::string why; std::string json; std::string expected; };  // Empty: refused.
    const Row rows[] = {
        {"plain", R"({"key":"k","secret":"s"})", "k/s"},
        {"any order, white space", " \t{ \"secret\" : \"s\" ,\r\n \"passphrase\":\"p\", \"key\":\"k\" }\n", "k/s/p"},
        {"null passphrase is none", R"({"key":"k","secret":"s","passphrase":null})", "k/s"},
        {"empty values pass on to the shape check", R"({"key":"","secret":"","passphrase":""})", "///" + std::string{}},
        {"escapes", R"({"key":"a\"\\\/b","secret":"\n\t\r\b\f","passphrase":"\u0041\u00e9\u20ac\ud83d\ude00"})", "a\"\\/b/\n\t\r\b\f/A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"UTF-8", "{\"key\":\"k\",\"secret\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}", "k/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"escaped names are names", R"({"\u006bey":"k","secret":"s"})", "k/s"},
        {"nothing", "", ""},
        {"empty object", "{}", ""},
        {"no secret", R"({"key":"k"})", ""},
        {"no key", R"({"secret":"s"})", ""},
        {"another member", R"({"key":"k","secret":"s","note":"n"})", ""},
        {"twice", R"({"key":"k","secret":"s","key":"l"})", ""},
        {"null twice", R"({"key":"k","secret":"s","passphrase":null,"passphrase":"p"})", ""},
        {"null key", R"({"key":null,"secret":"s"})", ""},
        {"number", R"({"key":1,"secret":"s"})", ""},
        {"list", R"(["k","s"])", ""},
        {"something behind", R"({"key":"k","secret":"s"} x)", ""},
        {"two objects", R"({"key":"k","secret":"s"}{})", ""},
        {"comma at the end", R"({"key":"k","secret":"s",})", ""},
        {"single quotes", R"({'key':'k','secret':'s'})", ""},
        {"line break inside", "{\"key\":\"k\n\",\"secret\":\"s\"}", ""},
        {"zero byte inside", std::string("{\"key\":\"k\0\",\"secret\":\"s\"}", 26), ""},
        {"unknown escape", R"({"key":"\x","secret":"s"})", ""},
        {"lone high surrogate", R"({"key":"\ud83d","secret":"s"})", ""},
        {"lone low surrogate", R"({"key":"\ude00","secret":"s"})", ""},
        {"short escape", R"({"key":"\u00)", ""},
        {"overlong UTF-8", "{\"key\":\"\xc0\xaf\",\"secret\":\"s\"}", ""},
        {"surrogate in UTF-8", "{\"key\":\"\xed\xa0\x80\",\"secret\":\"s\"}", ""},
        {"cut UTF-8", "{\"key\":\"\xe2\x82", ""},
        {"a key that fits a request", R"({"key":")" + std::string(256, 'k') + R"(","secret":"s"})", std::string(256, 'k') + "/s"},
        {"a key that would not", R"({"key":")" + std::string(257, 'k') + R"(","secret":"s"})", ""},
        {"beyond Unicode", "{\"key\":\"\xf4\x90\x80\x80\",\"secret\":\"s\"}", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto fields = parse(row.json);
        REQUIRE(fields.has_value() == !row.expected.empty());
        if (fields && row.expected != "///") CHECK(test::plain(*fields) == row.expected);
        if (!fields) CHECK(fields.error().detail.find("\"k\"") == std::string::npos);
    }
}

TEST_CASE("every cut of good credentials is refused") {
    const std::string json = R"({"key":"a\u00e9","secret":"s\n","passphrase":"p"})";
    for (std::size_t size = 0; size < json.size(); ++size) CHECK_FALSE(parse(json.substr(0, size)).has_value());
}

TEST_CASE("a sealed box opens for its signer only, and only unchanged") {
    const SealingKey key;
    const SealingKey other;
    const auto box = seal(key.public_key(), crypto::Secret::take("hello"));
    CHECK(test::plain(*key.open(box)) == "hello");
    CHECK_FALSE(other.open(box).has_value());
    for (std::size_t at = 0; at < box.size(); ++at) {
        auto changed = box;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK_FALSE(key.open(changed).has_value());
    }
    CHECK_FALSE(key.open("").has_value());
    CHECK_FALSE(key.open(std::string(kSealedMax + 1, 'x')).has_value());
    CHECK(key.open(seal(key.public_key(), crypto::Secret::take("")))->size() == 0);
}

TEST_CASE("fingerprints have one form, are equal for equal keys and show nothing of them") {
    const auto a = fingerprint_of_key_id(crypto::Secret::take("ABCDEF0123456789"));
    CHECK(a.size() == 19);
    CHECK(a[4] == '-');
    CHECK(a == fingerprint_of_key_id(crypto::Secret::take("ABCDEF0123456789")));
    CHECK(a != fingerprint_of_key_id(crypto::Secret::take("ABCDEF0123456788")));
    // Computed once with Python's hashlib: blake2b(bytes(32), digest_size=32).
    CHECK(fingerprint_of(PublicKey{}) == "89EB-0D6A-8A69-1DAE");
}

TEST_CASE("a secret is read from a descriptor to its end, up to a bound") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], "secret", 6) == 6);
    ::close(ends[1]);
    CHECK(test::plain(*read_secret(ends[0], 100)) == "secret");
    ::close(ends[0]);
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], "secret", 6) == 6);
    ::close(ends[1]);
    CHECK(read_secret(ends[0], 5).error().kind == ErrorKind::bad_input);
    ::close(ends[0]);
    CHECK(read_secret(-1, 5).error().kind == ErrorKind::io);
}
