// The folder of stored sets: one file for each, named by its key. Whatever is added to a set is merged into it and written whole beside it
// first, so that a set that is read keeps what it had and a killed writer leaves the old one. One writer at a time, of all programs.
#pragma once
#include "backtest/candle_file.hpp"
#include "backtest/funding_shelf.hpp"

namespace bf::backtest {

class CandleShelf {
public:
    explicit CandleShelf(std::string folder) : folder_{std::move(folder)} {}

    struct Listed {
        std::string id;
        std::optional<CandleSetInfo> info;
        std::string problem;  ///< Why it can't be read, where there is no info.
        std::optional<KeptFunding> funding{};  ///< Fetched beside it.
    };
    [[nodiscard]] Listed describe(const CandleSetInfo& info) const;
    /// By id. Heads only: it takes no longer for long sets.
    [[nodiscard]] Result<std::vector<Listed>> list() const;
    /// `not_found` where there is no such set.
    [[nodiscard]] Result<CandleSet> open(const std::string& id) const;
    [[nodiscard]] Result<CandleSet> open(const CandleKey& key) const { return open(key.id()); }

    /// The pair's set of one-second candles, where there is another one than this and it reaches from one end of a period to the other.
    [[nodiscard]] std::optional<std::string> seconds_beside(const CandleKey& key, std::int64_t from, std::int64_t to) const;

    struct Put {
        CandleKey key;
        std::string source;
        std::vector<Span> asked{};  ///< What an exchange has answered whole.
        OnConflict on_conflict{OnConflict::refuse};
    };
    struct Kept {
        CandleSetInfo info;
        std::uint64_t added{0};  ///< Candles the set had not.
    };
    /// Makes the set or adds to it. A set that is damaged is not added to; remove it first. No candles and no set: `not_found`.
    Result<Kept> put(const Put& put, const Candles& candles);
    /// With the funding rates fetched beside it, unless candles of another length of the same pair are left.
    Status remove(const std::string& id);

    [[nodiscard]] const std::string& folder() const { return folder_; }
    [[nodiscard]] std::string path_of(const std::string& id) const { return folder_ + "/" + id + std::string{kSuffix}; }
    static constexpr std::string_view kSuffix = ".candles";

private:
    std::string folder_;
};

/// Whether it may be a set's name: no part of a path, nothing hidden.
bool is_set_id(std::string_view id);

}  // namespace bf::backtest
