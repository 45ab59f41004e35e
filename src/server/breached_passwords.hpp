// Passwords that leaked from other services, in a file that the operator fetched: the list of SHA-1 hashes that "Have I Been Pwned" publishes, one line
// `HASH:COUNT` for each, sorted by hash. It has tens of gigabytes and stays on the disk; nobody is asked.
// Source: github.com/HaveIBeenPwned/PwnedPasswordsDownloader, README (read 2026-11-29).
#pragma once
#include "base/error.hpp"
#include "net/local_socket.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bf::server {

class BreachedPasswords {
public:
    /// Keeps the file open, so that a process that shuts itself in can go on reading it, and one that is replaced stays as it was. Refuses what can't be
    /// read, holds anything but such lines, or is out of order at one of the few hundred places that are looked at.
    static Result<BreachedPasswords> open(const std::string& path);

    /// Whether the password is in it; some thirty short reads. Blocks. Fails when the file can't be read any more or contradicts
    /// its order on the way.
    [[nodiscard]] Result<bool> holds(std::string_view password) const;

private:
    /// In hex, upper case.
    using Hash = std::array<char, 40>;
    struct Line {
        std::uint64_t begin{0}, end{0};  ///< Where it stands, and where the next one does.
        Hash hash{};
    };

    BreachedPasswords(std::string path, net::Fd file, std::uint64_t size) : path_{std::move(path)}, file_{std::move(file)}, size_{size} {}
    /// The first that begins at `at` or behind it; at the end of the file one of no length.
    [[nodiscard]] Result<Line> line_from(std::uint64_t at) const;
    [[nodiscard]] Unexpected<Error> refuse(const std::string& what) const;
    [[nodiscard]] Unexpected<Error> out_of_order(std::uint64_t at) const;

    std::string path_;
    net::Fd file_;
    std::uint64_t size_;
};

}  // namespace bf::server
