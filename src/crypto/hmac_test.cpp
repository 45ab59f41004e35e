#include "base/text.hpp"
#include "crypto/hmac.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

using namespace bf;

TEST_CASE("HMAC-SHA256 matches RFC 4231, in one part or several") {
    struct Row { std::string key; std::string data; const char* code; };
    const Row rows[] = {
        {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (const Row& row : rows) {
        const crypto::HmacSha256 hmac{crypto::Secret::take(std::string{row.key})};
        CHECK(to_hex(hmac.sign({row.data})) == row.code);
        const std::string_view data = row.data;
        CHECK(to_hex(hmac.sign({data.substr(0, 3), data.substr(3)})) == row.code);
    }
}

TEST_CASE("HMAC-SHA256 equals OpenSSL's at every length around the ends of blocks and of what is gathered, however the text is cut") {
    const std::string key = "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3";
    const crypto::HmacSha256 hmac{crypto::Secret::take(std::string{key})};
    std::string text;
    for (std::size_t size = 0; size <= 1200; text += static_cast<char>('a' + size++ % 26)) {
        crypto::Digest256 expected{};
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), as_bytes(text).data(), text.size(), expected.data(), nullptr);
        const std::string_view all = text;
        const auto cut = size * 2 / 3, second = cut / 2;
        CAPTURE(size);
        REQUIRE(hmac.sign({all}) == expected);
        REQUIRE(hmac.sign({all.substr(0, second), all.substr(second, cut - second), all.substr(cut)}) == expected);
        std::string roomy = text + std::string(crypto::HmacSha256::kRoom, 'z');
        REQUIRE(hmac.sign_in_place(roomy, size) == expected);
        REQUIRE(roomy.substr(0, size) == text);
    }
}

TEST_CASE("Secret::take wipes what the caller held") {
    std::string plain = "correct horse battery staple, long enough to leave the small buffer";
    const char* where = plain.data();
    const auto size = plain.size();
    const auto secret = crypto::Secret::take(std::move(plain));
    CHECK(std::string_view(where, size).find("horse") == std::string_view::npos);
    CHECK(secret.reveal([](std::string_view bytes) { return bytes.substr(0, 7) == "correct"; }));
}
