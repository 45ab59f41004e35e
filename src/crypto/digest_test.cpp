#include "crypto/digest.hpp"

#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace bf;

TEST_CASE("digests are those of the standard's examples") {
    // NIST, FIPS 180-4 examples: "abc" and the empty message.
    CHECK(to_hex(crypto::sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(crypto::sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(crypto::sha1(as_bytes("abc"))) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(to_hex(crypto::sha1({})) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}
