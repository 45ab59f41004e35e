// Writing and reading bytes of our own formats (the signer's protocol, the journal's records): little-endian integers, length-prefixed
// text. The reader never reads past its end, and after the first thing that does not fit it stays failed and returns zeros, so that a
// decoder checks once.
#pragma once
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace bf {

static_assert(std::endian::native == std::endian::little, "both ends run on one machine, and on none of another order yet");

class ByteWriter {
public:
    /// Appends to `out`, which must outlive the writer.
    explicit ByteWriter(std::string& out) : out_{out} {}

    template <std::unsigned_integral T>
    void integer(T value) {
        char bytes[sizeof(T)];
        std::memcpy(bytes, &value, sizeof(T));
        out_.append(bytes, sizeof(T));
    }
    void signed64(std::int64_t value) { integer(static_cast<std::uint64_t>(value)); }
    template <class Enum>
    void enumeration(Enum value) {
        integer(static_cast<std::uint8_t>(value));
    }
    void flag(bool value) { integer(static_cast<std::uint8_t>(value ? 1 : 0)); }
    void text(std::string_view value) {
        integer(static_cast<std::uint32_t>(value.size()));
        out_.append(value);
    }
    void raw(std::string_view bytes) { out_.append(bytes); }
    [[nodiscard]] std::size_t position() const { return out_.size(); }
    void cut(std::size_t position) { out_.resize(position); }

private:
    std::string& out_;
};

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : bytes_{bytes} {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return ok_ && bytes_.empty(); }
    void fail() { ok_ = false; }

    std::string_view raw(std::size_t size) {
        if (!ok_ || bytes_.size() < size) {
            ok_ = false;
            return {};
        }
        const auto taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }
    template <std::unsigned_integral T>
    T integer() {
        T value{0};
        const auto bytes = raw(sizeof(T));
        if (bytes.size() == sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
        return value;
    }
    std::int64_t signed64() { return static_cast<std::int64_t>(integer<std::uint64_t>()); }
    /// An enumerator from the first to `last`.
    template <class Enum>
    Enum enumeration(Enum last) {
        const auto value = integer<std::uint8_t>();
        if (value > static_cast<std::uint8_t>(last)) {
            ok_ = false;
            return Enum{};
        }
        return static_cast<Enum>(value);
    }
    bool flag() {
        const auto value = integer<std::uint8_t>();
        if (value > 1) ok_ = false;
        return value == 1;
    }
    std::string_view text(std::size_t length_max) {
        const auto size = integer<std::uint32_t>();
        if (size > length_max) ok_ = false;
        return raw(size);
    }

private:
    std::string_view bytes_;
    bool ok_{true};
};

}  // namespace bf
