#include "exchange/mexc/replies/golden_test.hpp"

#include <filesystem>
#include <random>
#include <set>

using namespace bf;
using namespace bf::exchange;
using namespace bf::exchange::mexc::testing;

namespace {

const auto replies = mexc::make_replies();

/// Every reader over one body: what they answer does not matter, that they answer does.
void read_all(const std::string& body) {
    for (const auto market : {market::Market::spot, market::Market::futures}) {
        Case test{market, Operation::key_info, body};
        test.know("BTC_USDT", "BTC/USDT:USDT", "0.0001");
        const auto& response = test.response;
        const auto asked = test.asked();
        (void)replies->server_time(response, asked);
        (void)replies->key_info(response, asked);
        (void)replies->balances(response, asked);
        (void)replies->instruments(response, asked);
        (void)replies->ticker(response, asked);
        (void)replies->candles(response, asked);
        (void)replies->open_orders(response, asked);
        (void)replies->order(response, asked);
        (void)replies->fills(response, asked);
        (void)replies->positions(response, asked);
        (void)replies->placed(response, asked);
        (void)replies->canceled(response, asked);
        (void)replies->done(response, asked);
        (void)replies->account_id(response, asked);
        (void)replies->identity_sufficient(response, asked);
        (void)replies->tradable_symbols(response, asked);
        (void)replies->position_mode(response, asked);
        (void)replies->leverage(response, asked);
        (void)replies->funding_payments(response, asked);
        (void)replies->fee_rates(response, asked);
        (void)replies->stream_address(response, asked);
    }
}

struct Streams {
    std::unique_ptr<StreamSession> spot, futures;
    Streams() {
        StreamPlan plan;
        spot = replies->open_session(plan, nullptr);
        plan.market = market::Market::futures;
        plan.is_private = true;
        futures = replies->open_session(plan, nullptr);
        spot->on_open();
        futures->on_open();
    }
    void hand(const std::string& bytes) {
        const auto frame = padded(bytes);
        StreamSink sink;
        (void)spot->on_text(frame, sink);
        (void)spot->on_binary(frame, sink);
        (void)futures->on_text(frame, sink);
        (void)futures->on_binary(frame, sink);
    }
};

std::string mutate(std::string text, std::mt19937_64& dice) {
    const auto at = [&] { return text.empty() ? std::size_t{0} : dice() % text.size(); };
    for (auto changes = 1 + dice() % 4; changes > 0 && !text.empty(); --changes) {
        switch (dice() % 5) {
            case 0: text[at()] = static_cast<char>(dice()); break;
            case 1: text.erase(at(), 1 + dice() % 16); break;
            case 2: text.insert(at(), 1, R"("[]{},:0-9eE\)"[dice() % 13]); break;
            case 3: text.resize(at()); break;
            default: text.insert(at(), text.substr(at(), dice() % 32)); break;
        }
    }
    return text;
}

}  // namespace

TEST_CASE("MEXC: truncated and mutated answers and frames never end the process") {
    const auto seed = std::random_device{}();
    INFO("seed ", seed);
    std::mt19937_64 dice{seed};
    Streams streams;
    for (const auto& entry : std::filesystem::directory_iterator{BF_SOURCE_DIR "/golden/mexc"}) {
        if (entry.path().extension() != ".json") continue;
        const auto body = golden(entry.path().filename());
        for (std::size_t size = 0; size <= body.size(); size += 1 + body.size() / 60) read_all(body.substr(0, size));
        for (int round = 0; round < 60; ++round) {
            const auto changed = mutate(body, dice);
            read_all(changed);
            streams.hand(changed);
        }
    }
    const auto wire_samples = wire::Json::parse(golden("ws-spot-protobuf-wire.json"));
    for (std::size_t i = 0; i < wire_samples->root().size(); ++i) {
        const auto hex = *wire_samples->root().at(i)["hex"].text();
        std::string frame;
        for (std::size_t k = 0; k + 1 < hex.size(); k += 2) frame += static_cast<char>(std::stoi(std::string{hex.substr(k, 2)}, nullptr, 16));
        for (std::size_t size = 0; size <= frame.size(); ++size) streams.hand(frame.substr(0, size));
        for (int round = 0; round < 500; ++round) streams.hand(mutate(frame, dice));
    }
}

TEST_CASE("MEXC: a test reads every golden file") {
    // Names as the tests of this folder and of the calls half use them; a file nobody reads is a test nobody wrote.
    std::string sources;
    for (const char* folder : {"/src/exchange/mexc/replies", "/src/exchange/mexc/calls", "/src/exchange/catalogue/replies"})
        for (const auto& entry : std::filesystem::directory_iterator{std::string{BF_SOURCE_DIR} + folder})
            if (entry.path().filename().string().ends_with("_test.cpp")) {
                std::ifstream file{entry.path()};
                sources.append(std::istreambuf_iterator<char>{file}, {});
            }
    for (const auto& entry : std::filesystem::directory_iterator{BF_SOURCE_DIR "/golden/mexc"}) {
        auto name = entry.path().filename().string();
        if (name == "README.md") continue;
        // The futures pushes are named by their last part.
        if (const std::string prefix = "ws-futures-push-"; name.starts_with(prefix)) name = '"' + name.substr(prefix.size(), name.size() - prefix.size() - 5) + '"';
        CHECK_MESSAGE(sources.find(name) != std::string::npos, name);
    }
}
