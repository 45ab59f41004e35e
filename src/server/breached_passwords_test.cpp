#include "server/breached_passwords.hpp"

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "server/passwords.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fstream>
#include <vector>

using namespace bf;
using namespace bf::server;

namespace {

std::string line_of(const std::string& password, std::uint64_t count) {
    auto hash = to_hex(crypto::sha1(as_bytes(password)));
    for (auto& c : hash) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return hash + ":" + std::to_string(count);
}

struct Folder {
    bf::test::Scratch scratch;
    std::string put(const std::string& bytes) {
        const auto path = (scratch.path() / "pwned.txt").string();
        std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
        return path;
    }
    std::string put(std::vector<std::string> lines, const std::string& end, bool last_ends = true) {
        std::string bytes;
        for (const auto& line : lines) bytes += line + end;
        if (!last_ends) bytes.resize(bytes.size() - end.size());
        return put(bytes);
    }
};

std::vector<std::string> sorted_lines(int count) {
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) lines.push_back(line_of("leaked " + std::to_string(i), static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(i) * 977));
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::string refusal(const std::string& path) {
    const auto list = BreachedPasswords::open(path);
    return list ? "taken" : list.error().detail;
}

}  // namespace

TEST_CASE("each password of a list is found in it and no other, however its lines end and however many there are") {
    Folder folder;
    for (const int count : {1, 2, 3, 7, 100, 3'000})
        for (const char* end : {"\n", "\r\n"})
            for (const bool last_ends : {true, false}) {
                CAPTURE(count);
                CAPTURE(end);
                CAPTURE(last_ends);
                const auto list = BreachedPasswords::open(folder.put(sorted_lines(count), end, last_ends));
                REQUIRE_MESSAGE(list, list.error().detail);
                for (int i = 0; i < count; ++i) CHECK(list->holds("leaked " + std::to_string(i)).value());
                for (int i = 0; i < 200; ++i) CHECK_FALSE(list->holds("kept " + std::to_string(i)).value());
            }
    // As published: the hash of "password" stands in it thus.
    const auto real = BreachedPasswords::open(folder.put("000000005AD76BD555C1D6D771DE417A4B87E4B4:10\r\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\r\n"));
    CHECK(real->holds("password").value());
    CHECK_FALSE(real->holds("Password").value());
    // Lower case and without counts, as other tools write it.
    CHECK(BreachedPasswords::open(folder.put("5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8\n"))->holds("password").value());
}

TEST_CASE("what is no such list, or out of order, is refused with what to do") {
    Folder folder;
    const std::string list = "The list of breached passwords ";
    const auto missing = (folder.scratch.path() / "none.txt").string();
    CHECK(refusal(missing) == list + missing + " can't be read: No such file or directory. Name a file that the user BackFuture runs as may read, or leave out --breached-passwords.");
    CHECK(refusal(folder.scratch.path().string()) == list + folder.scratch.path().string() + " is no file with anything in it.");
    const auto path = folder.put("");
    CHECK(refusal(path) == list + path + " is no file with anything in it.");
    const auto none = [&](std::uint64_t at) { return list + path + " holds a line at byte " + std::to_string(at) + " that is none of HASH:COUNT, with a SHA-1 hash of 40 hexadecimal digits."; };
    for (const auto* text : {"password\n", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:\n", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:x\n", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FDG:1\n", "\n", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8 1\n"}) {
        folder.put(text);
        CHECK_MESSAGE(refusal(path) == none(0), text);
    }
    folder.put(std::string(1'000, 'A'));
    CHECK(refusal(path) == none(0));
    folder.put("8846F7EAEE8FB117AD06BDD830B7586C:1\n");
    CHECK(refusal(path) == list + path + " holds NTLM hashes. Take the list of SHA-1 hashes.");

    // The same list ordered by how often: the first places tell.
    auto lines = sorted_lines(3'000);
    std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return std::pair{a.size(), a.substr(41)} > std::pair{b.size(), b.substr(41)}; });
    folder.put(lines, "\r\n");
    CHECK(refusal(path).find(" is not sorted by hash (at byte ") != std::string::npos);
    CHECK(refusal(path).ends_with("Take the list ordered by hash, or sort it: LC_ALL=C sort -o SORTED " + path));
}

TEST_CASE("a list that is spoiled between the places that were looked at says so when it matters, and no password is taken by it") {
    Folder folder;
    const auto lines = sorted_lines(3'000);
    auto spoiled = lines;
    // What half of all searches look at second is larger than what all looked at first.
    for (std::size_t i = 700; i < 800; ++i) std::swap(spoiled[i], spoiled[i + 2'200]);
    const auto path = folder.put(lines, "\n");
    auto list = BreachedPasswords::open(path);
    REQUIRE(list);
    {
        std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
        std::string bytes;
        for (const auto& line : spoiled) bytes += line + "\n";
        file << bytes;
    }
    int out_of_order = 0;
    for (int i = 0; i < 100; ++i) {
        const auto held = list->holds("kept " + std::to_string(i));
        if (!held) ++out_of_order;
    }
    CHECK(out_of_order > 0);

    net::Loop loop;
    auto desk = make_password_desk(loop, std::move(*list));
    std::vector<std::string> codes;
    for (int i = 0; i < 30; ++i)
        REQUIRE(desk->hash("kept " + std::to_string(i), [&codes](const Result<std::string>& made) { codes.push_back(made ? "" : made.error().code); }));
    REQUIRE(loop.run_until([&codes] { return codes.size() == 30; }, seconds{60}));
    CHECK(std::count(codes.begin(), codes.end(), "breached_list") > 0);
}

TEST_CASE("the desk hashes no password that leaked") {
    Folder folder;
    net::Loop loop;
    auto list = BreachedPasswords::open(folder.put({line_of("four grey herons waited", 3)}, "\n"));
    REQUIRE(list);
    auto desk = make_password_desk(loop, std::move(*list));
    std::vector<Result<std::string>> made;
    for (const auto* password : {"four grey herons waited", "five grey herons waited"})
        REQUIRE(desk->hash(password, [&made](Result<std::string> one) { made.push_back(std::move(one)); }));
    REQUIRE(loop.run_until([&made] { return made.size() == 2; }, seconds{20}));
    const auto refused = std::find_if(made.begin(), made.end(), [](const auto& one) { return !one; });
    const auto taken = std::find_if(made.begin(), made.end(), [](const auto& one) { return one.has_value(); });
    REQUIRE(refused != made.end());
    REQUIRE(taken != made.end());
    CHECK(refused->error().kind == ErrorKind::bad_input);
    CHECK(refused->error().code == "password_breached");
    CHECK(verify_password(**taken, "five grey herons waited"));
}
