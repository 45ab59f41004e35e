// Sequenced-packet Unix sockets: one send is one receive, so there is no framing to get wrong. Plain POSIX, blocking unless said.
#pragma once
#include "base/error.hpp"
#include "base/time.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

namespace bf::signer {

/// Owns a file descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_{number} {}
    Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    [[nodiscard]] int number() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    int release() { return std::exchange(number_, -1); }

private:
    int number_{-1};
};

/// Two ends that know each other: a supervisor keeps one and hands the other to its signer.
Result<std::pair<Descriptor, Descriptor>> socket_pair();
/// Listens at `path` with mode 0600. A socket file that nobody serves any more is replaced; a live one is a conflict.
Result<Descriptor> listen_at(const std::filesystem::path& path);
Result<Descriptor> connect_to(const std::filesystem::path& path);
/// Takes one waiting connection. Nothing if its process runs as another user: then it is closed without a word.
Result<std::optional<Descriptor>> accept_from(int listening, uid_t user);
/// The user at the other end.
Result<uid_t> peer_user(int socket);

enum class Received : std::uint8_t { message, closed };
/// From now on `receive` and `send` on this socket give up after so long.
Status set_patience(int socket, milliseconds patience);
/// Waits for one message, of at most `buffer.size()` bytes, and sets `message` to it. A longer one is an error.
Result<Received> receive(int socket, std::string& buffer, std::string_view& message);
Status send(int socket, std::string_view message);

}  // namespace bf::signer
