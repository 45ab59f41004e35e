// Reading JSON from outside: a small tree whose numbers keep their exact text. simdjson does the parsing.
//
// Every look-up is safe on every shape: a missing member, a wrong type, an index too far give an absent value, and reading an absent
// value gives nothing. So a reader states what it needs and the first thing missing is its error; no input can crash it.
// For the few hot paths (instrument lists, stream frames) use simdjson's on-demand interface directly.
#pragma once
#include "base/error.hpp"
#include "money/decimal.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::wire {

class Json;

/// A value inside a Json document, or the absence of one. Cheap to copy; valid while its document lives.
class JsonValue {
public:
    JsonValue() = default;

    [[nodiscard]] bool exists() const { return node_ != nullptr; }  ///< Present, even if null.
    [[nodiscard]] bool is_null() const;
    [[nodiscard]] bool is_object() const;
    [[nodiscard]] bool is_array() const;
    [[nodiscard]] bool is_text() const;
    [[nodiscard]] bool is_number() const;

    /// Member of an object; the first if a name stands twice (`has_duplicate_names` tells).
    [[nodiscard]] JsonValue operator[](std::string_view name) const;
    [[nodiscard]] JsonValue at(std::size_t index) const;
    [[nodiscard]] std::size_t size() const;                     ///< Members or elements; 0 for anything else.
    [[nodiscard]] std::string_view name_at(std::size_t index) const;  ///< Member name of an object.
    [[nodiscard]] bool has_duplicate_names() const;

    [[nodiscard]] std::optional<std::string_view> text() const;  ///< A string's text only.
    /// A string's text or a number's own characters: for ids and amounts that come as either.
    [[nodiscard]] std::optional<std::string_view> text_or_number() const;
    [[nodiscard]] std::optional<bool> boolean() const;
    /// A whole number, as JSON number or as text.
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    /// An exact amount, as JSON number (scientific form allowed) or as text. Empty text is nothing.
    [[nodiscard]] std::optional<Decimal> decimal() const;

private:
    friend class Json;
    struct Node;
    explicit JsonValue(const Node* node) : node_{node} {}
    const Node* node_{nullptr};
};

/// A parsed document. Owns its text. Nesting deeper than 64 is refused.
class Json {
public:
    static Result<Json> parse(std::string_view text);
    Json(Json&&) noexcept;
    Json& operator=(Json&&) noexcept;
    ~Json();

    [[nodiscard]] JsonValue root() const;
    JsonValue operator[](std::string_view name) const { return root()[name]; }

private:
    struct Storage;
    explicit Json(std::unique_ptr<Storage> storage);
    std::unique_ptr<Storage> storage_;
};

}  // namespace bf::wire
