#include "app/credentials_input.hpp"

#include "app/no_echo.hpp"
#include "app/utf8_mark.hpp"
#include "wire/json_writer.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace bf::app {
namespace {

constexpr std::size_t kInputMax = 64 * 1024;

/// Reads into locked memory, so that no growing buffer leaves copies behind.
Result<crypto::Secret> read_all() {
    auto buffer = crypto::Secret::zeros(kInputMax + 1);
    std::size_t used = 0;
    const bool readable = buffer.fill([&used](std::span<unsigned char> bytes) {
        while (used < bytes.size()) {
            const auto got = ::read(STDIN_FILENO, bytes.data() + used, bytes.size() - used);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return false;
            if (got == 0) break;
            used += static_cast<std::size_t>(got);
        }
        return true;
    });
    if (!readable) return Unexpected{Error{ErrorKind::io, "standard input can't be read"}};
    if (used > kInputMax) return bad_input("the credentials on standard input are longer than 64 KiB");
    const std::size_t mark = buffer.reveal([](std::string_view text) { return text.starts_with(kUtf8Mark) ? kUtf8Mark.size() : 0; });
    auto exact = crypto::Secret::zeros(used - mark);
    exact.fill([&](std::span<unsigned char> to) {
        buffer.reveal([&](std::string_view from) { std::memcpy(to.data(), from.data() + mark, to.size()); });
    });
    return exact;
}

std::string prompt(const char* what) {
    std::fprintf(stderr, "%s: ", what);
    std::string line;
    line.reserve(4096);  // No growth while a secret is typed: nothing is left behind by a reallocation.
    char c = 0;
    while (line.size() < 4096 && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') line += c;
    std::fputc('\n', stderr);
    return line;
}

crypto::Secret ask() {
    const NoEcho quiet;
    std::string json;
    json.reserve(32768);
    wire::JsonWriter out{json};
    out.begin_object();
    for (const auto& [name, words] : {std::pair{"key", "API key"}, {"secret", "Secret"}, {"passphrase", "Passphrase (empty if the exchange has none)"}}) {
        std::string value = prompt(words);
        if (!value.empty() || std::string_view{name} != "passphrase") out.member(name, value);
        crypto::wipe(value);
    }
    out.end_object();
    return crypto::Secret::take(std::move(json));
}

}  // namespace

Result<crypto::Secret> read_credentials() {
    if (isatty(STDIN_FILENO) != 0) return ask();
    return read_all();
}

Result<crypto::Secret> read_password() {
    if (::isatty(STDIN_FILENO) == 1) {
        const NoEcho quiet;
        return crypto::Secret::take(prompt("Password"));
    }
    BF_TRY(const auto all, read_all());
    auto line = all.reveal([](std::string_view bytes) { return std::string{bytes.substr(0, bytes.find_first_of("\r\n"))}; });
    if (line.empty()) return bad_input("the password is missing on standard input");
    return crypto::Secret::take(std::move(line));
}

}  // namespace bf::app
