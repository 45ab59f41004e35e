#include "crypto/hmac.hpp"
#include "crypto/secret_pages.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <doctest/doctest.h>
#include <functional>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace bf;

namespace {

/// How a child ended: what it returned, or the signal that ended it (negative). In a child, since the pages are never given back.
int in_child(const std::function<int()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (const int number : {SIGSEGV, SIGABRT, SIGBUS}) std::signal(number, SIG_DFL);
        ::alarm(60);
        ::_exit(act());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/// As a debugger reads: through the kernel.
bool kernel_reads(const void* from, std::size_t size) {
    std::vector<char> to(size);
    const iovec here{to.data(), size}, there{const_cast<void*>(from), size};
    return ::process_vm_readv(::getpid(), &here, 1, &there, 1, 0) == static_cast<ssize_t>(size) && std::memcmp(to.data(), from, size) == 0;
}

const void* place_of(const crypto::Secret& secret) {
    return secret.reveal([](std::string_view bytes) -> const void* { return bytes.data(); });
}

bool kernel_has_them() {
    if (in_child([] { return crypto::open_secret_pages() ? 0 : 1; }) == 0) return true;
    std::printf("skipped: this kernel has none, or does not let this user lock a page\n");
    return false;
}

}  // namespace

TEST_CASE("secrets in secret pages are read by their process and by nobody through the kernel") {
    if (!kernel_has_them()) return;
    const int ended = in_child([] {
        const auto before = crypto::Secret::take("before they were asked for");
        if (!kernel_reads(place_of(before), before.size())) return 1;  // Or the rest proves nothing.
        if (!crypto::open_secret_pages() || !crypto::open_secret_pages()) return 2;
        std::vector<crypto::Secret> many;
        for (std::size_t i = 0; i < 500; ++i) many.push_back(crypto::Secret::take("secret " + std::string(i * 8, 'x')));
        for (std::size_t i = 0; i < many.size(); ++i) {
            if (!many[i].reveal([i](std::string_view text) { return text == "secret " + std::string(i * 8, 'x'); })) return 3;
            if (kernel_reads(place_of(many[i]), many[i].size())) return 4;
        }
        const crypto::HmacSha256 hmac{many[0]};
        if (hmac.sign({"x"}) != crypto::HmacSha256{crypto::Secret::take("secret ")}.sign({"x"})) return 5;
        // More than a page goes where it went before, and both are freed as they were made.
        const auto large = crypto::Secret::random(100'000);
        if (!kernel_reads(place_of(large), large.size())) return 6;
        return 0;
    });
    CHECK(ended == 0);
}

TEST_CASE("a secret page is wiped for its next secret, and used again") {
    if (!kernel_has_them()) return;
    const int ended = in_child([] {
        if (!crypto::open_secret_pages()) return 1;
        const void* place = nullptr;
        {
            const auto first = crypto::Secret::take("the first one's bytes");
            place = place_of(first);
        }
        auto* const second = static_cast<const char*>(crypto::allocate_secret(21));
        if (second != place) return 2;
        for (std::size_t i = 0; i < 21; ++i)
            if (second[i] != 0) return 3;
        return 0;
    });
    CHECK(ended == 0);
}

TEST_CASE("no child has a secret page, and nobody reads or writes beyond a secret") {
    if (!kernel_has_them()) return;
    const auto with_secret = [](const std::function<int(char*)>& act) {
        return in_child([&act] {
            if (!crypto::open_secret_pages()) return 1;
            auto* const bytes = static_cast<char*>(crypto::allocate_secret(32));
            std::memset(bytes, 's', 32);
            return act(bytes);
        });
    };
    CHECK(with_secret([](char* bytes) { return bytes[31] == 's' ? 0 : 2; }) == 0);
    CHECK(with_secret([](char* bytes) { return in_child([bytes] { return static_cast<volatile char*>(bytes)[0] == 's' ? 2 : 3; }) == -SIGSEGV ? 0 : 4; }) == 0);
    CHECK(with_secret([](char* bytes) { return static_cast<volatile char*>(bytes)[32] == 's' ? 2 : 3; }) == -SIGSEGV);
    CHECK(with_secret([](char* bytes) {
              bytes[-1] = 'x';
              crypto::free_secret(bytes);
              return 2;
          }) == -SIGABRT);
}
