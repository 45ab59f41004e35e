#include "backtest/candle_import.hpp"

#include "backtest/candle_disk.hpp"
#include "backtest/candle_gzip.hpp"
#include "backtest/candle_json.hpp"
#include "backtest/candle_words.hpp"
#include "backtest/candle_zip.hpp"
#include "backtest/file_checksum.hpp"
#include "backtest/trade_csv.hpp"
#include "backtest/trade_json.hpp"

namespace bf::backtest {
namespace {

std::string_view after_blanks(std::string_view bytes) {
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    while (!bytes.empty() && (bytes.front() == ' ' || bytes.front() == '\n' || bytes.front() == '\r' || bytes.front() == '\t')) bytes.remove_prefix(1);
    return bytes;
}

/// What well-known files that are not read begin with, and what to do about them.
std::optional<std::string> known_stranger(std::string_view bytes) {
    if (bytes.starts_with("ARROW1")) return "is a feather file: freqtrade writes it as JSON with `freqtrade convert-data --format-from feather --format-to json`";
    if (bytes.starts_with("PAR1")) return "is a parquet file: write it as CSV with open_time_ms,open,high,low,close,volume first";
    if (bytes.starts_with("\x89HDF")) return "is an HDF5 file: write it as CSV with open_time_ms,open,high,low,close,volume first";
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) return "is text in UTF-16: save it as plain text (UTF-8)";
    const auto text = after_blanks(bytes);
    if (text.starts_with("<")) return "is a web page, not a file of candles; the download answered with an error";
    if (text.starts_with("{")) return "is a JSON object; candles are a JSON list of lists and trades a list of objects or lists, as ccxt gives and freqtrade keeps them";
    return std::nullopt;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// The files' own, and from one file to the next where its trades follow on. In order of time.
std::vector<Span> whole_of(const std::vector<ReadFile>& files) {
    std::vector<Span> spans;
    for (std::size_t i = 0; i < files.size(); ++i) {
        spans.insert(spans.end(), files[i].whole.begin(), files[i].whole.end());
        const bool follows = i > 0 && files[i - 1].last_trade && files[i].first_trade && *files[i - 1].last_trade + 1 == *files[i].first_trade;
        if (follows) spans.push_back({files[i - 1].note.last, files[i].note.first});
    }
    spans = united(std::move(spans));
    // A list that long says that the numbers are none that follow each other.
    static constexpr std::size_t kSpansMax = 10'000;
    return spans.size() > kSpansMax ? std::vector<Span>{} : spans;
}

void append_number(std::string& to, std::int64_t value, int digits) {
    std::array<char, 64> text;
    to.append(text.data(), Decimal::from_parts(value, digits).write(text.data()));
}

/// Folded while they are read: no more of the file is in memory than a piece of it.
Result<ReadFile> read_trades(Pieces pieces, bool json, const std::string& inside, std::optional<milliseconds> interval) {
    ReadFile file;
    const auto length = interval.value_or(kTradesTo);
    BF_TRY(auto read, json ? read_trade_json(std::move(pieces), inside, length) : read_trade_csv(std::move(pieces), inside, length));
    file.note.format = std::move(read.format);
    file.note.volumes_cut = read.volumes_cut;
    file.note.trades = read.trades;
    file.columns = std::move(read.columns);
    file.whole = std::move(read.whole);
    file.first_trade = read.first_id;
    file.last_trade = read.last_id;
    return file;
}

Result<ReadFile> read_candles(std::string_view bytes, const std::string& inside, std::optional<milliseconds> interval) {
    ReadFile file;
    const bool json = after_blanks(bytes).starts_with("[");
    BF_TRY(auto read, json ? read_candle_json(bytes, inside, interval) : read_candle_csv(bytes, inside, interval));
    file.note.format = describe(read);
    file.note.volumes_cut = read.volumes_cut;
    file.columns = std::move(read.columns);
    return file;
}

enum class Kind : std::uint8_t { candles, trade_lines, trade_list };
Kind kind_of(std::string_view beginning) {
    if (looks_like_trades(beginning)) return Kind::trade_lines;
    return looks_like_json_trades(beginning) ? Kind::trade_list : Kind::candles;
}

/// `name` is the packed file's, `inside` what it holds is called.
template <class Packed>
Result<ReadFile> read_packed(Packed& packed, const std::string& name, const std::string& inside, std::optional<milliseconds> interval, const ImportLimits& limits) {
    BF_TRY(const auto beginning, packed.next(limits.trade_bytes_max));
    if (looks_like_zip(beginning) || looks_like_gzip(beginning)) return bad_input(name + " holds another packed file: unpack that first.");
    if (const auto stranger = known_stranger(beginning)) return bad_input(inside + " " + *stranger + ".");
    const auto kind = kind_of(beginning);
    if (kind == Kind::candles) {
        BF_TRY(const auto whole, gather(packed, beginning, limits.file_bytes_max));
        return read_candles(std::string_view{whole}.substr(0, whole.size() - kPadding), inside, interval);
    }
    auto pieces = [&packed, &limits, first = std::optional{beginning}]() mutable -> Result<std::string_view> {
        if (const auto held = std::exchange(first, std::nullopt)) return *held;
        return packed.next(limits.trade_bytes_max);
    };
    return read_trades(pieces, kind == Kind::trade_list, inside, interval);
}

Result<ReadFile> read_zip(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval, const ImportLimits& limits) {
    BF_TRY(auto zip, Unzip::open(bytes, name));
    return read_packed(zip, name, name + ", " + zip.inside(), interval, limits);
}

Result<ReadFile> read_gzip(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval, const ImportLimits& limits) {
    BF_TRY(auto gzip, Gunzip::open(bytes, name));
    return read_packed(gzip, name, name, interval, limits);
}

Result<ReadFile> read_plain(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval, const ImportLimits& limits) {
    if (const auto stranger = known_stranger(bytes)) return bad_input(name + " " + *stranger + ".");
    const auto kind = kind_of(bytes);
    const auto most = kind == Kind::candles ? limits.file_bytes_max : limits.trade_bytes_max;
    if (bytes.size() > most) return bad_input(name + " is larger than " + std::to_string(most / 1'000'000) + " MB.");
    return kind == Kind::candles ? read_candles(bytes, name, interval) : read_trades(one_piece(bytes), kind == Kind::trade_list, name, interval);
}

}  // namespace

Result<ReadFile> read_candle_file(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval, const ImportLimits& limits) {
    const bool zipped = looks_like_zip(bytes), gzipped = looks_like_gzip(bytes);
    BF_TRY(auto file, zipped ? read_zip(bytes, name, interval, limits) : gzipped ? read_gzip(bytes, name, interval, limits) : read_plain(bytes, name, interval, limits));
    file.note.file = name;
    if (zipped || gzipped) file.note.format += zipped ? ", in a zip" : ", with gzip";
    file.note.candles = file.columns.size();
    file.note.first = file.columns.time[0];
    file.note.last = file.columns.time[file.columns.size() - 1];
    return file;
}

Result<Imported> import_candle_files(const std::vector<std::string>& paths, std::optional<milliseconds> interval, const ImportLimits& limits) {
    if (std::all_of(paths.begin(), paths.end(), is_checksum)) return bad_input(paths.empty() ? "No file is named." : "Checksums alone hold no candles: name the files they are of, too.");
    BF_TRY(const auto checksums, Checksums::among(paths));
    std::vector<ReadFile> files;
    std::size_t candles = 0;
    for (const auto& path : paths) {
        if (is_checksum(path)) continue;
        BF_TRY(const auto mapped, MappedFile::open(path));
        BF_TRY(const bool verified, checksums.verify(path, mapped->bytes()));
        BF_TRY(auto file, read_candle_file(mapped->bytes(), base_name(path), interval, limits));
        if (verified) file.note.format += ", its checksum is right";
        if (!files.empty() && file.columns.interval != files.front().columns.interval)
            return bad_input(file.note.file + " holds candles of " + interval_text(file.columns.interval) + ", " + files.front().note.file + " those of " +
                             interval_text(files.front().columns.interval) + ": a set has one length.");
        candles += file.columns.size();
        if (candles > kCandlesMax) return bad_input("A set holds at most " + std::to_string(kCandlesMax) + " candles.");
        files.push_back(std::move(file));
    }
    Imported imported;
    for (const auto& file : files) imported.notes.push_back(file.note);
    imported.source = files.front().note.file + (files.size() > 1 ? " and " + std::to_string(files.size() - 1) + " more" : "");
    if (std::any_of(files.begin(), files.end(), [](const ReadFile& file) { return file.note.trades > 0; })) imported.source += ", folded from trades";
    std::sort(files.begin(), files.end(), [](const ReadFile& a, const ReadFile& b) { return a.note.first < b.note.first; });
    imported.whole = whole_of(files);
    // Neighbours first, as in a tournament: each candle is copied a few times instead of once for every file.
    while (files.size() > 1) {
        std::vector<ReadFile> merged;
        for (std::size_t i = 0; i < files.size(); i += 2) {
            if (i + 1 == files.size()) {
                merged.push_back(std::move(files[i]));
                continue;
            }
            auto &a = files[i], &b = files[i + 1];
            BF_TRY(auto both, merge(a.columns.view(), b.columns.view(), OnConflict::refuse, a.note.file, b.note.file));
            merged.push_back({.columns = std::move(both), .note = std::move(a.note)});
        }
        files = std::move(merged);
    }
    imported.columns = std::move(files.front().columns);
    return imported;
}

void append_candle_line(std::string& to, const Candles& candles, std::size_t i) {
    const int price_digits = digits_of(candles.tick), volume_digits = digits_of(candles.lot);
    to += std::to_string(candles.time[i]);
    for (const auto* column : {&candles.open, &candles.high, &candles.low, &candles.close}) {
        to += ',';
        append_number(to, (*column)[i], price_digits);
    }
    to += ',';
    append_number(to, candles.volume[i], volume_digits);
    to += '\n';
}

}  // namespace bf::backtest
