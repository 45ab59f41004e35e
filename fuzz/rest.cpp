// Requests of any kind to the REST interface, over a book in memory with two real connections: each is answered once, in time, with JSON.
// Lines: method and language, path ('*' stands for a connection's id), query, body.
#include "base/text.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "input.hpp"
#include "server/api.hpp"
#include "support/memory_signer.hpp"
#include "support/memory_store.hpp"
#include "support/sim_transport.hpp"
#include "wire/json.hpp"

using namespace bf;

namespace {

std::optional<connection::Adapter> adapter_of(exchange::ExchangeId id) {
    const auto* calls = exchange::calls_of(id);
    const auto* replies = exchange::replies_of(id);
    if (calls == nullptr || replies == nullptr) return std::nullopt;
    return connection::Adapter{*calls, *replies, std::nullopt};
}

class Nobody final : public connection::BookListener {
    void on_connection(const connection::Record&) override {}
    void on_removed(const std::string&) override {}
    void on_step(const std::string&, std::uint64_t, connection::StepId, const connection::Step*) override {}
    void on_report(const connection::Record&, std::uint64_t, const connection::Report&) override {}
};

/// An installation with two connections, in memory.
class House {
public:
    House() {
        simulator::Options simulated;
        simulated.exchanges = {"mexc", "kucoin"};
        simulated.limits = false;
        simulated.start = clock_.wall();
        world_ = simulator::World::create(simulated).value();
        transport_ = std::make_unique<test::SimTransport>(clock_, *world_);
        book_ = std::make_unique<connection::Book>(connection::World{clock_, clock_, *transport_, signer_}, signer_, store_, clock_, adapter_of,
                                                   [](exchange::ExchangeId) { return true; }, nobody_);
        fuzz::must(book_->load().has_value(), "an empty store loads");
        server::Api::Setup setup;
        setup.signer = [](auto done) { done({"a2V5", "A1B2-C3D4-E5F6-0718"}); };
        setup.adapter_of = adapter_of;
        setup.is_repointed = [](exchange::ExchangeId) { return true; };
        setup.exchanges = exchange::known_exchanges();
        setup.figures = [] { return std::string{}; };
        api_ = std::make_unique<server::Api>(*book_, store_, std::move(setup));
        for (const std::string name : {"mexc", "kucoin"}) {
            const auto key = world_->handle({wire::Method::post, "/admin/keys", {}, R"({"exchange":")" + name + R"(","permissions":["read","spot"]})", "127.0.0.1", false});
            const auto made = wire::Json::parse(key.response.body).value();
            std::string sealed, body;
            wire::JsonWriter credentials{sealed};
            credentials.begin_object().member("key", *made["key"].text()).member("secret", *made["secret"].text());
            if (const auto passphrase = made["passphrase"].text()) credentials.member("passphrase", *passphrase);
            credentials.end_object();
            wire::JsonWriter{body}.begin_object().member("name", name).member("exchange", name).member("market", "spot").member("sealed", to_base64(as_bytes(sealed))).member("test", false).end_object();
            const auto added = ask({.method = wire::Method::post, .path = "/api/v1/connections", .body = body, .actor = server::Actor::at_the_console()});
            fuzz::must(added.status == 201, ("the first connections are added: " + added.body).c_str());
            ids_.emplace_back(*wire::Json::parse(added.body).value()["id"].text());
        }
    }
    server::ApiReply ask(server::ApiRequest request) {
        const auto star = request.path.find('*');
        if (star != std::string::npos) request.path.replace(star, 1, ids_[request.body.size() % ids_.size()]);
        std::optional<server::ApiReply> reply;
        api_->handle(std::move(request), [&reply](server::ApiReply answer) {
            fuzz::must(!reply, "answered once");
            reply = std::move(answer);
        });
        fuzz::must(clock_.run_until([&reply] { return reply.has_value(); }, seconds{60}), "answered within a minute");
        return std::move(*reply);
    }

private:
    test::SimClock clock_{Instant::from_ms(1'790'000'000'000)};
    test::MemorySigner signer_{clock_};
    test::MemoryStore store_;
    Nobody nobody_;
    std::unique_ptr<simulator::World> world_;
    std::unique_ptr<test::SimTransport> transport_;
    std::unique_ptr<connection::Book> book_;
    std::unique_ptr<server::Api> api_;
    std::vector<std::string> ids_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Kept for many inputs: what one leaves behind the next may stumble over. Made anew now and then, so that it does not grow.
    static std::unique_ptr<House> house;
    static int uses = 0;
    if (uses++ % 5000 == 0) {
        house.reset();
        house = std::make_unique<House>();
    }
    fuzz::Input input{data, size};
    const auto options = input.byte();
    constexpr wire::Method kMethods[] = {wire::Method::get, wire::Method::post, wire::Method::del, wire::Method::put};
    server::ApiRequest request{.method = options & 16 ? wire::Method::patch : kMethods[options & 3], .actor = server::Actor::at_the_console()};
    request.language = (options & 4) != 0 ? exchange::Language::nl : exchange::Language::en;
    request.path = "/api/v1/" + std::string{input.piece('\n')};
    request.query = std::string{input.piece('\n')};
    request.body = std::string{input.rest()};
    const auto reply = house->ask(std::move(request));
    fuzz::must(reply.status >= 200 && reply.status < 600, "a status");
    if (reply.status == 204) return 0;
    const auto json = wire::Json::parse(reply.body);
    fuzz::must(json.has_value(), "a body of JSON");
    if (reply.status >= 400) fuzz::must((*json)["code"].text().has_value() && (*json)["detail"].text().has_value(), "a problem with its code and a sentence");
    return 0;
}
