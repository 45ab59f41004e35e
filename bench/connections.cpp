// Many connections at once against the simulated exchange in a process of its own, its limits lifted, both on the same cores: four signed
// reads for each, as fast as they go, and whole connection tests with the private stream. Everything is the product's own: the signer is a
// process that signs each call, net/ sends it, the adapter reads the answer. Beside the reads ccxt makes the same four for the same keys,
// at whichever of several concurrencies is its best.
#include "app/signer_link.hpp"
#include "connection/runner.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "net/client.hpp"
#include "signer/client.hpp"
#include "signer/sealing.hpp"
#include "support/measure.hpp"
#include "support/node.hpp"
#include "support/scratch.hpp"
#include "support/signer_process.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <fstream>

using namespace bf;
using namespace bf::bench;
using exchange::ExchangeId;
using exchange::Operation;

namespace {

/// As many as the signer holds at most without a vault, less a few.
constexpr int kKeys = 200;
constexpr std::size_t kAtOnce = 64;
constexpr milliseconds kRound{700};
constexpr const char* kAdminHost = "admin.invalid";

[[noreturn]] void give_up(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
}

/// `backfuture simulate` as a child.
class Simulator {
public:
    Simulator() {
        int from[2];
        if (::pipe(from) != 0) std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(from[1], STDOUT_FILENO);
            ::execl(BF_BINARY, BF_BINARY, "simulate", "--listen", "127.0.0.1:0", "--exchanges", "kucoin", "--limits", "off", nullptr);
            ::_exit(127);
        }
        ::close(from[1]);
        FILE* const ready = ::fdopen(from[0], "r");
        char line[4096];
        if (std::fgets(line, sizeof line, ready) == nullptr) give_up("the simulator did not start");
        const auto json = wire::Json::parse(line);
        base_ = std::string{(*json)["exchanges"]["kucoin"].text().value()};
        admin_ = std::string{(*json)["admin"].text().value()};
    }
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;
    ~Simulator() {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
    [[nodiscard]] net::Routes routes() const {
        net::Routes routes{{kAdminHost, admin_}};
        const auto& info = exchange::calls_of(ExchangeId::kucoin)->info();
        for (const auto host : info.other_hosts) routes[std::string{host}] = base_;
        for (const auto host : info.futures_hosts) routes[std::string{host}] = base_ + "/futures";
        return routes;
    }
    [[nodiscard]] const std::string& base() const { return base_; }

private:
    pid_t pid_{-1};
    std::string base_, admin_;
};

/// The engine's side of things: loop, network, link to the signer.
struct Engine {
    Engine(const Simulator& simulator, const std::string& signer_socket)
        : client{net::Client::create(loop, {.routes = simulator.routes(), .listed = {.hosts = {}, .streams = [](std::string_view) { return true; }}}).value()}, signer{loop, {signer_socket}} {}
    net::Loop loop;
    std::unique_ptr<net::Client> client;
    app::SignerLink signer;
    connection::Adapter adapter{*exchange::calls_of(ExchangeId::kucoin), *exchange::replies_of(ExchangeId::kucoin)};
    [[nodiscard]] connection::World world() { return {loop, loop, *client, signer}; }
};

std::string make_key(Engine& engine) {
    wire::Request request{.method = wire::Method::post, .host = kAdminHost, .target = "/keys", .headers = {{"Content-Type", "application/json"}},
                          .body = R"({"exchange":"kucoin","permissions":["read","spot","futures"],"balances":{"USDT":"10000","BTC":"1"}})"};
    std::optional<std::string> body;
    engine.client->send(std::move(request), seconds{5}, [&](Result<wire::Response> answer) { body = answer ? answer->body : std::string{}; });
    if (!engine.loop.run_until([&] { return body.has_value(); }, seconds{6})) give_up("the simulator made no key");
    return *body;
}

/// What a user would paste, of what the administrator answered.
std::string credentials_of(const std::string& made) {
    const auto json = wire::Json::parse(made);
    std::string credentials;
    wire::JsonWriter out{credentials};
    out.begin_object();
    for (const auto* name : {"key", "secret", "passphrase"}) out.member(name, (*json)[name].text().value());
    out.end_object();
    return credentials;
}

std::string name_of(std::size_t number) { return "c" + std::to_string(number); }

/// Makes the keys, gives them to the signer and writes them down for the other side.
void prepare(Engine& engine, signer::Client signer, const Simulator& simulator, const std::filesystem::path& folder) {
    const auto hello = signer.hello().value();
    std::string keys;
    for (std::size_t i = 0; i < kKeys; ++i) {
        const auto made = make_key(engine);
        keys += (i == 0 ? "" : ",") + made;
        auto sealed = signer::seal(hello.public_key, crypto::Secret::take(credentials_of(made)));
        if (!signer.add(name_of(i), ExchangeId::kucoin, signer::Keep::memory, std::move(sealed)).value().kept) give_up("the signer did not keep a key");
    }
    std::ofstream{folder / "simulator.json"} << R"({"base":")" << simulator.base() << R"(","keys":[)" << keys << "]}";
}

/// Keeps kAtOnce jobs going for a while; how many ended a second.
template <class Start>
double per_second(Engine& engine, Start&& start) {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    std::size_t running = 0, ended = 0, next = 0;
    std::function<void()> begin_one;
    const auto done = [&] {
        --running;
        ++ended;
        begin_one();
    };
    begin_one = [&] {
        if (Clock::now() - begin >= kRound) return;
        ++running;
        start(next++ % kKeys, done);
    };
    for (std::size_t i = 0; i < kAtOnce; ++i) begin_one();
    if (!engine.loop.run_until([&] { return running == 0; }, seconds{60})) give_up("a job never ended");
    return static_cast<double>(ended) / std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Key, balances, open orders, fills: each signed, sent and read.
class FourReads {
public:
    FourReads(Engine& engine, std::size_t key, std::function<void()> done) : engine_{engine}, connection_{name_of(key)}, done_{std::move(done)} {}
    void next() {
        call_ = {};
        call_.operation = kReads[at_];
        if (call_.operation == Operation::open_orders || call_.operation == Operation::fills) call_.symbol = market::Symbol{"BTC", "USDT", {}};
        engine_.signer.sign(connection_, call_, engine_.loop.wall(), [this](ports::SignOutcome outcome) {
            auto* requests = std::get_if<std::vector<wire::Request>>(&outcome);
            if (requests == nullptr) give_up("a call was not signed");
            engine_.client->send(std::move(requests->front()), seconds{10}, [this](const Result<wire::Response>& answer) {
                if (!answer || !read(*answer)) give_up("a read failed");
                if (++at_ < std::size(kReads)) return next();
                const auto done = std::move(done_);
                delete this;
                done();
            });
        });
    }

private:
    static constexpr Operation kReads[] = {Operation::key_info, Operation::balances, Operation::open_orders, Operation::fills};
    [[nodiscard]] bool read(const wire::Response& response) const {
        const exchange::Asked asked{call_, engine_.loop.wall()};
        const auto& replies = engine_.adapter.replies;
        switch (call_.operation) {
            case Operation::key_info: return replies.key_info(response, asked).has_value();
            case Operation::balances: return replies.balances(response, asked).has_value();
            case Operation::open_orders: return replies.open_orders(response, asked).has_value();
            default: return replies.fills(response, asked).has_value();
        }
    }
    Engine& engine_;
    std::string connection_;
    std::function<void()> done_;
    exchange::Call call_;
    std::size_t at_{0};
};

/// A whole test as the product runs it, with its stream.
struct WholeTest {
    std::unique_ptr<connection::TestRunner> runner;
    static void run(Engine& engine, std::size_t key, std::function<void()> done) {
        auto* const test = new WholeTest;
        connection::TestInput input{.info = engine.adapter.calls.info(), .replies = engine.adapter.replies, .repointed = true};
        test->runner = std::make_unique<connection::TestRunner>(
            engine.world(), engine.adapter, name_of(key), std::move(input), [](connection::StepId, const connection::Step*) {},
            [test, done = std::move(done)](const connection::Report& report) {
                if (report.verdict != connection::Verdict::connected) give_up("a test did not end as connected");
                const auto after = done;
                delete test;
                after();
            });
        test->runner->start();
    }
};

}  // namespace

int main() {
    const test::Scratch folder;
    const auto socket = (folder.path() / "signer.sock").native();
    const test::SignerProcess process{[&socket](signer::Options& options) {
        options.listen_at = socket;
        options.calls_of = exchange::calls_of;
    }};
    const Simulator simulator;
    Engine engine{simulator, socket};
    prepare(engine, test::connect_signer(socket), simulator, folder.path());

    const auto reads = [&] { return per_second(engine, [&](std::size_t key, const auto& done) { (new FourReads{engine, key, done})->next(); }); };
    const auto tests = [&] { return per_second(engine, [&](std::size_t key, const auto& done) { WholeTest::run(engine, key, done); }); };
    Node node{folder.path()};
    const auto theirs = [&node](int at_once) { return [&node, at_once] { return 1e9 / node.ns_each("reads_" + std::to_string(at_once), 700); }; };
    const auto figures = medians(reads, tests, theirs(4), theirs(16), theirs(64));
    const double best = *std::max_element(figures.begin() + 2, figures.end());
    print({"reads_vs_goal", figures[0], "connections/s, four signed reads each; baseline: the goal", 4000, figures[0] / 4000, {Want::at_least, 1}});
    print({"reads_vs_ccxt", figures[0], "connections/s, four signed reads each", best, figures[0] / best, {Want::at_least, 2}});
    print({"tests_vs_goal", figures[1], "whole tests with stream/s; baseline: the goal", 600, figures[1] / 600, {Want::at_least, 1}});
    return 0;
}
