// What the way to the signer and back costs, beside a bare echo over the same kind of socket of as many bytes: one order, and sixteen
// in one message; and what of it the connection's limits cost, beside a signer that asks nothing. All sides are processes.
#include "exchange/catalogue/calls/calls_of.hpp"
#include "net/seqpacket.hpp"
#include "signer/client.hpp"
#include "signer/run.hpp"
#include "signer/sealing.hpp"
#include "support/disk_scratch.hpp"
#include "support/measure.hpp"
#include "support/scratch.hpp"
#include "support/signed.hpp"
#include "support/signer_process.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <sched.h>
#include <sys/socket.h>

using namespace bf;
using namespace bf::bench;
using namespace bf::signer;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kTrips = 4000;

template <class Trip>
double p50_us(int trips, Trip&& trip) {
    std::vector<double> times;
    times.reserve(static_cast<std::size_t>(trips));
    for (int i = 0; i < trips; ++i) {
        const auto begin = Clock::now();
        trip();
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    }
    return median(std::move(times));
}

/// A child that answers every message with `answer_size` bytes and does nothing else.
class Echo {
public:
    explicit Echo(std::size_t answer_size) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::close(ends[0]);
            std::string buffer(kMessageMax, '\0');
            const std::string answer(answer_size, 'a');
            while (::recv(ends[1], buffer.data(), buffer.size(), 0) > 0)
                if (::send(ends[1], answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
            ::_exit(0);
        }
        ::close(ends[1]);
        socket_ = ends[0];
        buffer_.resize(kMessageMax);
    }
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;
    ~Echo() {
        ::close(socket_);
        ::waitpid(pid_, nullptr, 0);
    }
    void trip(const std::string& message) {
        if (::send(socket_, message.data(), message.size(), MSG_NOSIGNAL) < 0 || ::recv(socket_, buffer_.data(), buffer_.size(), 0) <= 0) std::abort();
    }

private:
    pid_t pid_{-1};
    int socket_{-1};
    std::string buffer_;
};

SignItem order(Instant now) {
    SignItem item{"bench", Slot::active, now, now + std::chrono::hours{1}, {}};
    item.call.operation = exchange::Operation::place_order;
    item.call.symbol = market::Symbol::parse("BTC/USDT");
    item.call.side = market::Side::buy;
    item.call.type = market::OrderType::limit;
    item.call.quantity = "0.0125"_d;
    item.call.price = "61234.5"_d;
    item.call.client_order_id = "bf-0123456789abcdef";
    item.reference = ports::PriceReference{"61234"_d, now};
    return item;
}

/// Bytes of the answer to `items`, to give the echo the same.
std::size_t answer_size(const SignReply& reply, std::uint64_t id) {
    std::string bytes;
    SignReplyWriter writer{bytes, id, reply.items.size()};
    for (const auto& item : reply.items) writer.add(item.requests);
    return bytes.size();
}

struct Measured {
    double ours;
    double without;  ///< Limits.
    double baseline;
};

Measured measure(Client& client, Client& without, std::vector<SignItem> items, int trips) {
    const auto& first = signed_or_end(client, items);
    std::string question;
    encode_sign(question, 1, items);
    Echo echo{answer_size(first, 1)};
    std::uint64_t last_id = 1'000'000'000'000'000;
    const auto hop = [&](Client& through) {
        // The price is of now, as the engine's is.
        const auto now = test::SystemClock{}.wall();
        for (auto& item : items) {
            item.at = now;
            item.reference->at = now;
        }
        return p50_us(trips, [&] {
            // Each order has a name of its own, as in life.
            for (auto& item : items) item.call.client_order_id = "bf-" + std::to_string(++last_id);
            signed_or_end(through, items);
        });
    };
    const auto bare = [&] { return p50_us(trips, [&] { echo.trip(question); }); };
    const auto figures = medians([&] { return hop(client); }, [&] { return hop(without); }, bare);
    return {figures[0], figures[1], figures[2]};
}

constexpr const char* kCredentials = R"({"key":"0123456789abcdef01234567","secret":"01234567-89ab-cdef-0123-456789abcdef","passphrase":"passphrase"})";

/// A signer with a vault on disk and one connection in it.
struct House {
    DiskScratch scratch;
    std::string path{(scratch.path() / "signer.sock").native()};
    std::optional<test::SignerProcess> process;
    std::optional<Client> client;

    explicit House(bool limits) {
        process.emplace([this, limits](Options& options) {
            options.listen_at = path;
            options.calls_of = exchange::calls_of;
            options.vault = VaultPlace{scratch.path() / "vault", {}, vault::KdfCost{1, 8192}};
            options.limits = limits;
        });
        client.emplace(test::connect_signer(path));
        const auto hello = client->hello().value();
        const auto box = seal(hello.public_key, crypto::Secret::take(std::string{kCredentials}));
        if (!client->add("bench", exchange::ExchangeId::kucoin, Keep::vault, box, wide_limits()).value().kept) std::abort();
    }
};

/// All on one core: where the scheduler puts the two ends of a hop changes it by more than is looked for.
void stay_on_one_core() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
    if (::sched_setaffinity(0, sizeof one, &one) != 0) std::perror("sched_setaffinity");
}

}  // namespace

int main() {
    House with{true}, without{false};
    // The tolerance of the clock is a minute; a round is done before.
    const auto item = order(test::SystemClock{}.wall());
    const auto one = measure(*with.client, *without.client, {item}, kTrips);
    const auto sixteen = measure(*with.client, *without.client, std::vector<SignItem>(16, item), kTrips / 4);
    print({"signer_hop", one.ours, "us p50; baseline: a bare round trip of as many bytes", one.baseline, one.ours / one.baseline, {Want::at_most, 1.25}});
    print({"signer_hop_16", sixteen.ours, "us p50 of 16 in one message; baseline: a bare round trip of one", one.baseline, sixteen.ours / one.baseline, {Want::at_most, 6}});
    const double cost = one.ours - one.without;
    // A signer without a vault keeps no ledger and asks no limits.
    stay_on_one_core();
    House keeping{false};
    const test::Scratch scratch;
    const auto path = (scratch.path() / "signer.sock").native();
    const test::SignerProcess process{[&path](Options& options) {
        options.listen_at = path;
        options.calls_of = exchange::calls_of;
    }};
    auto bare = test::connect_signer(path);
    const auto box = seal(bare.hello().value().public_key, crypto::Secret::take(std::string{kCredentials}));
    if (!bare.add("bench", exchange::ExchangeId::kucoin, Keep::memory, box).has_value()) return 1;
    const auto ask = [](Client& of) {
        const auto now = order(test::SystemClock{}.wall());
        return p50_us(kTrips, [&] {
            signed_or_end(of, {&now, 1});
        });
    };
    const auto kept = medians([&] { return ask(*keeping.client); }, [&] { return ask(bare); });
    const auto more = kept[0] - kept[1];
    print({"signer_ledger", more, "us p50 more with the ledger than without; baseline: the goal", 5, more / 5, {Want::at_most, 1}});
    print({"signer_limits", cost, "us p50 that the limits cost an order; baseline: the whole hop without them", one.without, cost, {Want::at_most, 5}});
    return 0;
}
