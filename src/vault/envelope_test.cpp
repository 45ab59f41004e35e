// A sealed value that was changed in any way does not open: every bit, every splice of two, every cut, swaps and lies about where it belongs.
// BF_CHANGES: how many at random besides those of every place (100,000).
#include "support/number_in.hpp"
#include "vault/envelope.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace bf;
using namespace bf::vault;

namespace {

crypto::Secret text(std::string plain) { return crypto::Secret::take(std::move(plain)); }

struct Attack {
    NamedKey key{random_key()};
    std::size_t changes{0}, opened{0};

    void tries(std::string_view changed, std::string_view good, Binding binding) {
        if (changed == good) return;
        ++changes;
        if (open(key, binding, changed)) ++opened;
    }
};

}  // namespace

TEST_CASE("no changed envelope opens, wherever and however it was changed") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 dice{seed};
    const Binding here{"field", "vault", "connection", "kucoin", "secret"};
    Attack attack;
    const auto& key = attack.key;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{36}, std::size_t{64}, std::size_t{300}}) {
        const auto good = seal(key, here, text(std::string(size, 's'))), other = seal(key, here, text(std::string(size, 't')));
        const auto again = seal(key, here, text(std::string(size, 's')));
        REQUIRE(open(key, here, good).has_value());
        CHECK(good != again);  // Never the same nonce.
        for (std::size_t at = 0; at < good.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                auto changed = good;
                changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
                attack.tries(changed, good, here);
            }
            // Two sound ones of the same key and place: no beginning of one fits the end of the other.
            for (const auto* end : {&other, &again})
                if (good.substr(0, at) + end->substr(at) != *end) attack.tries(good.substr(0, at) + end->substr(at), good, here);
            attack.tries(good.substr(0, at), good, here);
            attack.tries(good.substr(at), good, here);
            attack.tries(good.substr(0, at) + good.substr(at + 1), good, here);
            attack.tries(good.substr(0, at) + '\0' + good.substr(at), good, here);
            for (std::size_t with = at + 1; with < good.size(); with += 1 + good.size() / 40) {
                auto changed = good;
                std::swap(changed[at], changed[with]);
                attack.tries(changed, good, here);
            }
        }
        for (const std::string_view tail : {std::string_view{"\0", 1}, std::string_view{"x"}, std::string_view{"xxxxxxxxxxxxxxxx"}}) attack.tries(good + std::string{tail}, good, here);
        // Sound, and somewhere else: each part, in another order, with the border between two moved.
        const Binding lies[] = {{}, {"field", "vault", "connection", "kucoin"}, {"field", "vault", "connection", "kucoin", "secret", ""}, {"field", "vault", "connection", "kucoin", "key"},
                                {"field", "vault", "connection", "mexc", "secret"}, {"field", "vault", "connection2", "kucoin", "secret"}, {"field", "vault2", "connection", "kucoin", "secret"},
                                {"data key", "vault", "connection", "kucoin", "secret"}, {"field", "vaultconnection", "", "kucoin", "secret"}, {"fieldvault", "connection", "kucoin", "secret"},
                                {"field", "vaul", "tconnection", "kucoin", "secret"}, {"field", "vault", "kucoin", "connection", "secret"}, {"", "field", "vault", "connection", "kucoin", "secret"}};
        for (const auto& lie : lies) {
            ++attack.changes;
            if (open(key, lie, good)) ++attack.opened;
        }
        NamedKey renamed{random_key_id(), text(key.bytes.reveal([](std::string_view bytes) { return std::string{bytes}; }))};
        const auto stranger = random_key();
        for (const auto* wrong : std::initializer_list<const NamedKey*>{&renamed, &stranger}) {
            ++attack.changes;
            if (open(*wrong, here, good)) ++attack.opened;
        }
    }
    const auto good = seal(key, here, text("0123456789abcdef0123456789abcdef"));
    const auto wanted = bf::test::number_in("BF_CHANGES", bf::test::repeats(100'000, 5'000));
    for (std::uint64_t i = 0; i < wanted; ++i) {
        auto changed = good;
        for (auto left = 1 + dice() % 4; left > 0; --left) changed[dice() % changed.size()] = static_cast<char>(dice());
        if (dice() % 8 == 0) changed.resize(dice() % (2 * good.size()));
        attack.tries(changed, good, here);
    }
    MESSAGE("changes: " << attack.changes);
    CHECK(attack.changes >= wanted);
    CHECK(attack.opened == 0);
}
