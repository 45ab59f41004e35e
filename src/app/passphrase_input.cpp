#include "app/passphrase_input.hpp"

#include "app/no_echo.hpp"
#include "backup/format.hpp"
#include "server/passwords.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <sodium.h>
#include <unistd.h>

namespace bf::app {
namespace {

constexpr std::size_t kLineMax = 1024;

Result<crypto::Secret> read_line() {
    auto line = crypto::Secret::zeros(kLineMax);
    std::size_t used = 0;
    const bool fits = line.fill([&used](std::span<unsigned char> room) {
        while (true) {
            unsigned char c = 0;
            const auto got = ::read(STDIN_FILENO, &c, 1);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0 || c == '\n') return true;
            if (used == room.size()) return false;
            room[used++] = c;
        }
    });
    if (!fits) return bad_input("A passphrase has at most 1024 characters.");
    if (used == 0) return bad_input("No passphrase was given: type it, or hand it over as a line on standard input.");
    auto exact = crypto::Secret::zeros(used);
    line.reveal([&](std::string_view from) { exact.fill([&](std::span<unsigned char> into) { std::copy_n(from.begin(), used, into.begin()); }); });
    return exact;
}

bool same(const crypto::Secret& a, const crypto::Secret& b) {
    return a.size() == b.size() &&
           a.reveal([&](std::string_view one) { return b.reveal([&](std::string_view other) { return sodium_memcmp(one.data(), other.data(), one.size()) == 0; }); });
}

/// Typed on a terminal, it is typed twice.
Result<crypto::Secret> read_twice(const char* what) {
    if (isatty(STDIN_FILENO) == 0) return read_line();
    for (int tries = 0; tries < 3; ++tries) {
        BF_TRY(auto first, read_passphrase(what));
        BF_TRY(const auto second, read_passphrase("Once more"));
        if (same(first, second)) return first;
        std::fprintf(stderr, "They differ; try again.\n");
    }
    return bad_input("The two passphrases differ.");
}

}  // namespace

Result<crypto::Secret> read_passphrase(const char* what) {
    if (isatty(STDIN_FILENO) == 0) return read_line();
    const NoEcho quiet;
    std::fprintf(stderr, "%s: ", what);
    auto line = read_line();
    std::fputc('\n', stderr);
    return line;
}

Result<crypto::Secret> read_new_passphrase(const char* what) {
    BF_TRY(auto passphrase, read_twice(what));
    // That it is long enough is judged by what takes it, with a sentence of its own.
    if (passphrase.size() < backup::kPassphraseMin) return passphrase;
    switch (passphrase.reveal([](std::string_view text) { return server::judge_passphrase(text); })) {
        case server::Strength::hopeless:
            return Unexpected{Error{ErrorKind::bad_input, "That passphrase is too easy to guess for what lies in a file: it is made of common words, names, dates or patterns. Four or five words that have nothing to do with each other hold well.",
                                    Fate::not_sent, "passphrase_weak"}};
        case server::Strength::weak:
            std::fprintf(stderr, "This passphrase holds against a curious person, not for long against somebody who has the file and some computers. Four or five words that have nothing to do with each other hold better.\n");
            break;
        case server::Strength::good: break;
    }
    return passphrase;
}

Result<ports::StepUp> read_step_up(const std::string& account) {
    if (account.empty()) return ports::StepUp{};
    BF_TRY(const auto code, read_passphrase(("Code of " + account + "'s authenticator app").c_str()));
    return ports::StepUp{account, code.reveal([](std::string_view text) { return std::string{text}; })};
}

}  // namespace bf::app
