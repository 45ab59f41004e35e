// Walking through a JSON text by the places of its structure: where a bracket, a comma, a colon or a value begins. simdjson's first stage finds
// them, and refuses what is not UTF-8 and strings that do not end; its on-demand reader then takes some ten nanoseconds a value, wanted or not,
// this two. Values are handed out as their own characters.
//
// What is no JSON ends the walk with false, and it is not used again. Scalars are not looked into: what stands in one is the reader's affair.
#pragma once
#include "wire/json_names.hpp"

#include <array>
#include <cstdint>
#include <simdjson.h>
#include <string>
#include <string_view>

namespace bf::wire {

class JsonWalk {
public:
    /// Calls `read(JsonWalk&)`, before the text's value; false when it said so, when it did not come to the text's end, or when the text has no
    /// structure. `parser` is in use meanwhile.
    template <class Read>
    static bool through(const std::string& text, simdjson::ondemand::parser& parser, Read&& read) {
        // simdjson reads up to 64 bytes behind the end, whatever they are: a text with that much room is read where it lies.
        if (text.capacity() >= text.size() + simdjson::SIMDJSON_PADDING) return through_padded(text, parser, read);
        std::string roomy;
        roomy.reserve(text.size() + simdjson::SIMDJSON_PADDING);
        roomy = text;
        return through_padded(roomy, parser, read);
    }
    /// The same of a text with 64 readable bytes behind its end, the first of them '\0'.
    template <class Read>
    static bool through_padded(std::string_view text, simdjson::ondemand::parser& parser, Read&& read) {
        if (text.empty()) return false;
        simdjson::ondemand::json_iterator structure;
        if (parser.iterate_raw(simdjson::padded_string_view{text, text.size() + simdjson::SIMDJSON_PADDING}).get(structure)) return false;
        JsonWalk walk{text.data(), structure.position()};
        return read(walk) && *walk.at_ == text.size();
    }

    // What stands here, without going on.
    /// The character a value begins with. At the end '\0', which begins none: the last place is followed by the text's length, where a
    /// string has that character.
    [[nodiscard]] char front() const { return text_[*at_]; }
    /// A scalar's characters, a string's with its quotes, and what white space follows; of a list or an object only its bracket.
    [[nodiscard]] std::string_view raw() const { return {text_ + at_[0], at_[1] - at_[0]}; }

    /// Goes through the object that stands here: `use(name, walk)` for each member, its name as raw() gives it, before the value. It need not go
    /// on from there.
    template <class Use>
    bool each_member(Use&& use) {
        // The place is kept here and not read back from the member it is stored to: that would be most of the time a member takes.
        const auto* at = at_;
        if (text_[*at++] != '{') return false;
        if (text_[*at] == '}') return goes_on(at + 1);
        while (true) {
            if (text_[at[0]] != '"' || text_[at[1]] != ':') return false;
            const std::string_view name{text_ + at[0], at[1] - at[0]};
            at += 2;
            at_ = at;
            if (!use(name, *this)) return false;
            at = at_ == at ? behind(at) : at_;
            if (at == nullptr) return false;
            const char next = text_[*at++];
            if (next == '}') return goes_on(at);
            if (next != ',') return false;
        }
    }
    /// As each_member, for those whose names are among `names` alone: `use(what the name stands for, walk)`.
    template <class Wanted, std::size_t N, class Use>
    bool each_wanted(const JsonNames<Wanted, N>& names, Use&& use) {
        const auto* at = at_;
        if (text_[*at++] != '{') return false;
        if (text_[*at] == '}') return goes_on(at + 1);
        while (true) {
            if (text_[at[0]] != '"' || text_[at[1]] != ':') return false;
            const auto* const wanted = names.find({text_ + at[0], at[1] - at[0]});
            at += 2;
            if (wanted != nullptr) {
                at_ = at;
                if (!use(*wanted, *this)) return false;
                at = at_ == at ? behind(at) : at_;
            } else {
                at = behind(at);
            }
            if (at == nullptr) return false;
            const char next = text_[*at++];
            if (next == '}') return goes_on(at);
            if (next != ',') return false;
        }
    }
    /// Goes through the array that stands here: `use(walk)` before each element, likewise.
    template <class Use>
    bool each_element(Use&& use) {
        const auto* at = at_;
        if (text_[*at++] != '[') return false;
        if (text_[*at] == ']') return goes_on(at + 1);
        while (true) {
            at_ = at;
            if (!use(*this)) return false;
            at = at_ == at ? behind(at) : at_;
            if (at == nullptr) return false;
            const char next = text_[*at++];
            if (next == ']') return goes_on(at);
            if (next != ',') return false;
        }
    }

private:
    JsonWalk(const char* text, const std::uint32_t* at) : text_{text}, at_{at} {}
    bool goes_on(const std::uint32_t* at) {
        at_ = at;
        return true;
    }
    enum class Begins : std::uint8_t { scalar, list, none };
    static constexpr auto kBegins = [] {
        std::array<Begins, 256> begins{};
        for (const char c : {'{', '['}) begins[static_cast<unsigned char>(c)] = Begins::list;
        for (const char c : {'}', ']', ',', ':', '\0'}) begins[static_cast<unsigned char>(c)] = Begins::none;
        return begins;
    }();
    /// The place behind the value that stands there; null when none does.
    [[nodiscard]] const std::uint32_t* behind(const std::uint32_t* at) const {
        const auto what = kBegins[static_cast<unsigned char>(text_[*at])];
        if (what == Begins::scalar) return at + 1;
        return what == Begins::list ? behind_brackets(at) : nullptr;
    }
    [[nodiscard]] const std::uint32_t* behind_brackets(const std::uint32_t* at) const {
        std::size_t depth = 0;
        do {
            const char c = text_[*at++];
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            if (c == '\0') return nullptr;
        } while (depth > 0);
        return at;
    }

    const char* text_;
    const std::uint32_t* at_;
};

}  // namespace bf::wire
