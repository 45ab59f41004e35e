// The .CHECKSUM files that Binance publishes beside its dumps, in the form that sha256sum writes: the digest in hex, blanks, the file's name.
// Source: github.com/binance/binance-public-data, README, "CHECKSUM" (read 2026-11-29).
#pragma once
#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bf::backtest {

/// Whether a file is one, by its name.
bool is_checksum(const std::string& path);

class Checksums {
public:
    /// Reads those among `paths`. Each must be of another one of them.
    static Result<Checksums> among(const std::vector<std::string>& paths);

    /// `bytes` of the file against the one that was given with it or lies beside it. False where there is none; fails where it is not the file's.
    [[nodiscard]] Result<bool> verify(const std::string& path, std::string_view bytes) const;

private:
    struct Checksum {
        std::string digest;  ///< SHA-256 in hex, lower case.
        std::string file;    ///< Whose it is, without a folder.
        std::string from;    ///< Where it stood.
    };
    static Result<Checksum> read(const std::string& path);
    static Status hold_against(std::string_view bytes, const Checksum& checksum);
    std::vector<Checksum> given_;
};

}  // namespace bf::backtest
