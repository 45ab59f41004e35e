// `backfuture ledger ...`: the ledger of uses, checked and shown from its files, with a server running beside it, without one, or on a
// copy. Only `accept` needs the server: it is the signer who goes on.
#pragma once
#include <string>
#include <vector>

namespace bf::app {

struct LedgerOptions {
    std::string data;
    std::vector<std::string> anchors;
    std::string connection;
    std::string use;
    std::string from, to;
    int limit{50};
    bool json{false};
};

int ledger_verify(const LedgerOptions& options);
int ledger_show(const LedgerOptions& options);
int ledger_export(const LedgerOptions& options);
int ledger_head(const LedgerOptions& options);
int ledger_accept(const LedgerOptions& options);

}  // namespace bf::app
