// Reading the members of a JSON document by name, with the path of what can't be used: "add_on.max".
//
// The first error stays and ends nothing: readers go on with their defaults and ask once at the end. Null and absent are the same. An amount
// is a plain decimal as text, or a JSON number read by its own characters. A name that stands twice in one object is refused: two readers
// could take different ones. Names nobody asked for are collected.
#pragma once
#include "trading/settings.hpp"

#include <array>

namespace bf::trading {

/// What all objects of one document share.
struct Reading {
    std::optional<FieldError> error{};
    std::vector<std::string> unknown{};
    void fail(std::string field, Fault fault, std::vector<std::string> about = {}) {
        if (!error) error = FieldError{std::move(field), fault, std::move(about)};
    }
};

class Fields {
public:
    Fields(Reading& reading, wire::JsonValue object, std::string path);
    Fields(const Fields&) = delete;
    Fields& operator=(const Fields&) = delete;
    /// Tells the names nobody asked for.
    ~Fields();

    /// Present and not null.
    [[nodiscard]] bool has(std::string_view name) { return is_there(raw(name)); }
    [[nodiscard]] wire::JsonValue raw(std::string_view name);
    [[nodiscard]] std::string path_of(std::string_view name) const { return path_.empty() ? std::string{name} : path_ + '.' + std::string{name}; }
    void require(std::string_view name) {
        if (!has(name)) fail(name, Fault::missing);
    }
    void fail(std::string_view name, Fault fault, std::vector<std::string> about = {}) { reading_.fail(path_of(name), fault, std::move(about)); }
    [[nodiscard]] Reading& reading() { return reading_; }

    // Each leaves `out` alone when the member is absent or null.
    void read(std::string_view name, std::string& out);
    void read(std::string_view name, Decimal& out);
    void read(std::string_view name, bool& out);
    void read(std::string_view name, std::int64_t& out);
    void read(std::string_view name, int& out);
    template <class T>
    void read(std::string_view name, std::optional<T>& out) {
        if (!has(name)) return;
        T value{};
        read(name, value);
        out = std::move(value);
    }
    /// Unix milliseconds.
    void read(std::string_view name, Instant& out);
    /// One of `words`, whose place is the enumerator.
    template <class Enum, std::size_t N>
    void read_word(std::string_view name, const std::array<std::string_view, N>& words, Enum& out) {
        if (const auto at = word_at(name, words.data(), N)) out = static_cast<Enum>(*at);
    }

private:
    static bool is_there(wire::JsonValue value) { return value.exists() && !value.is_null(); }
    std::optional<std::size_t> word_at(std::string_view name, const std::string_view* words, std::size_t count);
    Reading& reading_;
    wire::JsonValue object_;
    std::string path_;
    std::vector<std::string_view> names_;  ///< Of the object's members.
    std::vector<bool> asked_;
    std::size_t next_{0};  ///< Most documents have their members in the order in which they are asked for.
};

}  // namespace bf::trading
