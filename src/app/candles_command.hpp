// `backfuture candles ...`: the sets of candles in a data folder. All but `download` work on the folder itself, with or without a running
// server; a download is the server's work, which has the connections.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace bf::app {

struct CandlesOptions {
    std::string data;
    std::vector<std::string> files;  ///< import
    std::vector<std::string> ids;    ///< verify
    std::string id;                  ///< show, remove, export
    std::string exchange, market, pair, interval;
    std::string connection, from, to;
    std::string out{"-"};
    std::uint64_t seed{1};
    bool replace{false};
    bool json{false};
    /// Of the engine's own imports: bounded in memory, last in line for the processor, gone when the engine is; and what was asked of the
    /// exchange, "FROM-TO,FROM-TO".
    bool confined{false};
    std::string asked, source;
};

int candles_import(const CandlesOptions& options);
int candles_list(const CandlesOptions& options);
int candles_show(const CandlesOptions& options);
int candles_verify(const CandlesOptions& options);
int candles_remove(const CandlesOptions& options);
int candles_export(const CandlesOptions& options);
int candles_sample(const CandlesOptions& options);
int candles_download(const CandlesOptions& options);

/// Where a data folder keeps its sets.
inline std::string candles_folder(const std::string& data) { return data + "/candles"; }

}  // namespace bf::app
