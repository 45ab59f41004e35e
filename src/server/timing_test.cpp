// A guess that is nearly right is refused as fast as one that is all wrong: each comparison of a secret at the door, timed over a million
// interleaved guesses, by Welch's t-test. What a compiler, a library or a careless line could make of them shows only here.
#include "server/accounts.hpp"
#include "server/origin.hpp"
#include "support/number_in.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include "base/sanitized.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <random>

using namespace bf;
using namespace bf::server;

namespace {

#if defined(__OPTIMIZE__)
constexpr bool kStatistics = !kSanitized;  ///< Instrumented code takes its own times.
#else
constexpr bool kStatistics = false;
#endif

/// BF_GUESSES for more.
const std::size_t kGuesses = test::number_in("BF_GUESSES", 1'000'000);
constexpr double kLimit = 4.5;

class SetClock final : public ports::Clock {
public:
    [[nodiscard]] Instant wall() const override { return Instant::from_ms(1'700'000'000'000); }
    [[nodiscard]] std::chrono::microseconds steady() const override { return {}; }
};
class Counting final : public ports::Entropy {
public:
    void fill(std::span<unsigned char> bytes) override {
        for (auto& byte : bytes) byte = static_cast<unsigned char>(++state_ * 2654435761U >> 13U);
    }

private:
    std::uint32_t state_{0};
};

/// Mean and its error, without the slowest fifth: what else the machine did meanwhile.
struct Summary {
    double mean, error;
};
Summary summary_of(std::vector<float>& times) {
    const auto kept = times.size() * 4 / 5;
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(kept), times.end());
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < kept; ++i) sum += times[i];
    const double mean = sum / static_cast<double>(kept);
    for (std::size_t i = 0; i < kept; ++i) squares += (times[i] - mean) * (times[i] - mean);
    return {mean, squares / static_cast<double>(kept - 1) / static_cast<double>(kept)};
}

/// t of "wrong in the first letter" against "wrong in the last". Both are written to the same place before they are timed.
double t_of(const std::string& right, const std::function<bool(const std::string&)>& fits, std::mt19937& dice) {
    std::string guesses[2]{right, right};
    guesses[0].front() = guesses[0].front() == 'A' ? 'B' : 'A';
    guesses[1].back() = guesses[1].back() == 'A' ? 'B' : 'A';
    std::vector<float> times[2];
    for (auto& one : times) one.reserve(kGuesses);
    std::string guess = right;
    std::size_t fitting = 0;
    for (std::size_t i = 0; i < kGuesses; ++i) {
        const auto which = dice() & 1U;
        std::memcpy(guess.data(), guesses[which].data(), guess.size());
        const auto before = std::chrono::steady_clock::now();
        fitting += fits(guess) ? std::size_t{1} : std::size_t{0};
        times[which].push_back(static_cast<float>((std::chrono::steady_clock::now() - before).count()));
    }
    CHECK(fitting == 0);
    CHECK(fits(right));
    const auto first = summary_of(times[0]), last = summary_of(times[1]);
    return (first.mean - last.mean) / std::sqrt(first.error + last.error);
}

/// What is there shows itself each time, in the same direction; a clock that changes its speed does not five times in a row.
bool tells(const char* what, const std::string& right, const std::function<bool(const std::string&)>& fits) {
    std::mt19937 dice{std::random_device{}()};
    double before = 0;
    for (int round = 0; round < 5; ++round) {
        const auto t = t_of(right, fits, dice);
        std::printf("%s: t = %.2f\n", what, t);
        if (std::abs(t) < kLimit || t * before < 0) return false;
        before = t;
    }
    return true;
}

}  // namespace

TEST_CASE("how long a wrong code or token takes does not tell how much of it was right") {
    if (!kStatistics) return;
    const test::Scratch scratch;
    SetClock clock;
    Counting dice;
    const auto accounts = std::move(Accounts::open((scratch.path() / "web.db").string(), clock, dice)).value();
    CHECK_FALSE(tells("the set-up code", accounts->set_up_code(), [&](const std::string& guess) { return accounts->is_set_up_code(guess); }));

    const std::string session = "a session of no account";
    net::ServerRequest request;
    request.headers = {{"Origin", "http://localhost"}, {std::string{kCsrfHeader}, csrf_token(session)}};
    auto& sent = request.headers.back().value;
    CHECK_FALSE(tells("a page's token", csrf_token(session), [&](const std::string& guess) {
        std::memcpy(sent.data(), guess.data(), sent.size());
        return has_csrf_token(request, session);
    }));

    // The judge sees a comparison that ends with the first letter that differs.
    const auto right = csrf_token(session);
    CHECK(tells("a careless comparison", right, [&](const std::string& guess) {
        for (std::size_t i = 0; i < right.size(); ++i) {
            const volatile char mine = right[i], theirs = guess[i];
            if (mine != theirs) return false;
        }
        return true;
    }));
}
