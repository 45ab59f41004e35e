// The members a reader wants of an object, found by name in a few instructions, most of which say that a member is not wanted.
//
// A name's length and three of its characters choose one of 64 places; when it is compiled a factor is sought that gives every wanted name a place
// of its own. Wanted names have 3 to 24 characters, none of which needs an escape.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bf::wire {

template <class Wanted>
struct JsonName {
    std::string_view name;
    Wanted wanted;
};

template <class Wanted, std::size_t N>
class JsonNames {
public:
    consteval explicit JsonNames(const JsonName<Wanted> (&rows)[N]) {
        for (std::size_t i = 0; i < N; ++i) {
            // To throw is no constant expression: it does not compile.
            if (rows[i].name.size() < kLengthMin || rows[i].name.size() > kLengthMax) throw "a name of another length";
            entries_[i].wanted = rows[i].wanted;
            for (std::size_t k = 0; k < rows[i].name.size(); ++k) {
                const auto shift = 8 * (k % 8);
                entries_[i].name[k / 8] |= static_cast<std::uint64_t>(static_cast<unsigned char>(rows[i].name[k])) << shift;
                entries_[i].mask[k / 8] |= std::uint64_t{0xff} << shift;
            }
            entries_[i].length = static_cast<std::uint32_t>(rows[i].name.size());
        }
        for (int tries = 0; !lay(rows); ++tries) {
            if (tries > 10'000) throw "no factor is found";
            factor_ *= 0x9e3779b1;
        }
    }

    /// What the name stands for, given with its quotes; null: it is not wanted. Reads 25 characters whatever the name's length: the text is padded.
    [[nodiscard]] const Wanted* find(std::string_view quoted) const {
        // White space before the colon, which hardly anybody sends.
        if (quoted[quoted.size() - 1] != '"') quoted = quoted.substr(0, quoted.rfind('"') + 1);
        const auto length = quoted.size() - 2;
        if (length < kLengthMin) return nullptr;
        const char* const name = quoted.data() + 1;
        const auto place = places_[place_of(name, length)];
        if (place == kNone) return nullptr;
        const Entry& entry = entries_[place];
        std::uint64_t text[kWords];
        std::memcpy(text, name, sizeof text);
        std::uint64_t differs = entry.length ^ length;
        for (std::size_t i = 0; i < kWords; ++i) differs |= (text[i] ^ entry.name[i]) & entry.mask[i];
        return differs == 0 ? &entry.wanted : nullptr;
    }

private:
    static constexpr std::size_t kWords = 3, kLengthMin = 3, kLengthMax = kWords * sizeof(std::uint64_t), kPlaces = 64;
    static constexpr std::uint8_t kNone = 0xff;
    struct Entry {
        std::array<std::uint64_t, kWords> name{}, mask{};
        std::uint32_t length{0};
        Wanted wanted{};
    };
    [[nodiscard]] constexpr std::size_t place_of(const char* name, std::size_t length) const {
        const auto character = [name](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(name[at])); };
        const auto bits = static_cast<std::uint32_t>(length) << 24 | character(0) << 16 | character(length / 2) << 8 | character(length - 3);
        return bits * factor_ >> 26;
    }
    constexpr bool lay(const JsonName<Wanted> (&rows)[N]) {
        places_.fill(kNone);
        for (std::size_t i = 0; i < N; ++i) {
            const auto& name = rows[i].name;
            auto& place = places_[place_of(name.data(), name.size())];
            if (place != kNone) return false;
            place = static_cast<std::uint8_t>(i);
        }
        return true;
    }
    std::array<Entry, N> entries_{};
    std::array<std::uint8_t, kPlaces> places_{};
    std::uint32_t factor_{0x9e3779b1};
};

template <class Wanted, std::size_t N>
consteval JsonNames<Wanted, N> json_names(const JsonName<Wanted> (&rows)[N]) {
    return JsonNames<Wanted, N>{rows};
}

}  // namespace bf::wire
