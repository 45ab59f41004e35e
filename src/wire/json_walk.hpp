// Walking through a JSON text by the places of its structure: where a bracket, a comma, a colon or a value begins. simdjson's first stage finds
// them, and refuses what is not UTF-8 and strings that do not end; its on-demand reader then takes some ten nanoseconds a value, wanted or not,
// this two. Values are handed out as their own characters.
//
// What is no JSON ends the walk with false, and it is not used again. Scalars are not looked into: what stands in one is the reader's affair.
#pragma once
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
        if (text.capacity() >= text.size() + simdjson::SIMDJSON_PADDING) return in_place(text, parser, read);
        std::string roomy;
        roomy.reserve(text.size() + simdjson::SIMDJSON_PADDING);
        roomy = text;
        return in_place(roomy, parser, read);
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
        if (!take('{')) return false;
        if (take('}')) return true;
        do {
            const auto name = raw();
            if (!take('"') || !take(':')) return false;
            const auto* const value = at_;
            if (!use(name, *this)) return false;
            if (at_ == value && !skip()) return false;
        } while (take(','));
        return take('}');
    }
    /// Goes through the array that stands here: `use(walk)` before each element, likewise.
    template <class Use>
    bool each_element(Use&& use) {
        if (!take('[')) return false;
        if (take(']')) return true;
        do {
            const auto* const value = at_;
            if (!use(*this)) return false;
            if (at_ == value && !skip()) return false;
        } while (take(','));
        return take(']');
    }
    /// Goes past the value that stands here.
    bool skip() {
        const char first = front();
        if (first == '{' || first == '[') return skip_brackets();
        ++at_;
        return first != ',' && first != ':' && first != ']' && first != '}' && first != '\0';
    }

private:
    JsonWalk(const char* text, const std::uint32_t* at) : text_{text}, at_{at} {}
    template <class Read>
    static bool in_place(const std::string& text, simdjson::ondemand::parser& parser, Read& read) {
        if (text.empty()) return false;
        simdjson::ondemand::json_iterator structure;
        if (parser.iterate_raw(simdjson::padded_string_view{text.data(), text.size(), text.capacity()}).get(structure)) return false;
        JsonWalk walk{text.data(), structure.position()};
        return read(walk) && *walk.at_ == text.size();
    }
    bool take(char expected) {
        const bool there = front() == expected;
        at_ += there ? 1 : 0;
        return there;
    }
    bool skip_brackets() {
        std::size_t depth = 0;
        do {
            const char c = front();
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            if (c == '\0') return false;
            ++at_;
        } while (depth > 0);
        return true;
    }

    const char* text_;
    const std::uint32_t* at_;
};

}  // namespace bf::wire
