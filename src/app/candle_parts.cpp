#include "app/candle_parts.hpp"

#include "app/candle_problems.hpp"
#include "app/exit_code.hpp"
#include "backtest/candle_disk.hpp"
#include "backtest/candle_words.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace bf::app {
namespace {

using backtest::CandleKey;
using backtest::Span;

constexpr std::string_view kPartPrefix = ".download-", kPartSuffix = ".csv";
constexpr std::size_t kAskedMax = 1000;

std::string spans_text(std::vector<Span> spans) {
    // As many as fit a command line; those left out are asked for again some day.
    if (spans.size() > kAskedMax) {
        std::nth_element(spans.begin(), spans.begin() + kAskedMax, spans.end(), [](const Span& a, const Span& b) { return a.to - a.from > b.to - b.from; });
        spans.resize(kAskedMax);
    }
    std::string text;
    for (const auto& span : spans) text += (text.empty() ? "" : ",") + std::to_string(span.from) + "-" + std::to_string(span.to);
    return text;
}

/// The set's key, without the signs that can't stand in a file's name.
std::string part_name(const CandleKey& key) {
    std::string pair = key.pair;
    for (char& c : pair)
        if (c == '/') c = '_';
        else if (c == ':') c = '=';
    return key.exchange + "+" + key.market + "+" + pair + "+" + backtest::interval_text(key.interval);
}

}  // namespace

std::string CandleParts::path_of(const CandleKey& key) const { return setup_.folder + "/" + std::string{kPartPrefix} + part_name(key) + std::string{kPartSuffix}; }

int CandleParts::begin(const CandleKey& key) const { return ::open(path_of(key).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600); }

void CandleParts::cut_torn_line(const CandleKey& key) const {
    const auto path = path_of(key);
    const auto file = backtest::MappedFile::open(path);
    if (!file) return;
    const auto end = (*file)->bytes().rfind('\n');
    if (::truncate(path.c_str(), end == std::string_view::npos ? 0 : static_cast<off_t>(end + 1)) != 0) return;
}

void CandleParts::take_over() {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{setup_.folder, ignored}) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(kPartPrefix) || !name.ends_with(kPartSuffix)) continue;
        // The name is the set's key.
        const auto set = name.substr(kPartPrefix.size(), name.size() - kPartPrefix.size() - kPartSuffix.size());
        const auto words = split(set, '+');
        const auto interval = words.size() == 4 ? backtest::parse_interval(words[3]) : std::nullopt;
        if (!interval) continue;
        CandleKey key{std::string{words[0]}, std::string{words[1]}, std::string{words[2]}, *interval};
        // A pair's own signs can't stand in a file's name.
        for (char& c : key.pair)
            if (c == '_') c = '/';
            else if (c == '=') c = ':';
        if (key.problem()) continue;
        cut_torn_line(key);
        add(key, {}, [this, id = key.id()](int status, const std::string& output) {
            if (status != 0) setup_.complain("What an earlier download of " + id + " had got could not be added: " + import_problem(status, output));
        });
    }
}

void CandleParts::add(const CandleKey& key, const std::vector<Span>& asked, Worker::Done done) {
    const auto path = path_of(key);
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || about.st_size == 0) {
        ::unlink(path.c_str());
        setup_.loop.post([done = std::move(done)] { done(0, {}); });
        return;
    }
    std::vector<std::string> arguments{"candles", "import", path, "--exchange", key.exchange, "--market", key.market, "--pair", key.pair};
    arguments.insert(arguments.end(), {"--interval", backtest::interval_text(key.interval), "--data", setup_.data, "--replace", "--confined", "--source", setup_.source_of(key.exchange), "--json"});
    if (const auto text = spans_text(asked); !text.empty()) arguments.insert(arguments.end(), {"--asked", text});
    setup_.worker.run(std::move(arguments), [path, done = std::move(done)](int status, const std::string& output) {
        // Asked for twice, by the start and by a new download: the first has it.
        if (status != kDone && ::access(path.c_str(), F_OK) != 0) return done(kDone, {});
        // Kept when it could not be added, since a full disk passes; not when it is no good.
        if (status == kDone || status == kUsage) ::unlink(path.c_str());
        done(status, output);
    });
}

}  // namespace bf::app
