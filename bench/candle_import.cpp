// Candles: five years of minutes from CSV into columns, against the line count of the same bytes (what has to be touched at least) and, where
// they are installed, Python's csv module and pandas; the whole import into a stored set; opening that set, and reading all of it with its
// checksums, against copying it.
//
// Prints {"bench","value","unit","baseline","ratio"}, one object a line. MB are 1,000,000 bytes of CSV.
#include "backtest/candle_disk.hpp"
#include "backtest/candle_fixture.hpp"
#include "backtest/candle_import.hpp"
#include "backtest/candle_shelf.hpp"
#include "support/measure.hpp"
#include "support/scratch.hpp"

#include <cstdlib>
#include <fstream>

using namespace bf;
using namespace bf::backtest;
using bench::Want;

namespace {

constexpr std::size_t kFiveYears = 2'629'440;
using Clock = std::chrono::steady_clock;

template <class Work>
double seconds_of(Work&& work) {
    const auto begin = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The seconds a Python program takes for the file, by its own clock; nothing where Python or what it imports is missing.
std::optional<double> python_seconds(const std::string& program, const std::string& path) {
    const auto command = "python3 -c '" + program + "' " + path + " 2>/dev/null";
    FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return std::nullopt;
    double seconds = 0;
    const int got = std::fscanf(pipe, "%lf", &seconds);
    return ::pclose(pipe) == 0 && got == 1 ? std::optional{seconds} : std::nullopt;
}

void measure_csv(const char* name, const std::string& path) {
    const auto file = MappedFile::open(path).value();
    const auto bytes = file->bytes();
    const double mb = static_cast<double>(bytes.size()) / 1e6;
    const auto figures = bench::medians(
        [&] {
            return seconds_of([&] {
                const auto read = read_candle_csv(bytes, "bench").value();
                if (read.columns.size() != kFiveYears) std::abort();
            });
        },
        [&] {
            return seconds_of([&] {
                std::size_t lines = 0;
                for (const char *at = bytes.data(), *end = at + bytes.size(); (at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr; ++at) ++lines;
                if (lines < kFiveYears) std::abort();
            });
        });
    bench::print({name, mb / figures[0], "MB/s", 500, mb / figures[0] / 500, {Want::at_least, 1}});
    bench::print({std::string{name} + "_of_line_count", mb / figures[0], "MB/s", mb / figures[1], figures[1] / figures[0], {Want::at_least, 0.1}});

    const std::pair<const char*, const char*> peers[] = {
        {"_python_csv", "import csv,sys,time\nb=time.perf_counter()\nn=0\nfor r in csv.reader(open(sys.argv[1])):\n  if n: t=(int(r[0]),float(r[1]),float(r[2]),float(r[3]),float(r[4]),float(r[5]))\n  n+=1\n"
                        "print(time.perf_counter()-b)"},
        {"_pandas", "import pandas,sys,time\nb=time.perf_counter()\nd=pandas.read_csv(sys.argv[1])\nassert len(d)>2000000\nprint(time.perf_counter()-b)"},
    };
    for (const auto& [peer, program] : peers) {
        const auto theirs = python_seconds(program, path);
        if (!theirs) {
            std::fprintf(stderr, "%s%s: not installed here, not compared\n", name, peer);
            continue;
        }
        bench::print({std::string{name} + peer, mb / figures[0], "MB/s", mb / *theirs, *theirs / figures[0], {Want::at_least, 10}});
    }
}

}  // namespace

int main() {
    const bf::test::Scratch folder;
    const auto candles = backtest::test::random_candles(1, kFiveYears, 1);
    const auto own = (folder.path() / "own.csv").string(), dump = (folder.path() / "dump.csv").string();
    {
        std::ofstream file{own};
        if (!write_candle_csv(candles.view(), [&file](const std::string& piece) -> Status { return file << piece, Status{}; })) return 1;
        // As Binance dumps them: twelve columns, eight decimals, times in microseconds.
        std::ofstream other{dump};
        const auto view = candles.view();
        for (std::size_t i = 0; i < view.size(); ++i) {
            const auto fixed = [](std::int64_t value, int digits) { return Decimal::from_parts(value, digits).to_fixed(8, Rounding::down); };
            other << view.time[i] * 1000 << ',' << fixed(view.open[i], 2) << ',' << fixed(view.high[i], 2) << ',' << fixed(view.low[i], 2) << ',' << fixed(view.close[i], 2) << ','
                  << fixed(view.volume[i], 5) << ',' << (view.time[i] + 59'999) * 1000 << ",1234567.12345678,1234,12.34500000,518400.12345600,0\n";
        }
    }
    measure_csv("candle_csv", own);
    measure_csv("candle_csv_binance", dump);

    CandleShelf shelf{(folder.path() / "shelf").string()};
    const CandleKey key{"binance", "spot", "BTC/USDT", milliseconds{60'000}};
    const double mb = static_cast<double>(std::filesystem::file_size(own)) / 1e6;
    const auto whole = bench::medians([&] {
        (void)shelf.remove(key.id());
        return seconds_of([&] {
            const auto read = import_candle_files({own}).value();
            if (!shelf.put({key, read.source}, read.columns.view())) std::abort();
        });
    });
    bench::print({"candle_import_to_stored_set", mb / whole[0], "MB/s", 500, mb / whole[0] / 500, {Want::at_least, 1}});

    std::vector<char> copy(static_cast<std::size_t>(kFiveYears) * 32);
    const auto opened = bench::medians(
        [&] { return seconds_of([&] { bench::keep(shelf.open(key).value().info().count); }) * 1e3; },
        [&] { return seconds_of([&] { bench::keep(shelf.open(key).value().candles().value().size()); }) * 1e3; },
        [&] {
            const auto file = MappedFile::open(shelf.path_of(key.id())).value();
            return seconds_of([&] { std::memcpy(copy.data(), file->bytes().data(), std::min(copy.size(), file->bytes().size())); }) * 1e3;
        });
    bench::print({"candle_set_opened", opened[0], "ms", 10, opened[0] / 10, {Want::at_most, 1}});
    bench::print({"candle_set_opened_and_checked", opened[1], "ms", opened[2], opened[1] / opened[2], {Want::at_most, 2}});
}
