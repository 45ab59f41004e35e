#include "journal/committer.hpp"
#include "journal/disk.hpp"

#include "support/scratch.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/resource.h>

using namespace bf;
using namespace bf::journal;

namespace {

struct Zeros final : ports::Entropy {
    void fill(std::span<unsigned char> bytes) override {
        for (auto& byte : bytes) byte = 1;
    }
};

}  // namespace

TEST_CASE("many threads write through one committer to a real disk; each reads its own entries back in order") {
    const test::Scratch scratch;
    constexpr int kThreads = 16, kEach = 200;
    constexpr std::uint64_t kSize = 1U << 18;
    Zeros entropy;
    {
        DiskFolder folder{scratch.path().string(), kSize};
        auto journal = Journal::open(folder, entropy, [](const Entry&) {}, kSize).value();
        std::uint64_t told = 0;
        {
            Committer committer{*journal, [&told](std::uint64_t durable, const Status& status) {
                                    CHECK(status);
                                    CHECK(durable > told);
                                    told = durable;
                                }};
            std::vector<std::thread> threads;
            std::atomic<int> failures{0};
            for (int t = 0; t < kThreads; ++t)
                threads.emplace_back([&committer, &failures, t] {
                    for (int i = 0; i < kEach; ++i)
                        if (!committer.wait(committer.append(static_cast<std::uint16_t>(t), std::to_string(i) + std::string(200, '.')))) ++failures;
                });
            for (auto& thread : threads) thread.join();
            CHECK(failures == 0);
        }
        CHECK(told == kThreads * kEach);
        REQUIRE(journal->close());
    }
    DiskFolder folder{scratch.path().string()};
    std::map<int, int> next;
    auto journal = Journal::open(folder, entropy, [&next](const Entry& entry) { CHECK(std::stoi(std::string{entry.payload}) == next[entry.kind]++); });
    REQUIRE(journal);
    CHECK((*journal)->opened().closed_well);
    CHECK((*journal)->opened().entries == kThreads * kEach);
    CHECK(next.size() == kThreads);
}

TEST_CASE("a file that could not be made whole does not carry its name") {
    const test::Scratch scratch;
    DiskFolder folder{scratch.path().string()};
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto signal_before = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{1000, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
    const auto failed = folder.create("a", 4000);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, signal_before);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == "disk_full");
    CHECK_FALSE(folder.open("a").has_value());
    CHECK(std::filesystem::is_empty(scratch.path()));
    // What a process left that died while it made one is in nobody's way.
    std::ofstream{scratch.path() / ".a.new"} << "half";
    REQUIRE(folder.create("a", 4000).has_value());
    CHECK(folder.list().value() == std::vector<std::string>{"a"});
}

TEST_CASE("files asked for one after another, faster than they are kept ready, are whole and keep what is written") {
    const test::Scratch scratch;
    constexpr std::uint64_t kSize = 1U << 23;
    const std::string mark(64, 'x');
    DiskFolder folder{scratch.path().string(), kSize};
    while (!std::filesystem::exists(scratch.path() / "next-segment")) std::this_thread::yield();
    std::vector<std::unique_ptr<File>> files;
    for (int i = 0; i < 30; ++i) {
        files.push_back(folder.create("file-" + std::to_string(i), kSize).value());
        REQUIRE(files.back()->size() == kSize);
        REQUIRE(files.back()->write(kSize - mark.size(), mark));
    }
    for (const auto& file : files) {
        std::string found(mark.size(), '\0');
        REQUIRE(file->read(kSize - mark.size(), found));
        CHECK(found == mark);
    }
}

TEST_CASE("a folder that is not there is said") {
    Zeros entropy;
    DiskFolder folder{"/nowhere/at/all"};
    const auto journal = Journal::open(folder, entropy, [](const Entry&) {});
    REQUIRE_FALSE(journal);
    CHECK(journal.error().detail.find("/nowhere/at/all") != std::string::npos);
}

TEST_CASE("what a checkpoint has made superfluous goes from the disk while the committer works on, and the next start begins late") {
    const test::Scratch scratch;
    constexpr std::uint64_t kSize = 1U << 16;
    Zeros entropy;
    const std::string payload(500, 'x');
    std::uint64_t from = 0, last = 0;
    const auto segments = [&] { return std::distance(std::filesystem::directory_iterator{scratch.path()}, std::filesystem::directory_iterator{}); };
    std::ptrdiff_t before = 0;
    {
        DiskFolder folder{scratch.path().string(), kSize};
        auto journal = Journal::open(folder, entropy, [](const Entry&) {}, kSize).value();
        {
            Committer committer{*journal};
            for (int i = 0; i < 1000; ++i) {
                last = committer.append(1, payload);
                // One by one, or a single batch takes a segment of its own size.
                if (i % 20 == 0) REQUIRE(committer.wait(last));
            }
            REQUIRE(committer.wait(last));
            before = segments();
            REQUIRE(before > 5);
            from = last - 10;
            committer.forget_before(from);
            last = committer.append(2, payload);
            CHECK(committer.wait(last));
        }
        CHECK(journal->close());
    }
    CHECK(segments() < before);
    DiskFolder folder{scratch.path().string(), kSize};
    std::uint64_t first = 0, newest = 0;
    const auto reopened = Journal::open(folder, entropy, [&](const Entry& entry) {
        if (first == 0) first = entry.sequence;
        newest = entry.sequence;
    }, kSize);
    REQUIRE(reopened.has_value());
    CHECK(first > 1);
    CHECK(first <= from);
    CHECK(newest == last);
}
