// Starts what reads strangers' files, imports of candles, and what reads the web process's database for a backup. A process made before the engine
// shuts itself in, since from then on the engine can start nothing; it takes no other orders, and ends with the engine.
#pragma once
#include "base/error.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace bf::app {

class Nursery {
public:
    /// While there is one thread and little is open: the process gets a copy of everything.
    static Result<Nursery> start();
    Nursery(Nursery&& other) noexcept;
    Nursery& operator=(Nursery&&) = delete;
    /// Ends it, and what it has started.
    ~Nursery();

    struct Outcome {
        int status{-1};  ///< Of the exit; negative when it was killed, or the nursery is gone.
        std::string output;
    };
    /// Waits for the end. From any one thread at a time.
    Outcome run(const std::vector<std::string>& arguments);

private:
    Nursery(int socket, pid_t process) : socket_{socket}, process_{process} {}
    int socket_;
    pid_t process_;
};

}  // namespace bf::app
