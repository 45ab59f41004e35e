// From a decision to the socket: the order is made, its intent with the digest of its call goes into the journal and is flushed, the signer
// enters it in its ledger and signs, and the request is written to a socket when both are done. Beside it: one bare fdatasync of as many
// bytes into a file that was written ahead, on the same disk, turn by turn.
#include "engine/orders.hpp"
#include "exchange/catalogue/calls/calls_of.hpp"
#include "exchange/catalogue/replies/replies_of.hpp"
#include "journal/committer.hpp"
#include "journal/disk.hpp"
#include "signer/client.hpp"
#include "signer/run.hpp"
#include "signer/sealing.hpp"
#include "support/disk_scratch.hpp"
#include "support/measure.hpp"
#include "support/signed.hpp"
#include "support/signer_process.hpp"

#include <fcntl.h>
#include <random>
#include <sys/socket.h>

using namespace bf;
using namespace bf::bench;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kOrders = 300;

class Dice final : public ports::Entropy {
public:
    void fill(std::span<unsigned char> bytes) override {
        for (auto& byte : bytes) byte = static_cast<unsigned char>(dice_());
    }

private:
    std::mt19937_64 dice_{1};
};

template <class Trip>
double p50_us(Trip&& trip) {
    std::vector<double> times;
    for (int i = 0; i < kOrders; ++i) {
        const auto begin = Clock::now();
        trip();
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    }
    return median(std::move(times));
}

engine::Now now() {
    const test::SystemClock clock;
    return {clock.wall(), clock.steady()};
}

}  // namespace

int main() {
    const DiskScratch scratch;
    const auto path = (scratch.path() / "signer.sock").native();
    const test::SignerProcess process{[&](signer::Options& options) {
        options.listen_at = path;
        options.calls_of = exchange::calls_of;
        options.vault = signer::VaultPlace{.folder = scratch.path() / "vault", .key_file = {}};
    }};
    auto client = test::connect_signer(path);
    const auto box = signer::seal(client.hello().value().public_key,
                                  crypto::Secret::take(R"({"key":"0123456789abcdef01234567","secret":"01234567-89ab-cdef-0123-456789abcdef","passphrase":"passphrase"})"));
    if (!client.add("c1", exchange::ExchangeId::kucoin, signer::Keep::vault, box, wide_limits()).has_value()) return 1;

    std::filesystem::create_directory(scratch.path() / "journal");
    journal::DiskFolder folder{(scratch.path() / "journal").native(), journal::Journal::kSegmentSize};
    Dice dice;
    const auto journal = journal::Journal::open(folder, dice, [](const journal::Entry&) {}).value();
    journal::Committer committer{*journal};
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return 1;

    engine::Orders orders{1};
    engine::Account account;
    account.connection = "c1";
    account.exchange = exchange::ExchangeId::kucoin;
    account.replies = exchange::replies_of(exchange::ExchangeId::kucoin);
    orders.add_account(now(), account);
    engine::OrderPlan plan;
    plan.connection = "c1";
    plan.symbol = *market::Symbol::parse("BTC/USDT");
    plan.quantity = "0.0125"_d;
    plan.price = "61234.5"_d;
    plan.group = 1;

    std::size_t written = 0;
    std::string buffer(8192, '\0');
    const auto order = [&] {
        const auto at = now();
        orders.submit(at, {&plan, 1});
        auto& effects = orders.effects();
        if (effects.appends.size() != 1 || effects.asks.size() != 1) std::abort();
        const auto sequence = committer.append(static_cast<std::uint16_t>(effects.appends[0].kind), effects.appends[0].payload);
        written = effects.appends[0].payload.size();
        signer::SignItem item{"c1", signer::Slot::active, at.wall, at.wall + seconds{5}, effects.asks[0].call, ports::PriceReference{"61234"_d, at.wall}, {"entry", 1, "bench"}};
        const auto& reply = signed_or_end(client, {&item, 1});
        if (!committer.wait(sequence)) std::abort();
        const auto& body = reply.items[0].requests[0].body;
        if (::send(ends[0], body.data(), body.size(), MSG_NOSIGNAL) < 0) std::abort();
    };
    const auto settle = [&] {
        // What comes after the socket is not measured: the order is answered, and forgotten.
        auto& effects = orders.effects();
        const auto ticket = effects.asks[0].ticket;
        effects.clear();
        orders.on_durable(now(), orders.last_append());
        orders.on_answer(now(), ticket, Error{ErrorKind::denied, "benchmark", Fate::not_sent, "denied"});
        effects.clear();
        orders.forget(1);
        if (::recv(ends[1], buffer.data(), buffer.size(), 0) < 0) std::abort();
    };
    order();
    settle();

    const auto bare_path = (scratch.path() / "bare").native();
    const int bare = ::open(bare_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const std::string zeros(4U << 20, '\0');
    if (bare < 0 || ::pwrite(bare, zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(zeros.size()) || ::fsync(bare) != 0) return 1;
    const std::string record(written + 32, 'x');
    off_t offset = 0;

    const auto figures = medians(
        [&] {
            std::vector<double> times;
            for (int i = 0; i < kOrders; ++i) {
                const auto begin = Clock::now();
                order();
                times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
                settle();
            }
            return median(std::move(times));
        },
        [&] {
            return p50_us([&] {
                if (::pwrite(bare, record.data(), record.size(), offset) < 0 || ::fdatasync(bare) != 0) std::abort();
                offset = (offset + static_cast<off_t>(record.size())) % (3 << 20);
            });
        });
    print({"intent_write", figures[0], "us p50 from the decision to the socket, digest in the intent, ledger on; baseline: one fdatasync", figures[1], figures[0] / figures[1],
           {Want::at_most, 1.2}});
    return 0;
}
