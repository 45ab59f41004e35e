// Unix-domain sockets between our own processes: where they may stand and who may be at the other end. Plain POSIX, no Asio: the signer
// links this.
//
// A socket's file is 0600 in a folder that is 0700 and ours, and each side asks the kernel who the other is: another user's process is
// sent away whichever way it got there. Where the two sides are of two users, each is told of the other by its number; the file is then 0660 in
// a folder that our group may enter (docs/design/processes.md). A file left by a dead process is replaced; that of a living one is a conflict.
// Nothing is removed at the end: start-up is recovery.
#pragma once
#include "base/error.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
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

/// Who can get at the socket's file. Who is answered is another matter: accept_local asks the kernel.
enum class Reach : std::uint8_t {
    own_user,
    own_group,  ///< For a guest. The folder must be there, and closed to whoever is not of our group.
};

/// Makes the folder (0700) of an own_user socket if it is missing. Errors: `denied` for a folder that others can enter, `conflict` for a living server.
Result<Fd> listen_local(const std::string& path, LocalKind kind, Reach reach = Reach::own_user);

/// The error code of a peer that belongs to a user who has no business there.
inline constexpr const char* kOtherUser = "other_user";

/// Accepts one connection without waiting: a closed Fd if there is none, `denied` if it came from a user who is neither us nor root nor the
/// `guest` (and is closed).
Result<Fd> accept_local(int listener, std::optional<uid_t> guest = {});

/// Connects at once or fails: `not_found` without a server, `denied` if the server is not of the `owner`; without one: neither ours nor root's.
Result<Fd> connect_local(const std::string& path, LocalKind kind, std::optional<uid_t> owner = {});

/// Who is at the other end: of an accepted socket who connected, of a connected one who listens.
Result<uid_t> peer_of(int socket);
/// The peer is us or root.
Status check_peer(int socket);

}  // namespace bf::net
