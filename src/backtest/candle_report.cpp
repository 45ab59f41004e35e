#include "backtest/candle_report.hpp"

#include "backtest/candle_words.hpp"

namespace bf::backtest {

void write_set(wire::JsonWriter& out, const CandleShelf::Listed& set) {
    out.begin_object().member("id", set.id);
    if (!set.info) {
        for (const char* name : {"exchange", "market", "pair", "interval", "source", "candles", "first", "last", "price_step", "volume_step", "gaps", "missing", "bytes", "funding"}) out.member(name, nullptr);
        out.member("problem", set.problem).end_object();
        return;
    }
    const auto& info = *set.info;
    out.member("exchange", info.key.exchange).member("market", info.key.market).member("pair", info.key.pair).member("interval", interval_text(info.key.interval));
    out.member("source", info.source).member("candles", info.count).member("first", info.first).member("last", info.last);
    out.member("price_step", Decimal::from_parts(1, info.price_digits)).member("volume_step", Decimal::from_parts(1, info.volume_digits));
    out.member("gaps", info.gaps).member("missing", info.missing).member("bytes", info.bytes).member("problem", nullptr).key("funding");
    if (set.funding)
        out.begin_object().member("settlements", set.funding->settlements).member("first", set.funding->first).member("last", set.funding->last).end_object();
    else
        out.null();
    out.end_object();
}

void write_gaps(wire::JsonWriter& out, std::vector<Gap> gaps, std::size_t most) {
    if (gaps.size() > most) {
        std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(most), gaps.end(), [](const Gap& a, const Gap& b) { return a.missing > b.missing; });
        gaps.resize(most);
        std::sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) { return a.from < b.from; });
    }
    out.begin_array();
    for (const auto& gap : gaps)
        out.begin_object().member("from", gap.from).member("to", gap.to).member("missing", gap.missing).member("empty_at_exchange", gap.empty_at_exchange).end_object();
    out.end_array();
}

void write_notes(wire::JsonWriter& out, const std::vector<ImportNote>& notes) {
    out.begin_array();
    for (const auto& note : notes) {
        out.begin_object().member("file", note.file).member("format", note.format).member("candles", note.candles);
        out.member("first", note.first).member("last", note.last).member("volumes_cut", note.volumes_cut).end_object();
    }
    out.end_array();
}

std::string tell_set(const CandleSetInfo& info) {
    const auto gaps = info.gaps == 0 ? std::string{"no gaps"} : std::to_string(info.gaps) + (info.gaps == 1 ? " gap (" : " gaps (") + std::to_string(info.missing) + " candles missing)";
    return info.key.exchange + " " + info.key.market + " " + info.key.pair + " " + interval_text(info.key.interval) + ", " + std::to_string(info.count) + " candles from " +
           moment_text(info.first) + " to " + moment_text(info.last) + ", " + gaps;
}

std::string tell_funding(const KeptFunding& funding) {
    return std::to_string(funding.settlements) + " funding rates from " + moment_text(funding.first) + " to " + moment_text(funding.last);
}

std::string tell_note(const ImportNote& note) {
    std::string text = note.file + ": " + note.format + ", " + std::to_string(note.candles) + " candles from " + moment_text(note.first) + " to " + moment_text(note.last);
    if (note.volumes_cut > 0) text += "; " + std::to_string(note.volumes_cut) + " volumes were cut behind the 8th decimal";
    return text;
}

}  // namespace bf::backtest
