#include "net/seqpacket.hpp"

#include "net/net_fixture.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace bf;
using namespace bf::net;
using namespace bf::net::test;

TEST_CASE("messages of every size arrive whole, up to 256 KiB and not above") {
    auto ends = Seqpacket::pair();
    REQUIRE(ends.has_value());
    auto& [a, b] = *ends;
    for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, kMessageMax}) {
        const std::string message(size, 'm');
        REQUIRE(a.send(message, 1s).has_value());
        const auto got = b.receive(1s);
        REQUIRE(got.has_value());
        CHECK(*got == message);
    }
    CHECK_FALSE(a.send(std::string(kMessageMax + 1, 'm'), 1s).has_value());
    CHECK_FALSE(a.send("", 1s).has_value());
}

TEST_CASE("waiting ends in time, and the other side's death is told") {
    auto ends = Seqpacket::pair();
    REQUIRE(ends.has_value());
    auto& [a, b] = *ends;
    const auto nothing = a.receive(10ms);
    REQUIRE_FALSE(nothing.has_value());
    CHECK(nothing.error().code == "timeout");
    const std::string big(kMessageMax, 'm');
    Status full = a.send(big, 10ms);
    for (int i = 0; i < 8 && full; ++i) full = a.send(big, 10ms);
    REQUIRE_FALSE(full.has_value());
    CHECK(full.error().fate == Fate::not_sent);
    { const Seqpacket dying = std::move(b); }
    const auto dead = a.receive(1s);
    REQUIRE_FALSE(dead.has_value());
    CHECK(dead.error().kind == ErrorKind::unreachable);
    CHECK_FALSE(a.send("x", 1s).has_value());
}

TEST_CASE("a socket and the folder it makes are its user's alone") {
    const Folder folder;
    const auto path = folder.file("run/signer.sock");
    const auto listener = listen_local(path, LocalKind::seqpacket);
    REQUIRE(listener.has_value());
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600U);
    REQUIRE(::stat(folder.file("run").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0700U);
    // Nobody waits for whoever does not come.
    const auto nobody = accept_local(listener->get());
    REQUIRE(nobody.has_value());
    CHECK_FALSE(nobody->is_open());
    REQUIRE(Seqpacket::connect(path).has_value());
    const auto somebody = accept_local(listener->get());
    REQUIRE(somebody.has_value());
    CHECK(peer_of(somebody->get()).value() == ::geteuid());
}

TEST_CASE("where a socket may stand") {
    const Folder folder;
    const auto listen = [](const std::string& path) { return listen_local(path, LocalKind::seqpacket); };
    {
        const auto first = listen(folder.file("run/s"));
        REQUIRE(first.has_value());
        const auto second = listen(folder.file("run/s"));
        REQUIRE_FALSE(second.has_value());
        CHECK(second.error().kind == ErrorKind::conflict);
    }
    const auto nobody = Seqpacket::connect(folder.file("run/s"));
    REQUIRE_FALSE(nobody.has_value());
    CHECK(nobody.error().kind == ErrorKind::not_found);
    CHECK(listen(folder.file("run/s")).has_value());  // The dead server's file is replaced.

    ::mkdir(folder.file("open").c_str(), 0755);
    const auto open = listen(folder.file("open/s"));
    REQUIRE_FALSE(open.has_value());
    CHECK(open.error().kind == ErrorKind::denied);

    // For another user: a folder that the own group may enter and nobody may write in, which somebody has made.
    const auto shared = [](const std::string& path) { return listen_local(path, LocalKind::seqpacket, Reach::own_group); };
    CHECK(shared(folder.file("absent/s")).error().kind == ErrorKind::not_found);
    CHECK(shared(folder.file("open/s")).error().kind == ErrorKind::denied);
    REQUIRE((::mkdir(folder.file("group").c_str(), 0750) == 0 && ::chmod(folder.file("group").c_str(), 0770) == 0));
    CHECK(shared(folder.file("group/s")).error().kind == ErrorKind::denied);
    REQUIRE(::chmod(folder.file("group").c_str(), 0750) == 0);
    const auto group = shared(folder.file("group/s"));
    REQUIRE(group.has_value());
    struct stat found {};
    REQUIRE(::stat(folder.file("group/s").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0660U);
    // Told of an owner, a client wants that one: its own user is none then.
    CHECK(Seqpacket::connect(folder.file("group/s"), ::geteuid()).has_value());
    const auto other = Seqpacket::connect(folder.file("group/s"), ::geteuid() + 1);
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().code == kOtherUser);

    folder.write("run/file", "not a socket");
    const auto in_the_way = listen(folder.file("run/file"));
    REQUIRE_FALSE(in_the_way.has_value());
    CHECK(in_the_way.error().kind == ErrorKind::conflict);

    std::filesystem::create_directory(folder.path / std::string(150, 'd'));
    const auto deep = folder.file(std::string(150, 'd') + "/run/s");
    const auto far = listen(deep);
    REQUIRE(far.has_value());
    CHECK(Seqpacket::connect(deep).has_value());
}
