// Unix-domain sockets between our own processes: where they may stand and who may be at the other end. Plain POSIX, no Asio: the signer
// links this.
//
// A socket's file is 0600 in a folder that is 0700 and ours, and each side asks the kernel who the other is: another user's process is
// sent away whichever way it got there. A file left by a dead process is replaced; that of a living one is a conflict. Nothing is
// removed at the end: start-up is recovery.
#pragma once
#include "base/error.hpp"

#include <string>
#include <utility>

namespace bf::net {

/// Owns a file descriptor.
class Fd {
public:
    Fd() = default;
    explicit Fd(int number) : number_{number} {}
    ~Fd() { close(); }
    Fd(Fd&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Fd& operator=(Fd&& other) noexcept;
    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    int release() { return std::exchange(number_, -1); }
    void close();

private:
    int number_{-1};
};

enum class LocalKind : std::uint8_t { seqpacket, stream };

/// Makes the folder (0700) if it is missing. Errors: `denied` for a folder that others can enter, `conflict` for a living server.
Result<Fd> listen_local(const std::string& path, LocalKind kind);

/// Accepts one connection without waiting: a closed Fd if there is none, `denied` if it came from another user (and is closed).
Result<Fd> accept_local(int listener);

/// Connects at once or fails: `not_found` without a server, `denied` if the server belongs to another user.
Result<Fd> connect_local(const std::string& path, LocalKind kind);

/// The peer is us or root.
Status check_peer(int socket);

}  // namespace bf::net
