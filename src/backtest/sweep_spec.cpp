// Which variants there are.
#include "backtest/sweep.hpp"

#include <algorithm>
#include <unordered_set>

namespace bf::backtest {
namespace {

constexpr std::uint64_t kGridMax = std::uint64_t{1} << 62;
/// So many values one range has at most.
constexpr std::size_t kValuesMax = 10'000;
constexpr std::array<std::string_view, 6> kOwnWords{"ranges", "search", "variants", "seed", "walk_forward", "name"};
/// What makes another strategy of it, not a variant.
constexpr std::array<std::string_view, 6> kFixed{"name", "connection", "market", "pairs", "directions", "paper"};

Unexpected<SweepError> wrong(std::string field, std::string sentence) { return Unexpected{SweepError{std::move(field), std::move(sentence)}}; }

std::string as_json(std::string_view text) {
    std::string out;
    wire::append_json_text(out, text);
    return out;
}

Result<SweepRange, SweepError> read_steps(const std::string& path, wire::JsonValue json) {
    const auto from = json["from"].decimal(), to = json["to"].decimal(), step = json["step"].decimal();
    if (!from || !to || !step) return wrong(path, "must be a list of values, or {\"from\",\"to\",\"step\"}");
    if (!step->is_positive()) return wrong(path + ".step", "is " + step->to_string() + "; it must be above 0, or the range never ends");
    if (*to < *from) return wrong(path, "is empty: it goes from " + from->to_string() + " to " + to->to_string());
    const auto count = Decimal::quotient(*to - *from, *step, 0, Rounding::down);
    if (!count || *count >= Decimal{static_cast<std::int64_t>(kValuesMax)}) return wrong(path, "has more than 10,000 values");
    SweepRange range{path, {}};
    for (Decimal value = *from; value <= *to; value += *step) range.values.push_back(as_json(value.to_string()));
    return range;
}

Result<SweepRange, SweepError> read_range(const std::string& path, wire::JsonValue json) {
    if (std::find(kFixed.begin(), kFixed.end(), path) != kFixed.end()) return wrong(path, "can't be swept: with another one it is another strategy");
    if (!json.is_array()) return read_steps(path, json);
    SweepRange range{path, {}};
    if (json.size() == 0) return wrong(path, "is empty: it names no value");
    if (json.size() > kValuesMax) return wrong(path, "has more than 10,000 values");
    for (std::size_t i = 0; i < json.size(); ++i) {
        const auto value = json.at(i);
        if (const auto text = value.text_or_number())
            range.values.push_back(as_json(*text));
        else if (const auto flag = value.boolean())
            range.values.emplace_back(*flag ? "true" : "false");
        else if (value.is_null())
            range.values.emplace_back("null");
        else
            return wrong(path + "[" + std::to_string(i) + "]", "must be a number, a word, true, false or null");
    }
    return range;
}

Result<void, SweepError> read_search(wire::JsonValue json, SweepSpec& spec) {
    const auto search = json["search"].text().value_or(json["variants"].exists() ? "random" : "grid");
    if (search != "grid" && search != "random") return wrong("search", "must be grid or random");
    if (search == "random") {
        const auto count = json["variants"].integer();
        if (!count || *count < 1 || *count > static_cast<std::int64_t>(kVariantsMax)) return wrong("variants", "must say how many to try, 1 to 200,000");
        spec.random = static_cast<std::size_t>(*count);
    }
    if (json["seed"].exists()) {
        const auto seed = json["seed"].integer();
        if (!seed || *seed < 0) return wrong("seed", "must be a whole number from 0 up");
        spec.seed = static_cast<std::uint64_t>(*seed);
    }
    if (const auto walk = json["walk_forward"]; walk.exists() && !walk.is_null()) {
        const auto pieces = walk["pieces"].integer();
        if (!pieces || *pieces < 2 || *pieces > static_cast<std::int64_t>(kPiecesMax)) return wrong("walk_forward.pieces", "must be 2 to 50: each is fitted on and the next one tested on");
        spec.pieces = static_cast<std::size_t>(*pieces);
    }
    return {};
}

std::uint64_t mix(std::uint64_t& state) {
    // SplitMix64 (Steele, Lea, Flood 2014): the same numbers from the same seed on every machine.
    std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

/// The document once more, with the values put in where their paths lead.
void patch(wire::JsonWriter& out, wire::JsonValue json, const std::string& path, const std::vector<SweepRange>& ranges, std::span<const std::string_view> values) {
    for (std::size_t i = 0; i < ranges.size(); ++i)
        if (ranges[i].path == path) return static_cast<void>(out.raw(values[i]));
    if (json.is_object()) {
        out.begin_object();
        for (std::size_t i = 0; i < json.size(); ++i) {
            const auto name = json.name_at(i);
            out.key(name);
            patch(out, json[name], path.empty() ? std::string{name} : path + '.' + std::string{name}, ranges, values);
        }
        out.end_object();
    } else if (json.is_array()) {
        out.begin_array();
        for (std::size_t i = 0; i < json.size(); ++i) patch(out, json.at(i), path + "[]", ranges, values);
        out.end_array();
    } else if (const auto flag = json.boolean()) {
        out.boolean(*flag);
    } else if (const auto text = json.text_or_number()) {
        out.text(*text);
    } else {
        out.null();
    }
}

bool has_path(wire::JsonValue json, std::string_view path) {
    while (!path.empty()) {
        const auto point = path.find('.');
        if (!json.is_object()) return false;
        json = json[path.substr(0, point)];
        if (!json.exists()) return false;
        path.remove_prefix(point == std::string_view::npos ? path.size() : point + 1);
    }
    return !json.is_object();
}

}  // namespace

std::string with_commas(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

Result<SweepSpec, SweepError> read_sweep(wire::JsonValue json) {
    if (!json.is_object()) return wrong("", "the sweep must be a JSON object");
    SweepSpec spec;
    BF_TRY_VOID(read_search(json, spec));
    const auto ranges = json["ranges"];
    if (ranges.exists() && !ranges.is_object()) return wrong("ranges", "must be an object: a setting's name and its values");
    const auto from = ranges.exists() ? ranges : json;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const std::string path{from.name_at(i)};
        if (!ranges.exists() && std::find(kOwnWords.begin(), kOwnWords.end(), path) != kOwnWords.end()) continue;
        for (const auto& range : spec.ranges)
            if (range.path == path) return wrong(path, "stands twice");
        BF_TRY(auto range, read_range(path, from[path]));
        spec.ranges.push_back(std::move(range));
    }
    if (spec.ranges.empty()) return wrong("ranges", "is empty: there is nothing to vary");
    // The generator's numbers vary slowest: what all variants with the same ones share is made once.
    std::stable_partition(spec.ranges.begin(), spec.ranges.end(), [](const auto& range) { return range.path.starts_with("generator."); });
    return spec;
}

std::uint64_t grid_size(const SweepSpec& spec) {
    std::uint64_t size = 1;
    for (const auto& range : spec.ranges)
        if (__builtin_mul_overflow(size, range.values.size(), &size) || size > kGridMax) return kGridMax;
    return size;
}

Result<Variants, SweepError> Variants::make(const trading::Settings& settings, SweepSpec spec) {
    Variants out;
    out.spec_ = std::move(spec);
    wire::JsonWriter writer{out.document_};
    trading::write_json(writer, settings);
    const auto json = wire::Json::parse(out.document_);
    BF_ASSERT(json.has_value());
    for (const auto& range : out.spec_.ranges)
        if (!has_path(json->root(), range.path)) return wrong(range.path, "is no setting of a strategy that takes one value");
    const auto grid = grid_size(out.spec_);
    const std::uint64_t wanted = out.spec_.random ? std::min<std::uint64_t>(*out.spec_.random, grid) : grid;
    if (wanted > kVariantsMax)
        return wrong("ranges", "would be " + (grid == kGridMax ? "more than four quintillion" : with_commas(grid)) + " variants; at most " + with_commas(kVariantsMax) +
                                   " are run: take wider steps, or \"search\":\"random\"");
    out.count_ = static_cast<std::size_t>(wanted);
    if (out.spec_.random && wanted < grid) {
        std::unordered_set<std::uint64_t> taken;
        for (std::uint64_t state = out.spec_.seed; out.chosen_.size() < out.count_;)
            if (const auto place = mix(state) % grid; taken.insert(place).second) out.chosen_.push_back(place);
        std::sort(out.chosen_.begin(), out.chosen_.end());
    }
    // Each value alone must be one the setting can take; together they may still be out of range.
    std::vector<std::string_view> values = out.values(0);
    for (std::size_t i = 0; i < out.spec_.ranges.size(); ++i) {
        const auto first = values[i];
        for (const auto& value : out.spec_.ranges[i].values) {
            values[i] = value;
            const auto patched = wire::Json::parse(out.document(values));
            BF_ASSERT(patched.has_value());
            const auto read = trading::read_settings(patched->root());
            if (!read) return Unexpected{SweepError{read.error().field, trading::sentence(read.error(), trading::Language::en), read.error()}};
        }
        values[i] = first;
    }
    return out;
}

std::uint64_t Variants::place(std::size_t variant) const { return chosen_.empty() ? variant : chosen_[variant]; }

std::vector<std::string_view> Variants::values(std::size_t variant) const {
    std::vector<std::string_view> out(spec_.ranges.size());
    auto place = this->place(variant);
    for (std::size_t i = out.size(); i-- > 0;) {
        const auto& values = spec_.ranges[i].values;
        out[i] = values[place % values.size()];
        place /= values.size();
    }
    return out;
}

std::size_t Variants::position(std::size_t variant, std::size_t range) const {
    auto place = this->place(variant);
    for (std::size_t i = spec_.ranges.size(); --i > range;) place /= spec_.ranges[i].values.size();
    return place % spec_.ranges[range].values.size();
}

std::string Variants::document(std::span<const std::string_view> values) const {
    const auto json = wire::Json::parse(document_);
    std::string out;
    wire::JsonWriter writer{out};
    patch(writer, json->root(), "", spec_.ranges, values);
    return out;
}

std::optional<trading::Settings> Variants::settings(std::size_t variant) const {
    const auto json = wire::Json::parse(document(values(variant)));
    BF_ASSERT(json.has_value());
    auto read = trading::read_settings(json->root());
    if (!read || !trading::check(*read).empty()) return std::nullopt;
    return std::move(*read);
}

}  // namespace bf::backtest
