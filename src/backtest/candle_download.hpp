// Fetches the candles of a span from an exchange's list, as a state machine without a network: it says what to ask next, is handed the
// answer, and gives back the candles that are new. Who runs it paces the questions and keeps what came.
//
// Goes from old to new in windows of kRows candles and asks for nothing that is there already or was asked before, so that a download
// that was stopped goes on where it was. An answer speaks for its own window only: exchanges differ in what they send when there is
// nothing in it. A candle that is missing in a window that closed is a gap at the exchange, and is remembered as one. Where an exchange
// keeps candles for a limited time only, the oldest windows are empty; after two of them the beginning is searched by halving.
#pragma once
#include "backtest/candle_file.hpp"
#include "market/types.hpp"

namespace bf::backtest {

class CandleDownload {
public:
    static constexpr std::int64_t kRows = 500;
    /// After its close, until a candle is taken: the exchange's last trades have to get into it.
    static constexpr milliseconds kAfterClose{2'000};

    struct Wish {
        milliseconds interval{};
        std::int64_t from{0};
        std::optional<std::int64_t> to{};  ///< Before it; else to the newest closed candle.
    };
    /// What a set that is there spares us: see known_of.
    struct Known {
        std::vector<Span> spans{};                 ///< Candles that are there, and spans that were asked for; united.
        std::optional<std::int64_t> first{};  ///< The oldest candle.
    };
    static Result<Known> known_of(const CandleSet& set);

    CandleDownload(Wish wish, Known known);

    struct Ask {
        Instant since;
        std::int64_t rows{kRows};
    };
    /// Nothing when all that is closed is there.
    [[nodiscard]] std::optional<Ask> next(Instant exchange_now) const;
    /// The answer to what next() said last. `list` as the exchange gives it, oldest first, the running candle with it or not; `asked_at` by
    /// the exchange's clock. Gives back the candles that are new, in order; fails for a list that is none.
    Result<std::vector<market::Candle>> take(const Ask& asked, const std::vector<market::Candle>& list, Instant asked_at);

    /// What the exchange answered whole, united.
    [[nodiscard]] std::vector<Span> asked() const { return united(asked_); }
    struct Progress {
        std::int64_t wanted{0};    ///< Candles that were missing at the start, were each minute to have one.
        std::int64_t done{0};      ///< Of these, those that were asked for.
        std::int64_t received{0};  ///< Came.
        std::optional<std::int64_t> at{};  ///< So far it is, Unix milliseconds.
        bool searching{false};     ///< For where the exchange's memory begins.
    };
    [[nodiscard]] Progress progress(Instant exchange_now) const;

private:
    [[nodiscard]] std::int64_t closed_by(Instant at) const;
    [[nodiscard]] std::int64_t horizon(Instant exchange_now) const;
    [[nodiscard]] std::int64_t next_missing(std::int64_t at) const;
    [[nodiscard]] std::int64_t missing_between(std::int64_t from, std::int64_t to) const;
    [[nodiscard]] bool is_known(std::int64_t at) const { return next_missing(at) != at; }
    [[nodiscard]] std::int64_t window() const { return kRows * wish_.interval.count(); }
    Status check(const std::vector<market::Candle>& list) const;

    Wish wish_;
    Known known_;
    std::int64_t cursor_;
    std::int64_t received_{0};
    std::vector<Span> asked_;
    int empty_in_row_{0};
    std::optional<Span> search_;  ///< The beginning lies in it.
};

/// A candle as a line of our CSV, with its end. It has a volume.
void append_candle_line(std::string& to, const market::Candle& candle);

}  // namespace bf::backtest
