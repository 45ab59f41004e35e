// Where the keys of a data folder are held: by a signer that `serve` starts, as the same user, or by one under a user of its own
// (`backfuture signer`, docs/design/processes.md). In the second case signer.json in the folder says so: commands that ask the signer past the
// engine are told no more than the folder. The engine is told by its supervisor and does not read the file.
#pragma once
#include "net/seqpacket.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace bf::app {

struct SignerPlace {
    std::string socket;
    std::optional<uid_t> user{};  ///< Whose process must answer there. Nothing: one of our own user.

    /// As the folder says.
    static Result<SignerPlace> of(const std::string& data);
    /// For the folder to say from now on.
    [[nodiscard]] Status keep(const std::string& data) const;
    [[nodiscard]] static bool is_kept(const std::string& data);

    /// The vault is another user's, and so are its files.
    [[nodiscard]] bool is_of_another() const;
    /// Why a command that needs the vault itself does nothing here, and who can run it.
    [[nodiscard]] Error of_another() const;
    /// Likewise, where that user has yet to open the vault.
    [[nodiscard]] Error sealed() const;
    [[nodiscard]] Result<net::Seqpacket> connect() const { return net::Seqpacket::connect(socket, user); }
};

/// A user's number, by name or as a number. Only names of /etc/passwd: to ask other directories, the C library would load their code into the
/// process that will hold the keys.
Result<uid_t> read_user(const std::string& text);
/// The name in /etc/passwd, else the number.
std::string name_of_user(uid_t user);

}  // namespace bf::app
