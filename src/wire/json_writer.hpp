// Writing JSON: appends to a string, puts the commas, escapes text. Ours because the number text of an exchange's body must be exact
// (Boost.JSON can only write int64, uint64 and double) and an order request must be written without allocating.
#pragma once
#include "money/decimal.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bf::wire {

class JsonWriter {
public:
    /// Appends to `out`, which must outlive the writer.
    explicit JsonWriter(std::string& out) : out_{out} {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    /// The name of the next value.
    JsonWriter& key(std::string_view name);

    JsonWriter& text(std::string_view value);
    JsonWriter& number(std::int64_t value);
    JsonWriter& number(const Decimal& value);  ///< As a JSON number; money on our own faces is text: `amount`.
    JsonWriter& amount(const Decimal& value);  ///< As a JSON string.
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// Text that is JSON already.
    JsonWriter& raw(std::string_view json);
    /// Members of an object that are JSON already: "\"a\":1,\"b\":2", without braces.
    JsonWriter& raw_members(std::string_view json);

    // Named members, for the common cases.
    JsonWriter& member(std::string_view name, std::string_view value) { return key(name).text(value); }
    JsonWriter& member(std::string_view name, const char* value) { return key(name).text(value); }
    JsonWriter& member(std::string_view name, const std::string& value) { return key(name).text(value); }
    JsonWriter& member(std::string_view name, std::same_as<bool> auto value) { return key(name).boolean(value); }
    template <std::integral I>
        requires(!std::same_as<I, bool>)
    JsonWriter& member(std::string_view name, I value) {
        return key(name).number(static_cast<std::int64_t>(value));
    }
    JsonWriter& member(std::string_view name, const Decimal& value) { return key(name).amount(value); }
    JsonWriter& member(std::string_view name, std::nullptr_t) { return key(name).null(); }
    template <class T>
    JsonWriter& member(std::string_view name, const std::optional<T>& value) {
        return value ? member(name, *value) : member(name, nullptr);
    }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();
    std::string& out_;
    bool first_{true};
    bool after_key_{false};
};

/// `text` between quotes, escaped, appended to `out`.
void append_json_text(std::string& out, std::string_view text);

}  // namespace bf::wire
