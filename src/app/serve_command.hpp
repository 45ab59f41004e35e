// `backfuture serve`: starts the processes, watches them, starts again what dies, ends them all with itself.
#pragma once
#include "app/processes.hpp"

namespace bf::app {

struct ServeOptions {
    ProcessOptions process;
    std::string tls;  ///< "self-signed" or empty.
    bool demo{false};
    bool json{false};
    std::string alarm_command;  ///< A program of the operator's; empty: none.
    int hung_after{60};  ///< A process that was not heard of for so many seconds is ended and started again; 0: none is.
};

/// Prints one JSON line on standard output when the dashboard answers. Runs until a signal.
int serve(const ServeOptions& options);

}  // namespace bf::app
