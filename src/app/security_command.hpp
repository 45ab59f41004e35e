// `backfuture security`: what is not as safe as it could be on the running server, with what to do about it.
#pragma once
#include <string>

namespace bf::app {

struct SecurityOptions {
    std::string data;
    std::string language{"en"};  ///< "en" or "nl".
    bool json{false};
};

/// Exit status: 0; 2 when a finding is critical; 3 when the server can't be asked.
int security(const SecurityOptions& options);

}  // namespace bf::app
