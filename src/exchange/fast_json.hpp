// The hot way to read: simdjson on demand, values as their own characters, no copies. For instrument lists and stream frames only.
//
// The rule that keeps it safe: any simdjson error ends the document; its iterator is never touched again. Names and amounts are compared
// and parsed as they stand in the text; a value with an escape in it is taken as absent, since no symbol, id or amount needs one.
// Most is read by a walk (wire/json_walk.hpp), with the same names and tokens: it takes a third of the time a member.
#pragma once
#include "base/digits.hpp"
#include "base/text.hpp"
#include "money/decimal.hpp"
#include "wire/json_walk.hpp"

#include <cstring>
#include <limits>
#include <optional>
#include <simdjson.h>
#include <string>
#include <string_view>

namespace bf::exchange::fast {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

/// A parser keeps some ten kilobytes, and a stream's session needs one only while it reads a frame: one for each thread serves them all.
/// What was read of one document is gone with the next.
inline ondemand::parser& parser_of_thread() {
    static thread_local ondemand::parser parser;
    return parser;
}

/// A member's name as it stands in the text, up to its closing quote.
class Name {
public:
    explicit Name(ondemand::raw_json_string raw) : raw_{raw.raw()} {}
    /// With its quotes, as a walk gives it.
    explicit Name(std::string_view quoted) : raw_{quoted.data() + 1} {}
    [[nodiscard]] char front() const { return *raw_; }
    template <std::size_t N>
    [[nodiscard]] bool is(const char (&name)[N]) const {
        // The text is padded, so that comparing past its end reads no foreign memory.
        return std::memcmp(raw_, name, N - 1) == 0 && raw_[N - 1] == '"';
    }

private:
    const char* raw_;
};

/// A scalar as it stands in the text.
class Token {
public:
    explicit Token(std::string_view raw) : raw_{raw} {
        while (!raw_.empty() && static_cast<unsigned char>(raw_.back()) <= ' ') raw_.remove_suffix(1);
    }
    /// A string's or a number's characters; empty for null, for nothing and for a string with an escape.
    [[nodiscard]] std::string_view text() const {
        const auto inner = characters();
        return has_escape(inner) ? std::string_view{} : inner;
    }
    /// Scientific form is known of KuCoin's futures numbers only, and harmless elsewhere.
    [[nodiscard]] std::optional<Decimal> decimal() const { return Decimal::read_padded(characters()); }
    /// The same, made where it is wanted: a processor waits some fifteen cycles before it copies as one what was just written in halves.
    void read(std::optional<Decimal>& out) const { std::construct_at(&out, DecimalMaker{characters(), Decimal::read_padded}); }
    void read_plain(std::optional<Decimal>& out) const { std::construct_at(&out, DecimalMaker{text(), Decimal::read_plain_padded}); }
    /// A whole number, and nothing else.
    [[nodiscard]] std::optional<std::int64_t> integer() const {
        // Sequence numbers and times are plain digits, 19 at most; this loop is twice as fast as from_chars.
        const auto digits = characters();
        if (Digits at_once; digits.size() > 5 && read_digits(digits, at_once) && at_once.fraction == 0) return static_cast<std::int64_t>(at_once.number);
        if (digits.empty() || digits.size() > 19) return std::nullopt;
        std::uint64_t number = 0;
        for (const char c : digits) {
            if (c < '0' || c > '9') return parse_int(digits);
            number = number * 10 + static_cast<std::uint64_t>(c - '0');
        }
        if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
        return static_cast<std::int64_t>(number);
    }
    [[nodiscard]] bool is_true() const { return raw_ == "true"; }
    /// Nothing for null and whatever else is neither.
    [[nodiscard]] std::optional<bool> boolean() const {
        if (raw_ == "true") return true;
        return raw_ == "false" ? std::optional{false} : std::nullopt;
    }
    [[nodiscard]] bool is_quoted() const { return !raw_.empty() && raw_.front() == '"'; }

private:
    [[nodiscard]] std::string_view characters() const {
        if (raw_.empty()) return {};
        const char first = raw_.front();
        if (first == '"') return raw_.size() >= 2 && raw_.back() == '"' ? raw_.substr(1, raw_.size() - 2) : std::string_view{};
        return first == '-' || (first >= '0' && first <= '9') ? raw_ : std::string_view{};
    }
    /// Eight characters at a time, which for a symbol is a third of what a call of memchr costs. The text is padded.
    static bool has_escape(std::string_view text) {
        constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
        for (std::size_t i = 0; i < text.size(); i += sizeof(std::uint64_t)) {
            std::uint64_t eight;
            std::memcpy(&eight, text.data() + i, sizeof eight);
            // A byte of zero where the character is the escape; only above the first such can the sign be false.
            const std::uint64_t differs = eight ^ kOnes * static_cast<std::uint64_t>('\\');
            std::uint64_t found = (differs - kOnes) & ~differs & kHighs;
            if (const auto left = text.size() - i; left < sizeof eight) found &= (std::uint64_t{1} << 8 * left) - 1;
            if (found != 0) return true;
        }
        return false;
    }
    struct DecimalMaker {
        std::string_view text;
        std::optional<Decimal> (*make)(std::string_view);
        operator std::optional<Decimal>() const { return make(text); }
    };
    std::string_view raw_;
};

inline Token token_of(const wire::JsonWalk& value) { return Token{value.raw()}; }

/// Calls `use(Name, walk)` for each member of the object that stands there, as JsonWalk::each_member.
template <class Use>
bool each_member(wire::JsonWalk& object, Use&& use) {
    return object.each_member([&use](std::string_view name, wire::JsonWalk& value) { return use(Name{name}, value); });
}

/// Calls `use(Name, ondemand::value&)` for each member; `use` returns an error code, which ends the walk.
template <class Use>
error_code each_member(ondemand::object& object, Use&& use) {
    for (auto member : object) {
        if (const auto error = member.error()) return error;
        ondemand::field& field = member.value_unsafe();
        if (const auto error = use(Name{field.key()}, field.value())) return error;
    }
    return simdjson::SUCCESS;
}

}  // namespace bf::exchange::fast
