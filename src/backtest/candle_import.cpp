#include "backtest/candle_import.hpp"

#include "backtest/candle_disk.hpp"
#include "backtest/candle_json.hpp"
#include "backtest/candle_words.hpp"
#include "backtest/candle_zip.hpp"

namespace bf::backtest {
namespace {

std::string_view after_blanks(std::string_view bytes) {
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    while (!bytes.empty() && (bytes.front() == ' ' || bytes.front() == '\n' || bytes.front() == '\r' || bytes.front() == '\t')) bytes.remove_prefix(1);
    return bytes;
}

/// What well-known files that are not read begin with, and what to do about them.
std::optional<std::string> known_stranger(std::string_view bytes) {
    if (bytes.starts_with("\x1f\x8b")) return "is packed with gzip: unpack it first";
    if (bytes.starts_with("ARROW1")) return "is a feather file: freqtrade writes it as JSON with `freqtrade convert-data --format-from feather --format-to json`";
    if (bytes.starts_with("PAR1")) return "is a parquet file: write it as CSV with open_time_ms,open,high,low,close,volume first";
    if (bytes.starts_with("\x89HDF")) return "is an HDF5 file: write it as CSV with open_time_ms,open,high,low,close,volume first";
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) return "is text in UTF-16: save it as plain text (UTF-8)";
    const auto text = after_blanks(bytes);
    if (text.starts_with("<")) return "is a web page, not a file of candles; the download answered with an error";
    if (text.starts_with("{")) return "is a JSON object; candles are a JSON list of lists, as ccxt gives and freqtrade keeps them";
    return std::nullopt;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void append_number(std::string& to, std::int64_t value, int digits) {
    std::array<char, 64> text;
    to.append(text.data(), Decimal::from_parts(value, digits).write(text.data()));
}

}  // namespace

Result<ReadFile> read_candle_file(std::string_view bytes, const std::string& name, std::optional<milliseconds> interval, const ImportLimits& limits) {
    if (bytes.size() > limits.file_bytes_max) return bad_input(name + " is larger than " + std::to_string(limits.file_bytes_max / 1'000'000) + " MB.");
    std::string inside = name;
    Unzipped unzipped;
    const bool zipped = looks_like_zip(bytes);
    if (zipped) {
        BF_TRY(unzipped, unzip_one(bytes, name, limits.file_bytes_max));
        bytes = unzipped.file();
        inside += ", " + unzipped.name;
        if (looks_like_zip(bytes)) return bad_input(name + " holds another zip: unpack it first.");
    }
    if (const auto stranger = known_stranger(bytes)) return bad_input(inside + " " + *stranger + ".");
    const bool json = after_blanks(bytes).starts_with("[");
    BF_TRY(auto read, json ? read_candle_json(bytes, inside, interval) : read_candle_csv(bytes, inside, interval));
    ReadFile file;
    file.note.file = name;
    file.note.format = describe(read) + (zipped ? ", in a zip" : "");
    file.note.candles = read.columns.size();
    file.note.first = read.columns.time[0];
    file.note.last = read.columns.time[read.columns.size() - 1];
    file.note.volumes_cut = read.volumes_cut;
    file.columns = std::move(read.columns);
    return file;
}

Result<Imported> import_candle_files(const std::vector<std::string>& paths, std::optional<milliseconds> interval, const ImportLimits& limits) {
    if (paths.empty()) return bad_input("No file is named.");
    std::vector<ReadFile> files;
    std::size_t candles = 0;
    for (const auto& path : paths) {
        BF_TRY(const auto mapped, MappedFile::open(path));
        BF_TRY(auto file, read_candle_file(mapped->bytes(), base_name(path), interval, limits));
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
    std::sort(files.begin(), files.end(), [](const ReadFile& a, const ReadFile& b) { return a.note.first < b.note.first; });
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
            merged.push_back({std::move(both), std::move(a.note)});
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
