#include "engine/foreign_alarms.hpp"

#include "base/utc.hpp"
#include "engine/group_records.hpp"
#include "wire/json.hpp"

#include <algorithm>

namespace bf::engine {
namespace {

using std::chrono::microseconds;

constexpr std::string_view kCode = "FOREIGN_ORDER";
/// Further ones are told so soon, and the longer it goes on the more at a time: nobody reads a text that changes every second.
constexpr microseconds kSoonest{seconds{5}}, kLatest{std::chrono::minutes{10}};
constexpr std::size_t kPairsKept = 50, kPairsNamed = 5;
/// So many of those not written down yet; older ones may be told again after a restart.
constexpr std::size_t kIdsKept = 1'000;
/// Beyond these the list of alarms, which people look at, ends as well.
constexpr int kAlarmsRead = 100;

std::string named(const std::map<std::string, std::uint64_t>& pairs, std::uint64_t all, const char* others) {
    std::vector<std::pair<std::string, std::uint64_t>> most{pairs.begin(), pairs.end()};
    std::stable_sort(most.begin(), most.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    if (most.size() > kPairsNamed) most.resize(kPairsNamed);
    std::string text;
    std::uint64_t left = all;
    for (const auto& [pair, count] : most) {
        text += (text.empty() ? "" : ", ") + pair + ' ' + std::to_string(count);
        left -= count;
    }
    if (left > 0) text += std::string{", "} + others + ' ' + std::to_string(left);
    return text;
}

}  // namespace

void ForeignAlarms::Count::add(const std::string& pair, Instant at, std::uint64_t times) {
    all += times;
    last = at;
    if (const auto known = pairs.find(pair); known != pairs.end()) known->second += times;
    else if (pairs.size() < kPairsKept) pairs.emplace(pair, times);
}

void ForeignAlarms::Count::add(const Count& other) {
    const auto before = all;
    for (const auto& [pair, times] : other.pairs) add(pair, other.last.value_or(Instant{}), times);
    all = before + other.all;
    if (other.last) last = other.last;
}

std::string ForeignAlarms::document(const std::string& connection, const First& first, const Count& more) {
    const auto order = first.order + " on " + first.pair, dutch_order = first.order + " op " + first.pair;
    Alarm alarm{Severity::critical, kCode, "Something on this account was not ordered by BackFuture: order " + order, "Iets op deze account is niet door BackFuture besteld: order " + dutch_order, connection};
    if (more.all == 0) {
        alarm.english += ". If it is not yours, your key may be in use elsewhere. Freeze the connection and replace the key.";
        alarm.dutch += ". Is hij niet van jou, dan wordt je sleutel mogelijk elders gebruikt. Bevries de verbinding en vervang de sleutel.";
    } else {
        const auto count = std::to_string(more.all), last = utc_text(*more.last);
        alarm.english += ", and " + count + " more since (" + named(more.pairs, more.all, "others") + "), the last at " + last +
                         " (UTC). If you or another program of yours did not place them, your key may be in use elsewhere. Freeze the connection and replace the key.";
        alarm.dutch += ", en sindsdien nog " + count + " (" + named(more.pairs, more.all, "andere") + "), de laatste om " + last +
                       " (UTC). Heb jij of een ander programma van jou ze niet geplaatst, dan wordt je sleutel mogelijk elders gebruikt. Bevries de verbinding en vervang de sleutel.";
    }
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object();
    write_alarm(out, alarm);
    out.key("foreign").begin_object().member("order", first.order).member("pair", first.pair).member("more", more.all);
    out.member("last_at", more.last ? std::optional{more.last->ms()} : std::nullopt).key("pairs").begin_array();
    for (const auto& [pair, times] : more.pairs) out.begin_object().member("pair", pair).member("count", times).end_object();
    out.end_array().end_object().end_object();
    return json;
}

Status ForeignAlarms::load(Now now) {
    BF_TRY(const auto alarms, keeper_.alarms(kAlarmsRead));
    for (const auto& stored : alarms) {
        const auto json = wire::Json::parse(stored.document);
        if (stored.acknowledged || !json || (*json)["code"].text() != kCode) continue;
        const auto foreign = (*json)["foreign"];
        const auto connection = (*json)["connection"].text(), order = foreign["order"].text(), pair = foreign["pair"].text();
        // Of several, which versions before this one raised, the newest counts on.
        if (!connection || !order || !pair || open_.contains(std::string{*connection})) continue;
        Open one;
        one.alarm = stored.id;
        one.began = now.steady;
        one.first = {std::string{*order}, std::string{*pair}, stored.at};
        const auto pairs = foreign["pairs"];
        const auto last = Instant::from_ms(foreign["last_at"].integer().value_or(0));
        for (std::size_t i = 0; i < pairs.size(); ++i)
            one.shown.add(std::string{pairs.at(i)["pair"].text().value_or("")}, last, static_cast<std::uint64_t>(pairs.at(i)["count"].integer().value_or(0)));
        one.shown.all = static_cast<std::uint64_t>(foreign["more"].integer().value_or(0));
        one.shown.last = last;
        open_.emplace(*connection, std::move(one));
    }
    return {};
}

void ForeignAlarms::note(Now now, const StrayOrder& stray) {
    const First here{stray.exchange_id, stray.native_symbol, now.wall};
    const auto [found, is_first] = open_.try_emplace(stray.connection);
    auto& one = found->second;
    if (is_first) {
        one.first = here;
        one.began = one.due = now.steady;
    } else if (!one.unseen) {
        one.unseen = here;
    } else {
        one.fresh.add(stray.native_symbol, now.wall);
    }
    if (one.ids.size() >= kIdsKept) one.ids.erase(one.ids.begin(), one.ids.begin() + kIdsKept / 2);
    one.ids.push_back(stray.exchange_id);
    if (one.due <= now.steady) tell(now, stray.connection, one);
}

void ForeignAlarms::tell(Now now, const std::string& connection, Open& one) {
    auto more = one.shown;
    if (one.unseen) more.add(one.unseen->pair, one.unseen->at);
    more.add(one.fresh);
    const ports::StoredAlarm stored{one.alarm, one.first.at, false, document(connection, one.first, more)};
    const auto kept = one.alarm == 0 ? std::optional{keeper_.raise(now, stored)} : keeper_.amend(now, stored);
    if (!kept) return on_acknowledged(now, one.alarm);
    one.due = now.steady + std::clamp(now.steady - one.began, kSoonest, kLatest);
    one.alarm = kept->id;
    one.shown = std::move(more);
    one.unseen.reset();
    one.fresh = {};
    if (kept->stored) write_down(connection, one);
}

void ForeignAlarms::write_down(const std::string& connection, Open& one) {
    orders_.append(kForeignTold, to_record(ForeignTold{connection, std::exchange(one.ids, {})}));
}

void ForeignAlarms::on_stored(std::int64_t told, std::int64_t id) {
    for (auto& [connection, one] : open_) {
        if (one.alarm != told) continue;
        one.alarm = id;
        // Until then a death has them told again. With what came since they wait for that to be told.
        if (!one.unseen) write_down(connection, one);
    }
}

void ForeignAlarms::on_acknowledged(Now now, std::int64_t alarm) {
    const auto found = std::find_if(open_.begin(), open_.end(), [alarm](const auto& entry) { return entry.second.alarm == alarm && alarm != 0; });
    if (found == open_.end()) return;
    auto& one = found->second;
    if (!one.unseen) {
        open_.erase(found);
        return;
    }
    Open next;
    next.first = *one.unseen;
    next.ids = std::move(one.ids);
    next.shown = std::move(one.fresh);
    next.began = now.steady;
    one = std::move(next);
    tell(now, found->first, one);
}

void ForeignAlarms::tick(Now now) {
    for (auto& [connection, one] : open_)
        if (has_news(one) && one.due <= now.steady) tell(now, connection, one);
}

std::optional<microseconds> ForeignAlarms::next_wake() const {
    std::optional<microseconds> wake;
    for (const auto& [connection, one] : open_)
        if (has_news(one) && (!wake || one.due < *wake)) wake = one.due;
    return wake;
}

}  // namespace bf::engine
