#include "net/local.hpp"

#include "net/net_fixture.hpp"
#include "net/seqpacket.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

using namespace bf;
using namespace bf::net;
using namespace bf::net::test;

namespace {

/// Answers many peers on a thread, as the signer is a process of its own. What it does with a message is a function.
class Signer {
public:
    using Answer = std::function<void(Seqpacket& peer, std::string_view message)>;
    Signer(const std::string& path, Answer answer) : answer_{std::move(answer)} {
        auto listener = listen_local(path, LocalKind::seqpacket);
        REQUIRE(listener.has_value());
        thread_ = std::thread{[this, listener = std::move(*listener)] { serve(listener.get()); }};
    }
    ~Signer() {
        ending_ = true;
        thread_.join();
    }
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;

private:
    void serve(int listener) {
        std::vector<Seqpacket> peers;
        while (!ending_) {
            std::vector<pollfd> waiting{{listener, POLLIN, 0}};
            for (const auto& peer : peers) waiting.push_back({peer.fd(), POLLIN, 0});
            ::poll(waiting.data(), waiting.size(), 5);
            if (auto socket = accept_local(listener); socket && socket->is_open()) peers.push_back(Seqpacket::adopt(std::move(*socket)).value());
            std::erase_if(peers, [this](Seqpacket& peer) { return !hear(peer); });
        }
    }
    /// False when the peer is gone.
    bool hear(Seqpacket& peer) {
        while (true) {
            const auto message = peer.try_receive();
            if (!message || !message->has_value()) return message.has_value();
            answer_(peer, **message);
        }
    }

    Answer answer_;
    std::atomic<bool> ending_{false};
    std::thread thread_{};
};

void send(Seqpacket& peer, std::string_view message) { (void)peer.send(message, 5s).has_value(); }
const Signer::Answer kEcho = [](Seqpacket& peer, std::string_view message) { send(peer, message); };

}  // namespace

TEST_CASE("a limit on one receive is none on the next, which waits until the other side says something or is gone") {
    auto ends = Seqpacket::pair();
    REQUIRE(ends.has_value());
    {
        Seqpacket other = std::move(ends->second);
        const auto late = ends->first.receive(1ms);
        REQUIRE_FALSE(late.has_value());
        CHECK(late.error().code == "timeout");
        REQUIRE(other.send("here", 1s).has_value());
        const auto message = ends->first.receive();
        REQUIRE(message.has_value());
        CHECK(*message == "here");
        timeval limit{1, 1};
        socklen_t size = sizeof limit;
        REQUIRE(::getsockopt(ends->first.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, &size) == 0);
        CHECK(limit.tv_sec == 0);
        CHECK(limit.tv_usec == 0);
    }
    const auto gone = ends->first.receive();
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error().kind == ErrorKind::unreachable);
}

TEST_CASE("calls are pipelined and each answer finds its caller, in any order") {
    const Folder folder;
    std::vector<std::string> held;
    const Signer signer{folder.file("run/s"), [&](Seqpacket& peer, std::string_view message) {
                            held.emplace_back(message);
                            if (held.size() < 500) return;
                            std::reverse(held.begin(), held.end());
                            for (const auto& one : held) send(peer, one);
                        }};
    Loop loop;
    CallClient calls{loop, folder.file("run/s")};
    std::vector<int> answers(500, 0);
    int right = 0;
    for (int i = 0; i < 500; ++i) {
        calls.call(std::to_string(i), 5s, [&, i](const Result<std::string_view>& answer) {
            right += answer.has_value() && *answer == std::to_string(i);
            ++answers[static_cast<std::size_t>(i)];
        });
    }
    CHECK(right == 0);  // Never inside the call.
    REQUIRE(loop.run_until([&] { return right == 500; }, 5s));
    CHECK(std::all_of(answers.begin(), answers.end(), [](int n) { return n == 1; }));
}

TEST_CASE("a call may follow from an answer, and large ones go both ways") {
    const Folder folder;
    const Signer signer{folder.file("run/s"), kEcho};
    Loop loop;
    CallClient calls{loop, folder.file("run/s")};
    int rounds = 0;
    int beside = 0;
    const std::string big(200'000, 'b');
    std::function<void(Result<std::string_view>)> next = [&](const Result<std::string_view>& answer) {
        REQUIRE(answer.has_value());
        CHECK(*answer == big);
        if (++rounds < 20) calls.call(big, 5s, next);
    };
    calls.call(big, 5s, next);
    for (int i = 0; i < 20; ++i) calls.call(big, 5s, [&](const Result<std::string_view>& answer) { beside += answer.has_value(); });
    REQUIRE(loop.run_until([&] { return rounds == 20 && beside == 20; }, 5s));
    Error refused;
    calls.call(std::string(kMessageMax, 'x'), 5s, [&](const Result<std::string_view>& answer) { refused = answer.error(); });
    REQUIRE(loop.run_until([&] { return !refused.detail.empty(); }, 5s));
    CHECK(refused.kind == ErrorKind::bad_input);
}

TEST_CASE("a dead signer fails what it owes, a late one its callers; the next call finds the new one") {
    const Folder folder;
    Loop loop;
    CallClient calls{loop, folder.file("run/s")};
    std::vector<Error> errors;
    std::vector<std::string> answers;
    const CallClient::Done note = [&](const Result<std::string_view>& answer) {
        if (answer)
            answers.emplace_back(*answer);
        else
            errors.push_back(answer.error());
    };
    calls.call("nobody there", 5s, note);
    REQUIRE(loop.run_until([&] { return errors.size() == 1; }, 5s));
    CHECK(errors[0].kind == ErrorKind::unreachable);
    CHECK(errors[0].fate == Fate::not_sent);
    {
        std::atomic<int> seen{0};
        const Signer silent{folder.file("run/s"), [&](auto&, auto) { ++seen; }};
        calls.call("times out", 50ms, note);
        REQUIRE(loop.run_until([&] { return errors.size() == 2; }, 5s));
        CHECK(errors[1].code == "timeout");
        calls.call("dies", 60s, note);
        REQUIRE(loop.run_until([&] { return seen == 2; }, 5s));
    }
    REQUIRE(loop.run_until([&] { return errors.size() == 3; }, 5s));
    CHECK(errors[2].kind == ErrorKind::unreachable);
    CHECK(errors[2].fate == Fate::unknown);
    const Signer again{folder.file("run/s"), kEcho};
    calls.call("hello", 5s, note);
    REQUIRE(loop.run_until([&] { return answers.size() == 1; }, 5s));
    CHECK(answers[0] == "hello");
}

TEST_CASE("a call that ran out of time before it left does not leave later") {
    const Folder folder;
    Loop loop;
    const auto listener = listen_local(folder.file("run/s"), LocalKind::seqpacket).value();
    CallClient calls{loop, folder.file("run/s")};
    std::vector<Fate> fates;
    const std::string large(200 * 1024, 'x');
    constexpr std::size_t kCalls = 10;
    for (std::size_t i = 0; i < kCalls; ++i) calls.call(large, 100ms, [&](const Result<std::string_view>& answer) { fates.push_back(answer.error().fate); });
    REQUIRE(loop.run_until([&] { return fates.size() == kCalls; }, 5s));
    const auto left = std::count(fates.begin(), fates.end(), Fate::unknown);
    CHECK(left > 0);
    CHECK(std::count(fates.begin(), fates.end(), Fate::not_sent) == static_cast<std::ptrdiff_t>(kCalls) - left);
    // Now somebody reads again.
    auto server = Seqpacket::adopt(accept_local(listener.get()).value()).value();
    calls.call("last", 5s, [](const Result<std::string_view>&) {});
    std::ptrdiff_t before = 0;
    bool last = false;
    const auto all_read = [&] {
        for (auto message = server.try_receive(); message && message->has_value() && !last; message = server.try_receive()) {
            last = (*message)->ends_with("last");
            if (!last) ++before;
        }
        return last;
    };
    REQUIRE(loop.run_until(all_read, 5s));
    CHECK(before == left);
}

TEST_CASE("a call client may be destroyed inside an answer") {
    const Folder folder;
    const Signer signer{folder.file("run/s"), kEcho};
    Loop loop;
    auto calls = std::make_unique<CallClient>(loop, folder.file("run/s"));
    int answers = 0;
    for (int i = 0; i < 5; ++i) {
        calls->call("x", 5s, [&](const Result<std::string_view>& answer) {
            ++answers;
            calls.reset();
            CHECK(answer.value() == "x");
        });
    }
    REQUIRE(loop.run_until([&] { return answers > 0; }, 5s));
    (void)loop.run_until([] { return false; }, 20ms);
    CHECK(answers == 1);
}

namespace {

struct Hub : LinkServer::Events {
    std::unique_ptr<LinkServer> server{};
    int joined{0};
    int left{0};
    void on_joined(LinkServer::Id) override { ++joined; }
    void on_message(LinkServer::Id id, std::string_view message) override {
        if (message == "drop me") return server->drop(id);
        if (message == "end") return server.reset();
        server->send(id, message);
    }
    void on_left(LinkServer::Id) override { ++left; }
};

struct Spoke : LinkClient::Events {
    int connected{0};
    std::vector<std::string> messages{};
    std::vector<Error> losses{};
    std::function<void()> when_message = [] {};
    void on_connected() override { ++connected; }
    void on_message(std::string_view message) override {
        messages.emplace_back(message);
        when_message();
    }
    void on_lost(const Error& why) override { losses.push_back(why); }
};

}  // namespace

TEST_CASE("links carry messages of any size in order, to many at once") {
    const Folder folder;
    Loop loop;
    Hub hub;
    auto opened = LinkServer::open(loop, folder.file("run/link"), hub);
    REQUIRE(opened.has_value());
    hub.server = std::move(*opened);
    Spoke one;
    Spoke other;
    LinkClient first{loop, folder.file("run/link"), LinkClient::Reconnect::never, one};
    LinkClient second{loop, folder.file("run/link"), LinkClient::Reconnect::never, other};
    CHECK_FALSE(first.send("too early"));
    REQUIRE(loop.run_until([&] { return hub.joined == 2; }, 5s));
    std::vector<std::string> sent;
    for (const std::size_t size : {0U, 1U, 100U, 16'384U, 100'000U, 3'000'000U, 5U}) sent.emplace_back(size, 'j');
    for (const auto& message : sent) CHECK(first.send(message));
    CHECK(second.send("{}"));
    REQUIRE(loop.run_until([&] { return one.messages.size() == sent.size() && other.messages.size() == 1; }, 5s));
    CHECK(one.messages == sent);
    CHECK(second.send("drop me"));
    REQUIRE(loop.run_until([&] { return other.losses.size() == 1; }, 5s));
    CHECK_FALSE(second.send("too late"));
    CHECK(first.send("still here"));
}

TEST_CASE("what waits and what is being written are bounded together: one that reads nothing is cut off") {
    const Folder folder;
    Loop loop;
    Hub hub;
    auto opened = LinkServer::open(loop, folder.file("run/link"), hub);
    REQUIRE(opened.has_value());
    hub.server = std::move(*opened);
    const auto deaf = connect_local(folder.file("run/link"), LocalKind::stream);
    REQUIRE(deaf.has_value());
    REQUIRE(loop.run_until([&] { return hub.joined == 1; }, 5s));
    const std::string large(12 * 1024 * 1024, 'j');
    for (int i = 0; i < 2; ++i) hub.server->send(1, large);
    CHECK_FALSE(loop.run_until([&] { return hub.left == 1; }, 20ms));
    hub.server->send(1, large);
    CHECK(loop.run_until([&] { return hub.left == 1; }, 5s));
}

TEST_CASE("a link that can't be accepted for want of descriptors waits, and burns no processor meanwhile") {
    const Folder folder;
    Loop loop;
    Hub hub;
    auto opened = LinkServer::open(loop, folder.file("run/link"), hub);
    REQUIRE(opened.has_value());
    hub.server = std::move(*opened);
    const auto waiting = connect_local(folder.file("run/link"), LocalKind::stream);
    REQUIRE(waiting.has_value());
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{3, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    int turns = 0;
    (void)loop.run_until([&] { return ++turns > 1'000; }, 300ms);
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(turns < 100);
    CHECK(hub.joined == 0);
    CHECK(loop.run_until([&] { return hub.joined == 1; }, 5s));
}

TEST_CASE("a link comes back by itself when its server does, and a leaving client is noticed") {
    const Folder folder;
    Loop loop;
    Spoke spoke;
    auto client = std::make_unique<LinkClient>(loop, folder.file("run/link"), LinkClient::Reconnect::always, spoke);
    REQUIRE(loop.run_until([&] { return spoke.losses.size() == 1; }, 5s));
    CHECK(spoke.losses[0].kind == ErrorKind::not_found);
    for (int round = 1; round <= 2; ++round) {
        Hub hub;
        auto opened = LinkServer::open(loop, folder.file("run/link"), hub);
        REQUIRE(opened.has_value());
        hub.server = std::move(*opened);
        REQUIRE(loop.run_until([&] { return spoke.connected == round; }, 5s));
        if (round == 1) {
            const auto losses = spoke.losses.size();
            CHECK(client->send("end"));  // The server ends inside its own callback.
            REQUIRE(loop.run_until([&] { return hub.server == nullptr && spoke.losses.size() > losses; }, 5s));
        } else {
            spoke.when_message = [&] { client.reset(); };
            CHECK(client->send("x"));
            REQUIRE(loop.run_until([&] { return hub.left == 1; }, 5s));
        }
    }
}

TEST_CASE("a frame above the limit ends the link") {
    const Folder folder;
    Loop loop;
    Hub hub;
    auto opened = LinkServer::open(loop, folder.file("run/link"), hub);
    REQUIRE(opened.has_value());
    hub.server = std::move(*opened);
    const auto raw = connect_local(folder.file("run/link"), LocalKind::stream);
    REQUIRE(raw.has_value());
    REQUIRE(::write(raw->get(), "\xff\xff\xff\xff", 4) == 4);
    REQUIRE(loop.run_until([&] { return hub.left == 1; }, 5s));
}

TEST_CASE("a long message that is only announced takes no room") {
    const Folder folder;
    Loop loop;
    Hub hub;
    auto opened = LinkServer::open(loop, folder.file("run/link"), hub);
    REQUIRE(opened.has_value());
    hub.server = std::move(*opened);
    const auto resident = [] {
        std::size_t all = 0, pages = 0;
        std::ifstream{"/proc/self/statm"} >> all >> pages;
        return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    };
    const auto before = resident();
    std::vector<Fd> peers;
    for (int i = 0; i < 8; ++i) {
        auto raw = connect_local(folder.file("run/link"), LocalKind::stream);
        REQUIRE(raw.has_value());
        REQUIRE(::write(raw->get(), "\0\0\0\1begun", 9) == 9);
        peers.push_back(std::move(*raw));
    }
    REQUIRE(loop.run_until([&] { return hub.joined == 8; }, 5s));
    // A peer that leaves is noticed behind what it wrote, and so is what the others wrote before.
    peers.pop_back();
    REQUIRE(loop.run_until([&] { return hub.left == 1; }, 5s));
    CHECK(resident() < before + kLinkMessageMax);
    CHECK(hub.left == 1);
}
