#include "trading/fields.hpp"

#include <algorithm>
#include <limits>

namespace bf::trading {

Fields::Fields(Reading& reading, wire::JsonValue object, std::string path) : reading_{reading}, object_{object}, path_{std::move(path)} {
    if (object_.exists() && !object_.is_null() && !object_.is_object()) reading_.fail(path_, "must be an object");
    for (std::size_t i = 0; i < object_.size() && object_.is_object(); ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (object_.name_at(i) == object_.name_at(k)) reading_.fail(path_of(object_.name_at(i)), "stands twice");
}

Fields::~Fields() {
    for (std::size_t i = 0; i < object_.size() && object_.is_object(); ++i)
        if (std::find(asked_.begin(), asked_.end(), object_.name_at(i)) == asked_.end()) reading_.unknown.push_back(path_of(object_.name_at(i)));
}

wire::JsonValue Fields::raw(std::string_view name) {
    asked_.push_back(name);
    return object_[name];
}

bool Fields::has(std::string_view name) {
    const auto value = raw(name);
    return value.exists() && !value.is_null();
}

void Fields::read(std::string_view name, std::string& out) {
    if (!has(name)) return;
    const auto text = object_[name].text();
    if (!text) return fail(name, "must be text");
    out = *text;
}

void Fields::read(std::string_view name, Decimal& out) {
    if (!has(name)) return;
    const auto value = object_[name];
    if (const auto text = value.text()) {
        const auto parsed = Decimal::parse(*text);
        if (!parsed) return fail(name, "must be a plain decimal number like \"12.5\", with at most 20 digits before and 18 behind the point");
        out = *parsed;
    } else if (const auto number = value.decimal()) {
        out = *number;
    } else {
        fail(name, "must be a decimal number, as text like \"12.5\"");
    }
}

void Fields::read(std::string_view name, bool& out) {
    if (!has(name)) return;
    const auto value = object_[name].boolean();
    if (!value) return fail(name, "must be true or false");
    out = *value;
}

void Fields::read(std::string_view name, std::int64_t& out) {
    if (!has(name)) return;
    const auto value = object_[name].integer();
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
    if (!has(name)) return;
    const auto value = object_[name].integer();
    // Within thirty thousand years, so that spans between any two of them can be counted.
    constexpr std::int64_t kFar = 1'000'000'000'000'000;
    if (!value || *value < 0 || *value > kFar) return fail(name, "must be a time in Unix milliseconds");
    out = Instant::from_ms(*value);
}

std::optional<std::size_t> Fields::word_at(std::string_view name, const std::string_view* words, std::size_t count) {
    if (!has(name)) return std::nullopt;
    const auto text = object_[name].text();
    const auto* const at = text ? std::find(words, words + count, *text) : words + count;
    if (at != words + count) return static_cast<std::size_t>(at - words);
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i == 0 ? "" : i + 1 == count ? " or " : ", ") + std::string{words[i]};
    fail(name, "must be " + list);
    return std::nullopt;
}

}  // namespace bf::trading
