#include "backtest/candle_shelf.hpp"

#include "backtest/candle_disk.hpp"

namespace bf::backtest {
namespace {

Result<CandleSet> open_at(const std::string& path) {
    BF_TRY(auto file, MappedFile::open(path));
    const auto bytes = file->bytes();
    return CandleSet::open(bytes, std::move(file), path);
}

Error no_such_set(const std::string& id) {
    return {ErrorKind::not_found, "There are no candles called \"" + id + "\": `backfuture candles list` shows those there are.", Fate::not_sent, "no_candles"};
}

}  // namespace

bool is_set_id(std::string_view id) {
    if (id.empty() || id.size() > 120 || id.front() == '-') return false;
    return std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

Result<std::vector<CandleShelf::Listed>> CandleShelf::list() const {
    BF_TRY(const auto names, list_folder(folder_));
    std::vector<Listed> all;
    for (const auto& name : names) {
        if (!std::string_view{name}.ends_with(kSuffix)) continue;
        Listed one;
        one.id = name.substr(0, name.size() - kSuffix.size());
        if (!is_set_id(one.id)) continue;
        const auto set = open_at(path_of(one.id));
        if (set)
            one = describe(set->info());
        else
            one.problem = set.error().detail;
        all.push_back(std::move(one));
    }
    return all;
}

CandleShelf::Listed CandleShelf::describe(const CandleSetInfo& info) const {
    return {info.key.id(), info, {}, has_funding(info.key) ? look_at_kept_funding(funding_path(folder_, info.key)) : std::nullopt};
}

Result<CandleSet> CandleShelf::open(const std::string& id) const {
    if (!is_set_id(id)) return Unexpected{no_such_set(id)};
    auto set = open_at(path_of(id));
    if (!set && set.error().kind == ErrorKind::not_found) return Unexpected{no_such_set(id)};
    if (set && set->info().key.id() != id)
        return Unexpected{Error{ErrorKind::damaged, path_of(id) + " holds the candles of " + set->info().key.id() + ": it was given another's name.", Fate::not_sent, "candles_damaged"}};
    return set;
}

std::optional<std::string> CandleShelf::seconds_beside(const CandleKey& key, std::int64_t from, std::int64_t to) const {
    auto finer = key;
    finer.interval = milliseconds{1'000};
    if (finer == key) return std::nullopt;
    const auto set = open(finer);
    // The first and the last of these candles may have had no trade in their outer seconds.
    const auto length = key.interval.count();
    if (!set || set->info().first >= from + length || set->info().last < to - length) return std::nullopt;
    return finer.id();
}

Result<CandleShelf::Kept> CandleShelf::put(const Put& put, const Candles& candles) {
    if (const auto problem = put.key.problem()) return bad_input(problem->sentence);
    BF_ASSERT(candles.size() == 0 || candles.interval == put.key.interval);
    BF_TRY(const auto lock, FolderLock::take(folder_));
    sweep_unfinished(folder_);
    const auto id = put.key.id();
    auto before = open(id);
    if (!before && before.error().kind != ErrorKind::not_found) return Unexpected{before.error()};
    if (!before && candles.size() == 0) return Unexpected{Error{ErrorKind::not_found, "There are no candles to keep.", Fate::not_sent, "no_candles"}};

    Candles all = candles;
    CandleColumns merged;
    std::uint64_t had = 0;
    std::vector<Span> asked = put.asked;
    std::string source = put.source;
    if (before) {
        BF_TRY(const auto kept, before->candles());
        BF_TRY(const auto kept_asked, before->asked());
        had = kept.size();
        asked.insert(asked.end(), kept_asked.begin(), kept_asked.end());
        if (candles.size() == 0) {
            all = kept;
            source = before->info().source;
        } else {
            BF_TRY(merged, merge(kept, candles, put.on_conflict, "the stored set", put.source));
            all = merged.view();
        }
    }
    if (all.size() > kCandlesMax) return bad_input("A set holds at most " + std::to_string(kCandlesMax) + " candles.");
    const CandleImage image{put.key, source, all, united(std::move(asked))};
    BF_TRY_VOID(write_whole(path_of(id), image.pieces()));
    BF_TRY(const auto after, open(id));
    return Kept{after.info(), after.info().count - had};
}

Status CandleShelf::remove(const std::string& id) {
    if (!is_set_id(id)) return Unexpected{no_such_set(id)};
    BF_TRY(const auto lock, FolderLock::take(folder_));
    BF_TRY(const auto names, list_folder(folder_));
    const auto pair_of = [](std::string_view name) { return name.substr(0, name.rfind('-')); };
    bool there = false, others = false;
    for (const auto& name : names) {
        if (!std::string_view{name}.ends_with(kSuffix)) continue;
        const auto other = std::string_view{name}.substr(0, name.size() - kSuffix.size());
        there = there || other == id;
        others = others || (other != id && pair_of(other) == pair_of(id));
    }
    if (!there) return Unexpected{no_such_set(id)};
    // The rates are those of all lengths of the pair's candles and go with the last of them; first, so that a crash between leaves candles that can
    // be removed again rather than rates that nothing lists.
    if (!others)
        if (auto gone = remove_file(funding_path(folder_, id)); !gone && gone.error().kind != ErrorKind::not_found) return gone;
    return remove_file(path_of(id));
}

}  // namespace bf::backtest
