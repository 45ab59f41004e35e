#include "trading/fields.hpp"

#include <algorithm>
#include <limits>

namespace bf::trading {

Fields::Fields(Reading& reading, wire::JsonValue object, std::string path) : reading_{reading}, object_{object}, path_{std::move(path)} {
    if (object_.exists() && !object_.is_null() && !object_.is_object()) reading_.fail(path_, "must be an object");
    if (!object_.is_object()) return;
    const auto size = object_.size();
    if (size > kFew) asked_beyond_.resize(size - kFew);
    if (!object_.has_duplicate_names()) return;
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (object_.name_at(k) == object_.name_at(i)) {
                reading_.fail(path_of(object_.name_at(i)), "stands twice");
                break;
            }
}

Fields::~Fields() {
    for (std::size_t i = 0; i < object_.size(); ++i)
        if (object_.is_object() && !was_asked(i)) reading_.unknown.push_back(path_of(object_.name_at(i)));
}

wire::JsonValue Fields::raw(std::string_view name) {
    if (!object_.is_object()) return {};
    const auto size = object_.size();
    for (std::size_t tried = 0, at = next_; tried < size; ++tried, at = at + 1 == size ? 0 : at + 1) {
        if (object_.name_at(at) != name) continue;
        if (at < kFew)
            asked_ |= std::uint64_t{1} << at;
        else
            asked_beyond_[at - kFew] = true;
        // Asked for again at once, as after has(), or the one behind it.
        next_ = at;
        return object_.at(at);
    }
    return {};
}

void Fields::read(std::string_view name, std::string& out) {
    const auto value = raw(name);
    if (!is_there(value)) return;
    const auto text = value.text();
    if (!text) return fail(name, "must be text");
    out = *text;
}

void Fields::read(std::string_view name, Decimal& out) {
    const auto value = raw(name);
    if (!is_there(value)) return;
    if (const auto text = value.text()) {
        const auto parsed = Decimal::read_plain(*text);
        if (!parsed) return fail(name, "must be a plain decimal number like \"12.5\", with at most 20 digits before and 18 behind the point");
        out = *parsed;
    } else if (const auto number = value.decimal()) {
        out = *number;
    } else {
        fail(name, "must be a decimal number, as text like \"12.5\"");
    }
}

void Fields::read(std::string_view name, bool& out) {
    const auto member = raw(name);
    if (!is_there(member)) return;
    const auto value = member.boolean();
    if (!value) return fail(name, "must be true or false");
    out = *value;
}

void Fields::read(std::string_view name, std::int64_t& out) {
    const auto member = raw(name);
    if (!is_there(member)) return;
    const auto value = member.integer();
    if (!value) return fail(name, "must be a whole number");
    out = *value;
}

void Fields::read(std::string_view name, int& out) {
    if (!has(name)) return;
    std::int64_t wide = 0;
    read(name, wide);
    if (wide < 0 || wide > std::numeric_limits<int>::max()) return fail(name, "must be a whole number from 0 up");
    out = static_cast<int>(wide);
}

void Fields::read(std::string_view name, Instant& out) {
    const auto member = raw(name);
    if (!is_there(member)) return;
    const auto value = member.integer();
    // Within thirty thousand years, so that spans between any two of them can be counted.
    constexpr std::int64_t kFar = 1'000'000'000'000'000;
    if (!value || *value < 0 || *value > kFar) return fail(name, "must be a time in Unix milliseconds");
    out = Instant::from_ms(*value);
}

std::optional<std::size_t> Fields::word_at(std::string_view name, const std::string_view* words, std::size_t count) {
    const auto member = raw(name);
    if (!is_there(member)) return std::nullopt;
    const auto text = member.text();
    const auto* const at = text ? std::find(words, words + count, *text) : words + count;
    if (at != words + count) return static_cast<std::size_t>(at - words);
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i == 0 ? "" : i + 1 == count ? " or " : ", ") + std::string{words[i]};
    fail(name, "must be " + list);
    return std::nullopt;
}

}  // namespace bf::trading
