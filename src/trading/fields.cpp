#include "trading/fields.hpp"

#include <algorithm>
#include <limits>

namespace bf::trading {

Fields::Fields(Reading& reading, wire::JsonValue object, std::string path) : reading_{reading}, object_{object}, path_{std::move(path)} {
    if (object_.exists() && !object_.is_null() && !object_.is_object()) reading_.fail(path_, Fault::object);
    if (!object_.is_object()) return;
    const auto size = object_.size();
    names_.reserve(size);
    asked_.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
        const auto name = object_.name_at(i);
        if (std::find(names_.begin(), names_.end(), name) != names_.end()) reading_.fail(path_of(name), Fault::twice);
        names_.push_back(name);
    }
}

Fields::~Fields() {
    for (std::size_t i = 0; i < names_.size(); ++i)
        if (!asked_[i]) reading_.unknown.push_back(path_of(names_[i]));
}

wire::JsonValue Fields::raw(std::string_view name) {
    const auto here = names_.begin() + static_cast<std::ptrdiff_t>(next_);
    auto found = std::find(here, names_.end(), name);
    if (found == names_.end()) {
        found = std::find(names_.begin(), here, name);
        if (found == here) return {};
    }
    const auto at = static_cast<std::size_t>(found - names_.begin());
    asked_[at] = true;
    // Asked for again at once, as after has(), or the one behind it.
    next_ = at;
    return object_.at(at);
}

void Fields::read(std::string_view name, std::string& out) {
    const auto value = raw(name);
    if (!is_there(value)) return;
    const auto text = value.text();
    if (!text) return fail(name, Fault::text);
    out = *text;
}

void Fields::read(std::string_view name, Decimal& out) {
    const auto value = raw(name);
    if (!is_there(value)) return;
    if (const auto text = value.text()) {
        const auto parsed = Decimal::read_plain(*text);
        if (!parsed) return fail(name, Fault::plain_decimal);
        out = *parsed;
    } else if (const auto number = value.decimal()) {
        out = *number;
    } else {
        fail(name, Fault::decimal);
    }
}

void Fields::read(std::string_view name, bool& out) {
    const auto member = raw(name);
    if (!is_there(member)) return;
    const auto value = member.boolean();
    if (!value) return fail(name, Fault::boolean);
    out = *value;
}

void Fields::read(std::string_view name, std::int64_t& out) {
    const auto member = raw(name);
    if (!is_there(member)) return;
    const auto value = member.integer();
    if (!value) return fail(name, Fault::whole);
    out = *value;
}

void Fields::read(std::string_view name, int& out) {
    if (!has(name)) return;
    std::int64_t wide = 0;
    read(name, wide);
    if (wide < 0 || wide > std::numeric_limits<int>::max()) return fail(name, Fault::whole_from_zero);
    out = static_cast<int>(wide);
}

void Fields::read(std::string_view name, Instant& out) {
    const auto member = raw(name);
    if (!is_there(member)) return;
    const auto value = member.integer();
    // Within thirty thousand years, so that spans between any two of them can be counted.
    constexpr std::int64_t kFar = 1'000'000'000'000'000;
    if (!value || *value < 0 || *value > kFar) return fail(name, Fault::time_ms);
    out = Instant::from_ms(*value);
}

std::optional<std::size_t> Fields::word_at(std::string_view name, const std::string_view* words, std::size_t count) {
    const auto member = raw(name);
    if (!is_there(member)) return std::nullopt;
    const auto text = member.text();
    const auto* const at = text ? std::find(words, words + count, *text) : words + count;
    if (at != words + count) return static_cast<std::size_t>(at - words);
    fail(name, Fault::word, {words, words + count});
    return std::nullopt;
}

}  // namespace bf::trading
