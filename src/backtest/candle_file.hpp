// The stored form of one set of candles: a head, then a column behind the other as integers, made to be mapped and used where it lies.
//
// Every 256 KiB of columns have a checksum (XXH3-64) of their own; all checksums stand in the head, which has one itself. Opening checks
// the head, what it promises and the file's size, and touches no column. A column's bytes are checked when they are first handed out, once
// for each opened set, and only those that are asked for: whoever holds Candles of a set holds what was written. `verify` checks all of it
// and what candles must be besides. docs/design/candles.md has the layout byte by byte.
//
// Works on bytes; candle_disk.hpp maps and writes them.
#pragma once
#include "backtest/candle_columns.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::backtest {

/// What tells one set from another.
struct CandleKey {
    std::string exchange;  ///< "binance"; a word of ours or of whoever has an own source.
    std::string market;    ///< "spot" or "futures".
    std::string pair;      ///< "BTC/USDT", "BTC/USDT:USDT"
    milliseconds interval{};

    friend bool operator==(const CandleKey&, const CandleKey&) = default;
    /// "binance-spot-BTC-USDT-1m": the set's name in files, paths and on the command line.
    [[nodiscard]] std::string id() const;
    struct Problem {
        std::string_view field;
        std::string sentence;
    };
    /// Why it names no set; nothing if it does.
    [[nodiscard]] std::optional<Problem> problem() const;
};

/// From `from` to before `to`, Unix milliseconds.
struct Span {
    std::int64_t from{0}, to{0};
    friend bool operator==(const Span&, const Span&) = default;
};
/// Candles that are missing between two that are there.
struct Gap {
    std::int64_t from{0}, to{0};
    std::int64_t missing{0};
    bool empty_at_exchange{false};  ///< The exchange was asked for all of it and had none: nobody traded, or it kept none.
    friend bool operator==(const Gap&, const Gap&) = default;
};

/// `spans` in order, without overlaps, those that touch as one.
std::vector<Span> united(std::vector<Span> spans);

struct CandleSetInfo {
    CandleKey key;
    std::string source;  ///< "mexc", "BTCUSDT-1m-2024-01.zip and 11 more": where its candles came from last.
    std::uint64_t count{0}, gaps{0}, missing{0};
    std::int64_t first{0}, last{0};  ///< Open times.
    int price_digits{0}, volume_digits{0};
    std::uint64_t bytes{0};
};

class CandleSet {
public:
    /// `bytes` and what is behind `keeper` live together; `name` is for sentences. `damaged` when it is not what was written.
    static Result<CandleSet> open(std::string_view bytes, std::shared_ptr<const void> keeper, std::string name);

    [[nodiscard]] const CandleSetInfo& info() const { return info_; }
    /// Those that open from `from` to before `to`; none is no error. From any thread.
    [[nodiscard]] Result<Candles> candles(std::optional<std::int64_t> from = {}, std::optional<std::int64_t> to = {}) const;
    /// Within the whole set, in order.
    [[nodiscard]] Result<std::vector<Gap>> gaps() const;
    /// How many candles between `from` and `to` are missing because there was nothing to make one of: gaps that hide nothing.
    [[nodiscard]] Result<std::uint64_t> empty_at_exchange(std::int64_t from, std::int64_t to) const;
    /// What the exchange was asked for and has answered whole, united.
    [[nodiscard]] Result<std::vector<Span>> asked() const;
    /// Every checksum, and that every candle is one.
    [[nodiscard]] Status verify() const;

    static constexpr std::size_t kBlock = 256 * 1024;

private:
    struct Layout;
    friend class CandleImage;
    CandleSet() = default;
    [[nodiscard]] Status check(std::uint64_t offset, std::uint64_t size) const;
    template <class Take>
    [[nodiscard]] Status each_gap(const Take& take) const;
    template <class T>
    [[nodiscard]] Result<std::span<const T>> column(std::uint64_t offset, std::size_t first, std::size_t last) const;

    CandleSetInfo info_;
    std::string name_;
    std::shared_ptr<const void> keeper_;
    std::string_view head_, body_;
    std::uint64_t asked_count_{0};
    std::unique_ptr<std::atomic<bool>[]> checked_;
};

/// The file of these candles, to be written piece by piece. The pieces are valid while `candles` and this live.
class CandleImage {
public:
    /// The candles are sound (an import or a merge made them) and at least one; the key has no problem. `asked` is united.
    CandleImage(const CandleKey& key, std::string source, const Candles& candles, const std::vector<Span>& asked);
    [[nodiscard]] const std::vector<std::string_view>& pieces() const { return pieces_; }

private:
    std::string head_;
    std::string gaps_, asked_;
    std::vector<std::string_view> pieces_;
};

}  // namespace bf::backtest
