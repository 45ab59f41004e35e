// Limits in the real process: written behind the answers, there after kill -9, and a freeze that nothing but a person undoes.
#include "signer/sealing.hpp"
#include "support/scratch.hpp"
#include "support/signer_process.hpp"

#include <doctest/doctest.h>

using namespace bf;
using namespace bf::signer;

namespace {

struct House {
    test::Scratch scratch;
    std::string socket{(scratch.path() / "signer.sock").native()};
    std::optional<test::SignerProcess> process;
    std::optional<Client> client;
    int last_id{0};

    House() { start(); }
    void start() {
        client.reset();
        process.reset();  // kill -9.
        ::unlink(socket.c_str());
        process.emplace([this](Options& options) {
            options.listen_at = socket;
            options.vault = VaultPlace{scratch.path() / "vault", {}, vault::KdfCost{1, 8192}};
        });
        client.emplace(test::connect_signer(socket));
    }
    void add(const std::string& connection, const ports::UseLimits& limits) {
        const auto hello = client->hello().value();
        const auto box = seal(hello.public_key, crypto::Secret::take(R"({"key":"toy-key-0001","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"));
        REQUIRE(client->add(connection, test::kToyExchange, Keep::vault, box, limits)->kept);
    }
    std::string buy(const Decimal& quantity) {
        const auto now = test::SystemClock{}.wall();
        SignItem item{"c", Slot::active, now, now + seconds{5}, {}, ports::PriceReference{100, now}};
        item.call.operation = exchange::Operation::place_order;
        item.call.symbol = market::Symbol::parse("BTC/USDT");
        item.call.side = market::Side::buy;
        item.call.type = market::OrderType::limit;
        item.call.quantity = quantity;
        item.call.price = Decimal{100};
        item.call.client_order_id = "id" + std::to_string(++last_id);
        const auto reply = client->sign({&item, 1});
        REQUIRE(reply.has_value());
        const auto& first = (*reply)->items.at(0);
        return first.refused ? first.refused->detail : "";
    }
    Decimal used_today() {
        const auto state = client->limits("c").value();
        return state.used.empty() ? Decimal{} : state.used.front().day;
    }
};

ports::UseLimits small() {
    auto limits = ports::default_limits(market::Market::spot);
    limits.values = {{"USDT", {1000, 500, 100'000, 5000, 100'000}}};
    return limits;
}

}  // namespace

TEST_CASE("kill -9 right after an order gives nothing of the limits back") {
    House house;
    house.add("c", small());
    Decimal signed_for;
    for (int life = 0; life < 6; ++life) {
        if (house.buy(life % 2 == 0 ? 3 : 1).empty()) signed_for += life % 2 == 0 ? Decimal{300} : Decimal{100};
        house.start();
        CHECK(house.used_today() >= signed_for);
        CHECK(house.used_today() <= Decimal{5000});
    }
    CHECK(signed_for >= Decimal{300});
}

TEST_CASE("what was signed is written behind the answers: then a kill costs nothing") {
    House house;
    auto limits = small();
    limits.values["USDT"].day = 80'000;
    house.add("c", limits);
    for (int i = 0; i < 5; ++i) REQUIRE(house.buy(1).empty());
    const auto file = house.scratch.path() / "vault" / "policy.mark";
    const auto written = [&] { return std::filesystem::last_write_time(file); };
    const auto before = written();
    REQUIRE(house.buy(1).empty());
    for (int i = 0; i < 500 && written() == before; ++i) ::usleep(10'000);
    CHECK(written() != before);
    house.start();
    // 600 were signed; what the next orders were covered for counts as well.
    CHECK(house.used_today() >= Decimal{600});
    CHECK(house.used_today() <= Decimal{600 + 4 * 600});
}

TEST_CASE("a freeze outlives the process; what it lets through does too") {
    House house;
    house.add("c", small());
    REQUIRE(house.client->freeze("c", ports::FreezeLevel::entries).has_value());
    CHECK(house.buy(1).find("frozen") != std::string::npos);
    house.start();
    CHECK(house.buy(1).find("frozen") != std::string::npos);
    REQUIRE(house.client->freeze("c", ports::FreezeLevel::none).has_value());
    CHECK(house.buy(1).empty());
    const auto unknown = house.client->limits("nobody");
    REQUIRE_FALSE(unknown.has_value());
    CHECK(unknown.error().code == "unknown_connection");
}
