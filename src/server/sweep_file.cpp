#include "server/sweep_file.hpp"

#include <fstream>
#include <unistd.h>

namespace bf::server {
namespace {

using backtest::SweepRow;
using backtest::SweepSpec;
using backtest::Variants;

/// FNV-1a: it tells apart what somebody changed, nothing more is asked of it.
class Fingerprint {
public:
    void add(std::string_view text) {
        for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
        hash_ = (hash_ ^ text.size()) * 0x100000001B3U;
    }
    template <class T>
    void add(std::span<const T> column) {
        add(std::string_view{reinterpret_cast<const char*>(column.data()), column.size_bytes()});
    }
    [[nodiscard]] std::string text() const { return std::to_string(hash_); }

private:
    std::uint64_t hash_{0xCBF29CE484222325U};
};

std::string head_line(const std::string& fingerprint, const Variants& variants) {
    std::string line;
    wire::JsonWriter{line}.begin_object().member("sweep", fingerprint).member("variants", variants.size()).end_object();
    return line;
}

/// Hands each whole line to `take` until it says no; how many bytes the lines it took have.
template <class Take>
std::size_t whole_lines(const std::string& path, Take&& take) {
    std::size_t whole = 0;
    std::ifstream in{path, std::ios::binary};
    std::string line;
    while (in && std::getline(in, line) && !in.eof() && take(line, whole == 0)) whole += line.size() + 1;
    return whole;
}

bool take_row(const std::string& line, const Variants& variants, std::vector<SweepRow>& rows) {
    const auto json = wire::Json::parse(line);
    auto row = json ? backtest::read_row(json->root(), variants) : std::nullopt;
    if (row) rows.push_back(std::move(*row));
    return row.has_value();
}

Unexpected<Error> not_writable(const std::string& path) { return Unexpected{Error{ErrorKind::io, path + " can't be written.", Fate::not_sent, "disk"}}; }

}  // namespace

std::string sweep_fingerprint(const trading::Settings& settings, const SweepSpec& spec, const backtest::SweepGround& ground) {
    Fingerprint print;
    std::string text;
    wire::JsonWriter out{text};
    trading::write_json(out, settings);
    write_spec(out, spec);
    print.add(text);
    const auto& plan = ground.plan;
    print.add(plan.pair);
    print.add(backtest::to_string(plan.assumptions.fill));
    const auto& instrument = plan.instrument;
    for (const auto& value : {plan.equity, plan.assumptions.spread, plan.assumptions.slippage, plan.assumptions.funding_rate, instrument.price_step, instrument.quantity_step,
                              instrument.min_quantity, instrument.min_notional, ground.candles.tick})
        print.add(value.to_string());
    for (const auto& most : {instrument.max_quantity, instrument.max_notional, instrument.max_leverage}) print.add(most ? most->to_string() : "none");
    for (const auto& tier : instrument.risk_tiers) print.add(tier.up_to.to_string() + '/' + tier.maintenance_rate.to_string());
    print.add(std::to_string(ground.first) + '-' + std::to_string(ground.last));
    for (const auto& one : plan.assumptions.funding) print.add(std::to_string(one.at.ms()) + '*' + one.rate.to_string());
    for (const auto& one : ground.signals) print.add(trading::duplicate_key(one.signal) + std::to_string(one.signal.time.ms()));
    print.add(ground.candles.time.first(ground.last));
    for (const auto column : {ground.candles.open, ground.candles.high, ground.candles.low, ground.candles.close}) print.add(column.first(ground.last));
    return print.text();
}

void write_spec(wire::JsonWriter& out, const SweepSpec& spec) {
    out.begin_object().key("ranges").begin_object();
    for (const auto& range : spec.ranges) {
        out.key(range.path).begin_array();
        for (const auto& value : range.values) out.raw(value);
        out.end_array();
    }
    out.end_object().member("search", spec.random ? "random" : "grid");
    if (spec.random) out.member("variants", *spec.random).member("seed", static_cast<std::int64_t>(spec.seed));
    if (spec.pieces > 0) out.key("walk_forward").begin_object().member("pieces", spec.pieces).end_object();
    out.end_object();
}

Result<SweepFile> SweepFile::open(const std::string& path, const std::string& fingerprint, const Variants& variants) {
    SweepFile out;
    const auto head = head_line(fingerprint, variants);
    bool other = false;
    const auto whole = whole_lines(path, [&](const std::string& line, bool first) {
        if (first) return !(other = line != head);
        // The rest was being written when the last start ended.
        return take_row(line, variants, out.rows);
    });
    if (other) return Unexpected{Error{ErrorKind::conflict, path + " holds the rows of another sweep.", Fate::not_sent, "another_sweep"}};
    out.file_.reset(std::fopen(path.c_str(), whole == 0 ? "w" : "r+"));
    if (!out.file_) return not_writable(path);
    if (ftruncate(fileno(out.file_.get()), static_cast<off_t>(whole)) != 0 || std::fseek(out.file_.get(), 0, SEEK_END) != 0) return not_writable(path);
    if (whole == 0 && (std::fputs((head + '\n').c_str(), out.file_.get()) < 0 || std::fflush(out.file_.get()) != 0)) return not_writable(path);
    return out;
}

std::vector<SweepRow> SweepFile::read(const std::string& path, const Variants& variants) {
    std::vector<SweepRow> rows;
    whole_lines(path, [&](const std::string& line, bool first) {
        if (!first) return take_row(line, variants, rows);
        const auto json = wire::Json::parse(line);
        return json && (*json)["variants"].integer() == static_cast<std::int64_t>(variants.size());
    });
    return rows;
}

bool SweepFile::put(const Variants& variants, const SweepRow& row) {
    std::string line;
    wire::JsonWriter out{line};
    backtest::write_row(out, variants, row);
    line += '\n';
    return std::fputs(line.c_str(), file_.get()) >= 0 && std::fflush(file_.get()) == 0;
}

}  // namespace bf::server
