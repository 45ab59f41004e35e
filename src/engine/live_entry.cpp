#include "engine/live_entry.hpp"

#include "trading/report.hpp"
#include "trading/sentence.hpp"

namespace bf::engine {
namespace {

std::string sentences(const trading::Decision& decision, const trading::Signal& signal, trading::Language language) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_array();
    for (const auto& verdict : decision.verdicts()) out.text(trading::sentence(verdict, decision, signal, language));
    out.end_array();
    return json;
}

}  // namespace

LiveEntry make_entry(const trading::Decision& decision, const trading::Signal& signal, Instant at) {
    LiveEntry entry;
    entry.at = at;
    entry.signal = signal;
    entry.via = decision.via;
    entry.outcome = trading::to_string(decision.outcome);
    if (decision.primary) entry.primary = trading::to_string(*decision.primary);
    entry.sentence_en = trading::sentence(decision, signal, trading::Language::en);
    entry.sentence_nl = trading::sentence(decision, signal, trading::Language::nl);
    wire::JsonWriter out{entry.report};
    trading::write_json(out, decision, signal, trading::Language::en);
    entry.verdicts_en = sentences(decision, signal, trading::Language::en);
    entry.verdicts_nl = sentences(decision, signal, trading::Language::nl);
    return entry;
}

void set_outcome(LiveEntry& entry, std::string_view outcome, std::string_view code, std::string english, std::string dutch) {
    entry.outcome = outcome;
    entry.primary = code;
    entry.sentence_en = std::move(english);
    entry.sentence_nl = std::move(dutch);
}

ports::StoredDecision to_stored(const LiveEntry& entry) {
    ports::StoredDecision stored{entry.id, entry.at, entry.signal_number, entry.strategy, entry.signal.pair, entry.outcome, entry.group, {}};
    wire::JsonWriter out{stored.document};
    out.begin_object().key("signal").begin_object().member("id", entry.signal_number).member("source", trading::to_string(entry.signal.source));
    // What could not be read, or came without right, has neither.
    const bool read = entry.primary != trading::to_string(trading::Code::signal_malformed) && entry.primary != trading::to_string(trading::Code::signal_unauthentic);
    out.member("kind", read ? std::optional{trading::to_string(entry.signal.kind)} : std::nullopt).member("pair", entry.signal.pair);
    out.member("direction", read ? std::optional{market::to_string(entry.signal.direction)} : std::nullopt);
    if (entry.signal.tag.empty())
        out.member("tag", nullptr);
    else
        out.member("tag", entry.signal.tag);
    out.member("time", entry.signal.time.ms()).end_object();
    out.member("strategy_name", entry.strategy_name).member("paper", entry.paper).member("via", trading::to_string(entry.via)).member("group_state", entry.group_state);
    out.member("primary", entry.primary).member("sentence_en", entry.sentence_en).member("sentence_nl", entry.sentence_nl);
    out.key("report").raw(entry.report).key("verdicts_en").raw(entry.verdicts_en).key("verdicts_nl").raw(entry.verdicts_nl).end_object();
    return stored;
}

}  // namespace bf::engine
