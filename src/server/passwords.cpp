#include "server/passwords.hpp"

#include "server/leaked_passwords.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <sodium.h>
#include <thread>
#include <vector>
#include <zxcvbn.h>

namespace bf::server {
namespace {

constexpr std::size_t kLengthMin = 12;
constexpr std::size_t kLengthMax = 1024;
/// zxcvbn's class 2 and up: a million guesses by somebody who knows how people choose. At the door, which lets through a hundred thousand a
/// year for an account at most, that is ten years; the page asks for more, and against a stolen database only more and a code help.
constexpr double kBitsMin = 19.93;
/// zxcvbn's class 4: ten thousand million guesses.
constexpr double kPassphraseBits = 33.22;
/// The estimator's time grows with the square of the length; the rest of a longer one can only add to it.
constexpr std::size_t kEstimated = 100;
constexpr unsigned long long kPasses = 3;
constexpr std::size_t kMemory = 64 * 1024 * 1024;
constexpr std::size_t kAtOnce = 2;
constexpr std::size_t kWaitingMax = 32;

Unexpected<Error> refused(std::string detail, std::string code) { return Unexpected{Error{ErrorKind::bad_input, std::move(detail), Fate::not_sent, std::move(code)}}; }

Unexpected<Error> breached() {
    return refused("That password is in a list of those that leaked from other services: whoever guesses tries them first. Choose one that you use nowhere else, and where you use this one, change it.",
                   "password_breached");
}

void forget(std::string& password) {
    sodium_memzero(password.data(), password.size());
    password.clear();
}

/// How many guesses, in bits, by somebody who knows how people choose, and the account's and the product's name.
double guess_bits(std::string_view password, std::string_view name) {
    std::string start{password.substr(0, kEstimated)};
    const std::string own{name};
    const char* bad_words[] = {own.empty() ? "backfuture" : own.c_str(), "backfuture", "back future", nullptr};
    const double bits = ZxcvbnMatch(start.c_str(), bad_words, nullptr);
    forget(start);
    return bits;
}

class Threads final : public PasswordDesk {
public:
    Threads(net::Loop& loop, std::optional<BreachedPasswords> breached) : loop_{loop}, breached_{std::move(breached)} {
        for (std::size_t i = 0; i < kAtOnce; ++i) threads_.emplace_back([this] { work(); });
    }
    ~Threads() override {
        {
            const std::lock_guard lock{mutex_};
            stopping_ = true;
        }
        wake_.notify_all();
        for (auto& thread : threads_) thread.join();
    }

    bool verify(std::string hash, std::string password, std::function<void(Verdict)> done) override {
        return add([this, hash = std::move(hash), password = std::move(password), done = std::move(done)]() mutable {
            Verdict verdict{verify_password(hash, password), {}};
            // Without memory for a new hash the old one stays.
            if (verdict.good && is_outdated(hash)) verdict.renewed = hash_password(password).value_or(std::string{});
            forget(password);
            loop_.post([done = std::move(done), verdict = std::move(verdict)] { done(verdict); });
        });
    }
    bool hash(std::string password, std::function<void(Result<std::string>)> done) override {
        return add([this, password = std::move(password), done = std::move(done)]() mutable {
            const auto fine = breached_ ? must_not_be_breached(password) : Status{};
            auto made = fine ? hash_password(password) : Result<std::string>{Unexpected{fine.error()}};
            forget(password);
            loop_.post([done = std::move(done), made = std::move(made)] { done(made); });
        });
    }

private:
    [[nodiscard]] Status must_not_be_breached(const std::string& password) const {
        const auto held = breached_->holds(password);
        // A list that is spoiled is the operator's to mend, not a fault of the password.
        if (!held) return Unexpected{Error{ErrorKind::io, "A new password was not taken. " + held.error().detail, Fate::not_sent, "breached_list"}};
        if (!*held) return {};
        return breached();
    }
    bool add(std::function<void()> job) {
        {
            const std::lock_guard lock{mutex_};
            if (waiting_.size() >= kWaitingMax) return false;
            waiting_.push_back(std::move(job));
        }
        wake_.notify_one();
        return true;
    }
    void work() {
        while (true) {
            std::function<void()> job;
            {
                std::unique_lock lock{mutex_};
                wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
                if (stopping_) return;
                job = std::move(waiting_.front());
                waiting_.pop_front();
            }
            job();
        }
    }

    net::Loop& loop_;
    const std::optional<BreachedPasswords> breached_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> waiting_;
    bool stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace

Status check_password(std::string_view password, std::string_view name) {
    if (password.size() < kLengthMin) return refused("The password needs at least 12 characters.", "password_too_short");
    if (password.size() > kLengthMax) return refused("The password has at most 1,024 characters.", "password_too_long");
    if (is_leaked(password)) return breached();
    if (guess_bits(password, name) < kBitsMin)
        return refused("That password is easy to guess: it is made of common words, names, dates or patterns. Four or five words that have nothing to do with each other hold well.", "password_weak");
    return {};
}

Strength judge_passphrase(std::string_view passphrase) {
    const double bits = guess_bits(passphrase, {});
    return bits < kBitsMin || is_leaked(passphrase) ? Strength::hopeless : bits < kPassphraseBits ? Strength::weak : Strength::good;
}

Result<std::string> hash_password(std::string_view password) {
    BF_ASSERT(sodium_init() >= 0);
    std::array<char, crypto_pwhash_STRBYTES> text{};
    if (crypto_pwhash_str(text.data(), password.data(), password.size(), kPasses, kMemory) != 0)
        return Unexpected{Error{ErrorKind::io, "There is not enough memory to hash the password.", Fate::not_sent, "no_memory"}};
    return std::string{text.data()};
}

bool verify_password(const std::string& hash, std::string_view password) {
    BF_ASSERT(sodium_init() >= 0);
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), std::min(password.size(), kLengthMax)) == 0 && password.size() <= kLengthMax;
}

bool is_outdated(const std::string& hash) { return crypto_pwhash_str_needs_rehash(hash.c_str(), kPasses, kMemory) != 0; }

const std::string& nobodys_hash() {
    // As if somebody's: today's parameters, a salt and a result that came from no password.
    static const std::string hash = "$argon2id$v=19$m=65536,t=3,p=1$bm8gcGVyc29uIGhhcyBpdA$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    return hash;
}

std::unique_ptr<PasswordDesk> make_password_desk(net::Loop& loop, std::optional<BreachedPasswords> breached) { return std::make_unique<Threads>(loop, std::move(breached)); }

}  // namespace bf::server
