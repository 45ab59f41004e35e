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

/// `count` orders in one message, to be signed now.
struct Message {
    std::vector<SignItem> items;
    std::uint64_t last_id{1'000'000'000'000'000};

    explicit Message(std::size_t count) : items(count, order({})) {}
    void send(Client& client) {
        const auto now = test::SystemClock{}.wall();
        for (auto& item : items) {
            item.at = now;
            item.deadline = now + std::chrono::hours{1};
            item.reference->at = now;
            // Each order has a name of its own, as in life.
            item.call.client_order_id = "bf-" + std::to_string(++last_id);
        }
        signed_or_end(client, items);
    }
};

constexpr const char* kCredentials = R"({"key":"0123456789abcdef01234567","secret":"01234567-89ab-cdef-0123-456789abcdef","passphrase":"passphrase"})";

enum class Guards { none, ledger, ledger_and_limits };

/// A signer with one connection: in memory, or in a vault on disk, where it keeps a ledger and asks the connection's limits.
class House {
public:
    explicit House(Guards guards) {
        const auto path = (scratch_.path() / "signer.sock").native();
        process_.emplace([&](Options& options) {
            options.listen_at = path;
            options.calls_of = exchange::calls_of;
            if (guards != Guards::none) options.vault = VaultPlace{scratch_.path() / "vault", {}, vault::KdfCost{1, 8192}};
            options.limits = guards == Guards::ledger_and_limits;
        });
        client_.emplace(test::connect_signer(path));
        const auto box = seal(client_->hello().value().public_key, crypto::Secret::take(std::string{kCredentials}));
        const auto limits = guards == Guards::ledger_and_limits ? std::optional{wide_limits()} : std::nullopt;
        if (!client_->add("bench", exchange::ExchangeId::kucoin, guards == Guards::none ? Keep::memory : Keep::vault, box, limits)) std::abort();
    }
    double hop_us(Message& message, int trips) {
        return p50_us(trips, [&] { message.send(*client_); });
    }
    /// What crosses the socket both ways: the bytes of the message, and how many the answer has.
    std::pair<std::string, std::size_t> bytes_of(Message& message) {
        message.send(*client_);
        std::string question;
        encode_sign(question, 1, message.items);
        return {question, answer_size(signed_or_end(*client_, message.items), 1)};
    }

private:
    DiskScratch scratch_;
    std::optional<test::SignerProcess> process_;
    std::optional<Client> client_;
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
    stay_on_one_core();
    Message one{1}, sixteen{16};
    {
        House house{Guards::none};
        const auto [question, answer] = house.bytes_of(one);
        Echo echo{answer};
        const auto figures = medians([&] { return house.hop_us(one, kTrips); }, [&] { return house.hop_us(sixteen, kTrips / 4); },
                                     [&] { return p50_us(kTrips, [&] { echo.trip(question); }); });
        const double bare = figures[2];
        print({"signer_hop", figures[0], "us p50; baseline: a bare round trip of as many bytes", bare, figures[0] / bare, {Want::at_most, 1.25}});
        print({"signer_hop_16", figures[1], "us p50 of 16 in one message; baseline: a bare round trip of one", bare, figures[1] / bare, {Want::at_most, 6}});
    }
    House none{Guards::none}, ledger{Guards::ledger}, both{Guards::ledger_and_limits};
    const auto figures = medians([&] { return none.hop_us(one, kTrips); }, [&] { return ledger.hop_us(one, kTrips); }, [&] { return both.hop_us(one, kTrips); });
    const double kept = figures[1] - figures[0], all = figures[2] - figures[0];
    print({"signer_ledger", kept, "us p50 more with the ledger than without; baseline: the goal", 5, kept / 5, {Want::at_most, 1}});
    print({"signer_guards", all, "us p50 more with ledger and limits than without; baseline: the goal", 5, all / 5, {Want::at_most, 1}});
    return 0;
}
