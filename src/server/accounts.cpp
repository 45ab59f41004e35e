#include "server/accounts.hpp"

#include "server/secret_token.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>
#include <soci/soci.h>

namespace bf::server {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kPasswordLengthMin = 12;
constexpr std::size_t kPasswordLengthMax = 1024;
/// Argon2id with 64 MiB and 3 passes: about a quarter of a second here.
constexpr unsigned long long kHashPasses = 3;
constexpr std::size_t kHashMemory = 64 * 1024 * 1024;
constexpr std::chrono::hours kSessionLife{24 * 7};
constexpr std::chrono::hours kSessionIdle{12};
constexpr int kFreeFailures = 3;
constexpr std::size_t kPeersRemembered = 10000;

Unexpected<Error> refused(ErrorKind kind, std::string detail, std::string code) { return Unexpected{Error{kind, std::move(detail), Fate::not_sent, std::move(code)}}; }

std::string group_in_fives(const std::string& letters) {
    std::string out;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (i > 0 && i % 5 == 0) out += '-';
        out += letters[i];
    }
    return out;
}

}  // namespace

Accounts::Accounts(store::Database database, const ports::Clock& clock, ports::Entropy& entropy)
    : database_{std::move(database)}, clock_{clock}, entropy_{entropy} {}

Result<std::unique_ptr<Accounts>> Accounts::open(const std::string& url, const ports::Clock& clock, ports::Entropy& entropy) {
    BF_ASSERT(sodium_init() >= 0);
    BF_TRY(auto database, store::Database::open(url, {
        "create table users (name text primary key, password_hash text not null, created_ms bigint not null)",
        "create table sessions (token_hash text primary key, signed_in_ms bigint not null, expires_ms bigint not null, idle_until_ms bigint not null)",
    }));
    std::unique_ptr<Accounts> accounts{new Accounts{std::move(database), clock, entropy}};
    BF_TRY_VOID(accounts->load());
    return accounts;
}

Status Accounts::load() {
    BF_TRY_VOID(database_.read([this](soci::session& sql) {
        int owners = 0;
        sql << "select count(*) from users", into(owners);
        owner_exists_ = owners > 0;
        std::string hash;
        long long signed_in = 0, expires = 0, idle = 0;
        soci::statement rows = (sql.prepare << "select token_hash, signed_in_ms, expires_ms, idle_until_ms from sessions", into(hash), into(signed_in), into(expires), into(idle));
        rows.execute();
        while (rows.fetch()) sessions_[hash] = {{Instant::from_ms(signed_in), Instant::from_ms(expires)}, Instant::from_ms(idle)};
    }));
    if (owner_exists_) return {};
    // Without letters that are mistaken for each other; 20 of 32 are 100 bits.
    constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    std::array<unsigned char, 20> dice{};
    entropy_.fill(dice);
    std::string letters;
    for (const unsigned char die : dice) letters += kLetters[die % kLetters.size()];
    set_up_code_ = group_in_fives(letters);
    return {};
}

Result<std::string> Accounts::set_up(const std::string& code, const std::string& password) {
    if (owner_exists_) return refused(ErrorKind::conflict, "This installation is set up already: sign in.", "already_set_up");
    if (code.size() != set_up_code_.size() || sodium_memcmp(code.data(), set_up_code_.data(), code.size()) != 0)
        return refused(ErrorKind::denied, "The set-up code is wrong. It stands on the console where BackFuture was started.", "wrong_code");
    if (password.size() < kPasswordLengthMin) return refused(ErrorKind::bad_input, "The password needs at least 12 characters.", "password_too_short");
    if (password.size() > kPasswordLengthMax) return refused(ErrorKind::bad_input, "The password has at most 1,024 characters.", "password_too_long");
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    if (crypto_pwhash_str(hash.data(), password.data(), password.size(), kHashPasses, kHashMemory) != 0)
        return refused(ErrorKind::io, "There is not enough memory to hash the password.", "no_memory");
    const std::string text{hash.data()};
    const long long now = clock_.wall().ms();
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "insert into users (name, password_hash, created_ms) values ('owner', :hash, :now)", use(text), use(now);
    }));
    owner_exists_ = true;
    set_up_code_.clear();
    return begin_session();
}

std::int64_t Accounts::wait_s(const std::string& peer) const {
    const auto found = failures_.find(peer);
    if (found == failures_.end()) return 0;
    const auto left = found->second.not_before - clock_.wall();
    return left.count() <= 0 ? 0 : (left.count() + 999) / 1000;
}

void Accounts::count_failure(const std::string& peer) {
    if (failures_.size() >= kPeersRemembered) failures_.clear();
    auto& failures = failures_[peer];
    if (++failures.count <= kFreeFailures) return;
    const int doublings = std::min(failures.count - kFreeFailures, 9);
    failures.not_before = clock_.wall() + seconds{1 << doublings};
}

Result<std::string> Accounts::sign_in(const std::string& password, const std::string& peer) {
    if (const auto wait = wait_s(peer); wait > 0)
        return refused(ErrorKind::denied, "Too many wrong passwords: try again in " + std::to_string(wait) + " seconds.", "slow_down");
    std::string hash;
    BF_TRY_VOID(database_.read([&](soci::session& sql) { sql << "select password_hash from users where name = 'owner'", into(hash); }));
    const bool good = !hash.empty() && password.size() <= kPasswordLengthMax && crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
    if (!good) {
        count_failure(peer);
        return refused(ErrorKind::denied, "The password is wrong.", "wrong_password");
    }
    failures_.erase(peer);
    return begin_session();
}

Result<std::string> Accounts::begin_session() {
    auto token = make_token(entropy_);
    const Instant now = clock_.wall();
    const Known known{{now, now + kSessionLife}, now + kSessionIdle};
    const auto hash = hash_token(token);
    const long long signed_in = now.ms(), expires = known.session.expires_at.ms(), idle = known.idle_until.ms();
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "delete from sessions where expires_ms < :now or idle_until_ms < :now2", use(signed_in), use(signed_in);
        sql << "insert into sessions (token_hash, signed_in_ms, expires_ms, idle_until_ms) values (:hash, :now, :expires, :idle)", use(hash), use(signed_in), use(expires), use(idle);
    }));
    sessions_[hash] = known;
    return token;
}

std::optional<Session> Accounts::session(const std::string& token) {
    const auto found = sessions_.find(hash_token(token));
    if (found == sessions_.end()) return std::nullopt;
    const Instant now = clock_.wall();
    auto& known = found->second;
    if (now >= known.session.expires_at || now >= known.idle_until) {
        sign_out(token);
        return std::nullopt;
    }
    // Written at most every ten minutes: a page's polling is no reason for a flush each.
    const Instant idle_until = now + kSessionIdle;
    if (idle_until - known.idle_until > std::chrono::minutes{10}) {
        const auto hash = found->first;
        const long long idle = idle_until.ms();
        const auto saved = database_.transaction([&](soci::session& sql) { sql << "update sessions set idle_until_ms = :idle where token_hash = :hash", use(idle), use(hash); });
        if (saved) known.idle_until = idle_until;
    }
    return known.session;
}

void Accounts::sign_out(const std::string& token) {
    const auto hash = hash_token(token);
    sessions_.erase(hash);
    // A row that can't be deleted now dies by its own limits.
    static_cast<void>(database_.transaction([&](soci::session& sql) { sql << "delete from sessions where token_hash = :hash", use(hash); }).has_value());
}

}  // namespace bf::server
