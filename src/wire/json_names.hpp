// The members a reader wants of an object, found by name in a few instructions, most of which say that a member is not wanted.
//
// A name's last eight characters and its length choose one of 64 places; when it is compiled a factor is sought that gives every wanted name a
// place of its own. Wanted names have at most 24 characters, none of which needs an escape.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bf::wire {

static_assert(std::endian::native == std::endian::little);

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
            const auto name = rows[i].name;
            // To throw is no constant expression: it does not compile.
            if (name.empty() || name.size() > kLengthMax) throw "a name of another length";
            Entry& entry = entries_[i];
            entry.wanted = rows[i].wanted;
            entry.length = name.size();
            const auto bits_of = [](char c, std::size_t at) { return static_cast<std::uint64_t>(static_cast<unsigned char>(c)) << 8 * (at % kWord); };
            for (std::size_t k = 0; k < name.size(); ++k) {
                entry.name[k / kWord] |= bits_of(name[k], k);
                entry.mask[k / kWord] |= bits_of('\xff', k);
            }
            const auto tail = name.substr(name.size() - std::min(name.size(), kWord));
            for (std::size_t k = 0; k < tail.size(); ++k) entry.tail |= bits_of(tail[k], k);
        }
        for (int tries = 0; !lay(); ++tries) {
            if (tries > 10'000) throw "no factor is found";
            factor_ *= kFirstFactor;
        }
    }

    /// What the name stands for, given with its quotes; null: it is not wanted. Reads 24 characters whatever the name's length: the text is padded.
    [[nodiscard]] const Wanted* find(std::string_view quoted) const {
        // White space before the colon, which hardly anybody sends.
        if (quoted[quoted.size() - 1] != '"') [[unlikely]] quoted = quoted.substr(0, quoted.rfind('"') + 1);
        const auto length = quoted.size() - 2;
        const char* const name = quoted.data() + 1;
        const auto tail = length >= kWord ? word_at(name + length - kWord) : word_at(name) & ((std::uint64_t{1} << 8 * length) - 1);
        const auto place = places_[place_of(tail, length)];
        if (place == kNone) return nullptr;
        const Entry& entry = entries_[place];
        if (entry.tail != tail || entry.length != length) return nullptr;
        std::uint64_t differs = 0;
        for (std::size_t i = 0; i < kWords; ++i) differs |= (word_at(name + i * kWord) ^ entry.name[i]) & entry.mask[i];
        return differs == 0 ? &entry.wanted : nullptr;
    }

private:
    static constexpr std::size_t kWord = sizeof(std::uint64_t), kWords = 3, kLengthMax = kWords * kWord, kPlaces = 64;
    static constexpr std::uint8_t kNone = 0xff;
    static constexpr std::uint64_t kFirstFactor = 0x9e3779b97f4a7c15;  // 2^64 / the golden ratio, odd
    struct Entry {
        std::array<std::uint64_t, kWords> name{}, mask{};
        std::uint64_t tail{0}, length{0};
        Wanted wanted{};
    };
    static std::uint64_t word_at(const char* text) {
        std::uint64_t word;
        std::memcpy(&word, text, sizeof word);
        return word;
    }
    [[nodiscard]] constexpr std::size_t place_of(std::uint64_t tail, std::uint64_t length) const { return (tail ^ length) * factor_ >> 58; }
    constexpr bool lay() {
        places_.fill(kNone);
        for (std::size_t i = 0; i < N; ++i) {
            auto& place = places_[place_of(entries_[i].tail, entries_[i].length)];
            if (place != kNone) return false;
            place = static_cast<std::uint8_t>(i);
        }
        return true;
    }
    std::array<Entry, N> entries_{};
    std::array<std::uint8_t, kPlaces> places_{};
    std::uint64_t factor_{kFirstFactor};
};

template <class Wanted, std::size_t N>
consteval JsonNames<Wanted, N> json_names(const JsonName<Wanted> (&rows)[N]) {
    return JsonNames<Wanted, N>{rows};
}

}  // namespace bf::wire
