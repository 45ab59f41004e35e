// The signer as the process it is: started, asked, and looked at from outside.
#include "base/text.hpp"
#include "signer/fingerprint.hpp"
#include "signer/sealing.hpp"
#include "support/signer_process.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/syscall.h>

using namespace bf;
using namespace bf::signer;

namespace {

std::string sealed(const Hello& hello, std::string json) { return seal(hello.public_key, crypto::Secret::take(std::move(json))); }

SignItem order(std::string connection, Instant at) {
    SignItem item{std::move(connection), Slot::active, at, at + seconds{5}, {}};
    item.call.operation = exchange::Operation::place_order;
    item.call.symbol = market::Symbol::parse("BTC/USDT");
    item.call.side = market::Side::buy;
    item.call.type = market::OrderType::limit;
    item.call.quantity = "0.25"_d;
    item.call.price = "60000"_d;
    item.call.client_order_id = "bf-1-abc";
    item.reference = ports::PriceReference{"60010"_d, at};
    return item;
}

}  // namespace

TEST_CASE("a transient key signs a typed call over a real socket") {
    test::SignerProcess process;
    auto client = process.client();
    const auto hello = client.hello();
    REQUIRE(hello.has_value());
    CHECK(hello->fingerprint == fingerprint_of(hello->public_key));
    const auto added = client.add("c1", test::kToyExchange, Keep::memory,
                                  sealed(*hello, R"({"key":"toy-key-0001","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})"));
    REQUIRE(added.has_value());
    CHECK(added->kept);

    const auto now = test::SystemClock{}.wall();
    const SignItem items[] = {order("c1", now), order("nobody", now)};
    const auto reply = client.sign(items);
    REQUIRE(reply.has_value());
    REQUIRE((*reply)->items.size() == 2);
    const auto& first = (*reply)->items[0];
    REQUIRE_FALSE(first.refused.has_value());
    const auto& request = first.requests[0];
    CHECK(request.body == R"({"symbol":"BTC/USDT","side":"buy","quantity":"0.25","price":"60000","clientOrderId":"bf-1-abc"})");
    const crypto::HmacSha256 hmac{crypto::Secret::take("c2VjcmV0LXNlY3JldC1zZWNyZXQ=")};
    CHECK(wire::find_header(request.headers, "TOY-SIGN") ==
          to_base64(hmac.sign({std::to_string(now.ms()), "POST", "/v1/orders", request.body})));
    REQUIRE((*reply)->items[1].refused.has_value());
    CHECK((*reply)->items[1].refused->reason == Refusal::unknown_connection);
}

TEST_CASE("its secrets lie where not even root reads them, if the kernel has such pages") {
#ifdef SYS_memfd_secret
    const int probe = static_cast<int>(::syscall(SYS_memfd_secret, 0));
#else
    const int probe = -1;
#endif
    test::SignerProcess process;
    auto client = process.client();
    const auto hello = client.hello();
    REQUIRE(hello.has_value());
    const auto feature = std::find_if(hello->features.begin(), hello->features.end(), [](const Feature& one) { return one.name == "secret_pages"; });
    REQUIRE(feature != hello->features.end());
    CHECK(feature->on == (probe >= 0));
    if (probe < 0) {
        std::printf("skipped: this kernel has no memfd_secret (%s)\n", feature->detail.c_str());
        return;
    }
    ::close(probe);
    REQUIRE(client.add("c1", test::kToyExchange, Keep::memory, sealed(*hello, R"({"key":"toy-key-0001","secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="})")).has_value());
    if (::geteuid() != 0) return;  // Who may not look into it at all learns nothing from being refused.
    const auto folder = "/proc/" + std::to_string(process.pid());
    const net::Fd memory{::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC)};
    REQUIRE(memory.get() >= 0);
    std::size_t hidden = 0, readable = 0;
    std::ifstream maps{folder + "/maps"};
    for (std::string line; std::getline(maps, line);) {
        if (line.find(" rw") == std::string::npos) continue;
        char byte = 0;
        const bool read = ::pread(memory.get(), &byte, 1, static_cast<off_t>(std::stoull(line, nullptr, 16))) == 1;
        const bool secret = line.find("secretmem") != std::string::npos;
        CHECK_FALSE((secret && read));
        hidden += secret;
        readable += read;
    }
    CHECK(hidden >= 2);     // Its own key, and the one it was given.
    CHECK(readable >= 2);  // The rest can be: the look itself works.
}

TEST_CASE("a signer that the system refuses one of its musts does not start, and says which") {
    struct Refused {
        int call;
        unsigned argument;
        std::uint64_t value;
    };
    const struct {
        const char* must;
        std::vector<Refused> refused;
    } rows[] = {
        {"no_new_privileges", {{SCMP_SYS(prctl), 0, PR_SET_NO_NEW_PRIVS}}},
        {"not_dumpable", {{SCMP_SYS(prctl), 0, PR_SET_DUMPABLE}}},
        {"no_core", {{SCMP_SYS(prlimit64), 1, RLIMIT_CORE}, {SCMP_SYS(setrlimit), 0, RLIMIT_CORE}}},
        {"only_listed_calls", {{SCMP_SYS(seccomp), 0, SECCOMP_SET_MODE_FILTER}, {SCMP_SYS(prctl), 0, PR_SET_SECCOMP}}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.must);
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        test::SignerProcess process{[&](Options&) {
            ::dup2(ends[1], STDERR_FILENO);
            // Such a system: one that knows the call and says no.
            auto* filter = ::seccomp_init(SCMP_ACT_ALLOW);
            for (const auto& one : row.refused)
                if (::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), one.call, 1, SCMP_CMP64(one.argument, SCMP_CMP_EQ, one.value, 0)) != 0) ::_exit(90);
            if (::seccomp_load(filter) != 0) ::_exit(91);
        }};
        ::close(ends[1]);
        std::string said;
        char bytes[256];
        for (ssize_t got; (got = ::read(ends[0], bytes, sizeof bytes)) > 0;) said.append(bytes, static_cast<std::size_t>(got));
        ::close(ends[0]);
        const int status = process.wait();
        CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 3));
        CHECK(said.find(std::string{"the signer does not start: the system refuses \""} + row.must) != std::string::npos);
    }
}
