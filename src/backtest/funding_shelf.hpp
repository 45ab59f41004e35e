// Funding rates that were fetched from an exchange, beside the candles of its pair: one file for all lengths of candles, in the same form as a
// file of recorded rates (funding_file.hpp), so that it can be given to a back-test by hand, too.
#pragma once
#include "backtest/candle_file.hpp"
#include "backtest/plan.hpp"

namespace bf::backtest {

/// Whether candles of this key can have any.
bool has_funding(const CandleKey& key);
std::string funding_path(const std::string& folder, const CandleKey& key);
/// By the name of a set, which may be one that can't be read.
std::string funding_path(const std::string& folder, std::string_view id);

/// Those of an earlier download; none where there is no file, `damaged` where it can't be read.
Result<std::vector<FundingRate>> read_kept_funding(const std::string& path);
/// Whole or not at all.
Status keep_funding(const std::string& path, std::span<const FundingRate> rates);
std::string funding_text(std::span<const FundingRate> rates);

/// What a file holds, without reading the rates; nothing where there is none.
struct KeptFunding {
    std::uint64_t settlements{0};
    std::int64_t first{0}, last{0};
};
std::optional<KeptFunding> look_at_kept_funding(const std::string& path);

/// What a run over a period counts of the rates fetched beside its candles: those of the period where they reach over all of it, else none;
/// and the note that says which and why.
struct FetchedFunding {
    std::vector<FundingRate> rates{};
    Note told;
};
FetchedFunding fetched_funding(const std::string& path, const std::string& exchange, Instant from, Instant to);

/// Whether rates reach over all of a period, so that a run may count on them.
bool covers(std::span<const FundingRate> rates, Instant from, Instant to);

}  // namespace bf::backtest
