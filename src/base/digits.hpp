// A short plain number, all its characters at once: a loop over them takes twice as long, and a processor foresees its end badly where one
// number has seven characters and the next has nine.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#if defined(__SSE4_1__)
#include <smmintrin.h>
#endif

namespace bf {

/// `number` is what the digits say without the point, of which `fraction` stood behind it.
struct Digits {
    std::uint64_t number{0};
    int fraction{0};
};

/// Digits, and a point between two of them if any: "12.50". False for everything else, and for more than 16 characters. 16 bytes are read from
/// where the text begins, however short it is.
inline bool read_digits(std::string_view text, Digits& out) {
    constexpr std::size_t kLanes = 16;
    const std::size_t size = text.size();
    if (size == 0 || size > kLanes) return false;
#if defined(__SSE4_1__)
    // The characters to the right end, so that each digit's place tells its worth; in front of them zeros.
    alignas(16) static constexpr unsigned char kToTheRight[32] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                                                  0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15};
    const __m128i read = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
    const __m128i right = _mm_shuffle_epi8(read, _mm_loadu_si128(reinterpret_cast<const __m128i*>(kToTheRight + size)));
    const __m128i above = _mm_sub_epi8(right, _mm_set1_epi8('0'));
    const __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(9)), above);
    const auto digits = static_cast<std::uint32_t>(_mm_movemask_epi8(is_digit));
    const auto points = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(right, _mm_set1_epi8('.'))));
    const std::uint32_t first = std::uint32_t{0x10000} >> size, ends = first | 0x8000, all = 0x10000 - first;
    if ((digits | points) != all || (digits & ends) != ends || (points & (points - 1)) != 0) return false;
    // What stands before the point moves into its place.
    const int point = 31 - std::countl_zero(points);  // -1: none
    const __m128i places = _mm_load_si128(reinterpret_cast<const __m128i*>(kToTheRight + kLanes));
    const __m128i closed = _mm_add_epi8(places, _mm_cmpgt_epi8(_mm_set1_epi8(static_cast<char>(point + 1)), places));
    const __m128i ones = _mm_shuffle_epi8(_mm_and_si128(above, is_digit), closed);
    const __m128i hundreds = _mm_maddubs_epi16(ones, _mm_set1_epi16(0x010a));                  // 10, 1
    const __m128i ten_thousands = _mm_madd_epi16(hundreds, _mm_set1_epi32(0x00010064));        // 100, 1
    const __m128i packed = _mm_packus_epi32(ten_thousands, ten_thousands);
    const __m128i halves = _mm_madd_epi16(packed, _mm_set1_epi32(0x00012710));                 // 10,000, 1
    const auto both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(halves));
    out.number = (both & 0xffffffff) * 100'000'000 + (both >> 32);
    out.fraction = (15 - point) & 15;
    return true;
#else
    std::uint64_t number = 0;
    std::size_t point = size;
    for (std::size_t i = 0; i < size; ++i) {
        if (text[i] >= '0' && text[i] <= '9') {
            number = number * 10 + static_cast<std::uint64_t>(text[i] - '0');
        } else {
            if (text[i] != '.' || point != size || i == 0 || i + 1 == size) return false;
            point = i;
        }
    }
    out = {number, point == size ? 0 : static_cast<int>(size - point - 1)};
    return true;
#endif
}

}  // namespace bf
