// `backfuture wire`: what would be sent, what an answer means. Sends nothing.
#pragma once
#include <optional>
#include <string>

namespace bf::app {

struct WireOptions {
    std::string exchange;
    std::string market;
    std::string operation;
    std::string arguments{"{}"};
    std::string timestamp_ms;  ///< request only
    std::string base_url;
    std::string instruments_file;
    std::string account_mode{"classic"};
    std::string site{"global"};
    int status{200};  ///< parse only
};

int wire_request(const WireOptions& options);
int wire_parse(const WireOptions& options);

}  // namespace bf::app
