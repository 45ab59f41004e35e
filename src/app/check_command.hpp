// `backfuture check`: tests a key without a server. Its signer is a child of its own, for the length of the check.
#pragma once
#include <string>
#include <vector>

namespace bf::app {

struct CheckOptions {
    std::string exchange;
    std::string market;
    std::string site{"global"};
    std::string family{"ipv4"};
    std::string base_url;
    std::string symbol;
    std::vector<std::string> accept;
    std::string extra_ca_file;
    bool outsider{false};        ///< This machine is not the key's server.
    std::string server_address;  ///< The server's, where this machine may share it.
    bool json{false};
};

int check(const CheckOptions& options);

/// A report for people: steps, claims and, of one from the key's own server, the verdict.
void print_report(const std::string& report_json, bool with_verdict = true);

}  // namespace bf::app
