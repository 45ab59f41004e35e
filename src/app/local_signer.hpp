// A signer of a command's own, for a data folder that no server uses: started as a child, hardened as always, gone when the command is done.
#pragma once
#include "signer/client.hpp"

#include <sys/types.h>

namespace bf::app {

class LocalSigner {
public:
    enum class For : std::uint8_t {
        vault,    ///< Opens the vault in the folder.
        restore,  ///< Takes a backup in.
    };
    static Result<LocalSigner> start(const std::string& data, For what);
    LocalSigner(LocalSigner&& other) noexcept;
    LocalSigner& operator=(LocalSigner&&) = delete;
    /// Waits until it has let go of the folder.
    ~LocalSigner();
    [[nodiscard]] signer::Client& client() { return *client_; }

private:
    LocalSigner(pid_t pid, signer::Client client) : pid_{pid}, client_{std::move(client)} {}
    pid_t pid_;
    std::optional<signer::Client> client_;
};

}  // namespace bf::app
