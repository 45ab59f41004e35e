#include "money/decimal.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace bf;

TEST_CASE("a padded text is read as any other") {
    std::uint64_t dice = 20'261'201;
    const auto roll = [&dice](std::uint64_t sides) {
        dice = dice * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
        return (dice >> 33) % sides;
    };
    const auto same = [](const std::string& text) {
        CAPTURE(text);
        // What stands behind it must not matter.
        for (const char* behind : {"\"}0123456789012345", "999999999999999999", ".0000000000000000", "                  "}) {
            const std::string padded = text + behind;
            const std::string_view view{padded.data(), text.size()};
            REQUIRE(Decimal::read_padded(view) == Decimal::read(text));
            REQUIRE(Decimal::read_plain_padded(view) == Decimal::read_plain(text));
        }
    };
    for (const char* text : {"", "0", "00", "0.0", "0.10", "-1.5", ".", ".5", "5.", "1..2", "1.2.3", "1e5", "1E-4", "+1", " 1", "1 ", "1/2", "1:2", "9999999999999999",
                             "0.00000000000001",
                             "12345678.1234567", "12345678.12345678", "99999999999999999", "0.000000000000000001", "1\x80" "2",
                             "100", "1000000000000000", "00000000000000.0"})
        same(text);
    constexpr std::string_view kMostly = "0123456789012345678901234567890123456789....-eE+ ";
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto size = roll(19); text.size() < size;) text += kMostly[roll(roll(4) == 0 ? kMostly.size() : 41)];
        same(text);
    }
}

TEST_CASE("Decimal::parse takes plain decimals and nothing else") {
    struct Row { const char* why; const char* text; const char* canonical; };  // nullptr: refused
    const Row rows[] = {
        {"integer", "42", "42"},
        {"trailing zeros go", "0.10", "0.1"},
        {"one zero only", "-0.0", "0"},
        {"leading zeros go", "007.5", "7.5"},
        {"twenty integer and eighteen fraction digits", "99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"},
        {"more than eighteen digits if they are zeros", "0.10000000000000000000000", "0.1"},
        {"nineteen fraction digits", "0.1234567890123456789", nullptr},
        {"twenty-one integer digits", "100000000000000000000", nullptr},
        {"nothing", "", nullptr},
        {"lone point", ".", nullptr},
        {"no whole part", ".5", nullptr},
        {"no fraction", "1.", nullptr},
        {"exponent", "1e-8", nullptr},
        {"locale comma", "1,5", nullptr},
        {"plus", "+1", nullptr},
        {"space", " 1", nullptr},
        {"lone minus", "-", nullptr},
        {"two points", "1.2.3", nullptr},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto got = Decimal::parse(row.text);
        REQUIRE(got.has_value() == (row.canonical != nullptr));
        if (got) CHECK(got->to_string() == row.canonical);
    }
}

TEST_CASE("scientific form is read exactly where an exchange is known to send it") {
    CHECK(Decimal::parse_scientific("2.0E-4").value() == "0.0002"_d);
    CHECK(Decimal::parse_scientific("1.5e+3").value() == 1500);
    CHECK(Decimal::parse_scientific("6e-4").value() == "0.0006"_d);
    CHECK(Decimal::parse_scientific("0E-10").value() == 0);
    for (const char* bad : {"1e", "e5", "1e-", "1e--5", "1e30", "1e-30", "1.5e0x1", "1e1.5"})
        CHECK_FALSE(Decimal::parse_scientific(bad).has_value());
}

TEST_CASE("arithmetic is exact and rounds only where told") {
    CHECK("0.1"_d + "0.2"_d == "0.3"_d);
    CHECK("100"_d - "0.000000000000000001"_d == "99.999999999999999999"_d);
    CHECK("0.01"_d * "98765.4321"_d == "987.654321"_d);
    CHECK(Decimal::divide(1, 3, 4, Rounding::down).value() == "0.3333"_d);
    CHECK(Decimal::divide(1, 3, 4, Rounding::up).value() == "0.3334"_d);
    CHECK(Decimal::divide(-1, 3, 4, Rounding::down).value() == "-0.3334"_d);
    CHECK(Decimal::divide(-1, 3, 4, Rounding::up).value() == "-0.3333"_d);
    CHECK(Decimal::divide(-1, 3, 4, Rounding::towards_zero).value() == "-0.3333"_d);
    CHECK_FALSE(Decimal::divide(1, 0, 4, Rounding::down).has_value());
    CHECK_FALSE(Decimal::multiply("99999999999999999999"_d, "99999999999999999999"_d, Rounding::down).has_value());
    // Two of the largest would leave even the 128 bits they are held in.
    const auto largest = "99999999999999999999.999999999999999999"_d;
    CHECK_FALSE(Decimal::add(largest, largest).has_value());
    CHECK_FALSE(Decimal::subtract(-largest, largest).has_value());
    // A product of 36 fraction digits passes through 256 bits and is cut at 18.
    CHECK(Decimal::multiply("12345678901.123456789012345678"_d, "1.000000000000000001"_d, Rounding::down).value() ==
          "12345678901.123456801358024579"_d);
}

TEST_CASE("steps") {
    CHECK(round_to_step("0.123456"_d, "0.0001"_d, Rounding::down) == "0.1234"_d);
    CHECK(round_to_step("0.123456"_d, "0.0001"_d, Rounding::up) == "0.1235"_d);
    CHECK(round_to_step("17"_d, "5"_d, Rounding::down) == 15);
    CHECK(is_multiple_of("0.3"_d, "0.1"_d));
    CHECK_FALSE(is_multiple_of("0.35"_d, "0.1"_d));
    CHECK("1.5"_d.to_fixed(4, Rounding::down) == "1.5000");
    CHECK("1.55555"_d.to_fixed(2, Rounding::up) == "1.56");
    CHECK("-1.55555"_d.to_fixed(0, Rounding::towards_zero) == "-1");
}

TEST_CASE("laws of arithmetic on random numbers") {
    const unsigned seed = 20261122;
    MESSAGE("seed ", seed);
    std::mt19937_64 random{seed};
    const auto any = [&random] {
        const int scale = static_cast<int>(random() % 19);
        return Decimal::from_parts(static_cast<std::int64_t>(random() >> (random() % 64)) * (random() % 2 ? 1 : -1), scale);
    };
    for (int i = 0; i < 20000; ++i) {
        const Decimal a = any(), b = any();
        CHECK(Decimal::parse(a.to_string()).value() == a);
        CHECK(Decimal::read(a.to_string()) == a);
        CHECK(a + b == b + a);
        CHECK(a - b + b == a);
        CHECK((a < b) == (a - b < 0));
        const Decimal step = Decimal::from_parts(static_cast<std::int64_t>(random() % 1000 + 1), static_cast<int>(random() % 9));
        const auto units = Decimal::divide(a, step, 0, Rounding::down);
        if (!units) continue;
        const Decimal down = *units * step;
        CHECK(down <= a);
        CHECK(a - down < step);
    }
}

TEST_CASE("division agrees with doing it by hand, digit by digit, also through 256 bits") {
    const unsigned seed = 20261128;
    MESSAGE("seed ", seed);
    std::mt19937_64 random{seed};
    const auto any = [&random](int digits_max) {
        __int128 value = 0;
        for (auto digits = random() % static_cast<unsigned>(digits_max) + 1; digits > 0; --digits) value = value * 10 + static_cast<int>(random() % 10);
        return value;
    };
    for (int i = 0; i < 50000; ++i) {
        const __int128 numerator = any(38), divisor = any(36) + 1;
        const int scale = static_cast<int>(random() % 19);
        __int128 quotient = numerator / divisor, rest = numerator % divisor;
        bool fits = true;
        for (int digit = 0; digit < scale; ++digit) {
            rest *= 10;
            fits = fits && !__builtin_mul_overflow(quotient, __int128{10}, &quotient);
            quotient += rest / divisor;
            rest %= divisor;
        }
        const auto got = Decimal::quotient(Decimal::from_parts(numerator, 0), Decimal::from_parts(divisor, 0), scale, Rounding::down);
        constexpr __int128 kBound = __int128{10000000000000000000ull} * 10000000000000000000ull;
        REQUIRE(got.has_value() == (fits && quotient < kBound));
        if (got) CHECK(*got == Decimal::from_parts(quotient, scale));
        const auto up = Decimal::quotient(Decimal::from_parts(numerator, 0), Decimal::from_parts(divisor, 0), scale, Rounding::up);
        if (got && up && rest == 0) CHECK(*up == *got);
        if (got && up && rest != 0) CHECK(*up == *got + Decimal::from_parts(1, scale));
    }
}

TEST_CASE("Decimal::read takes what parse_scientific takes, read_plain what parse takes, and nothing else") {
    for (const char* text : {"", "-", ".", "1.", ".5", "+1", " 1", "1 ", "1,5", "1e", "e5", "1e-8", "2.0E-4", "0", "-0.0", "007", "0.10", "1.50000000000000000", "-12.34",
                             "123456789012345678", "1234567890123456789", "9999999999999999999", "12345678901234567890.123456789012345678", "999999999999999999999",
                             "0.0000000000000000001", "1.2.3", "1-2", "0x1", "NaN"}) {
        CAPTURE(text);
        const auto careful = Decimal::parse_scientific(text);
        const auto quick = Decimal::read(text);
        REQUIRE(quick.has_value() == careful.has_value());
        if (quick) CHECK(*quick == *careful);
        const auto plain = Decimal::parse(text);
        const auto quick_plain = Decimal::read_plain(text);
        REQUIRE(quick_plain.has_value() == plain.has_value());
        if (quick_plain) CHECK(*quick_plain == *plain);
    }
}
