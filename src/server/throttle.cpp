#include "server/throttle.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <soci/soci.h>

namespace bf::server {
namespace {

using soci::into;
using soci::use;

constexpr int kAddressFree = 3;
constexpr std::int64_t kAddressWaitMax = 512;
constexpr int kAccountFree = 10;
constexpr std::int64_t kAccountWaitMax = 300;
constexpr std::size_t kCountsMax = 10'000;
constexpr std::size_t kKnownMax = 1'000;
constexpr std::chrono::hours kKnownFor{24 * 30};
/// Who has not failed for so long starts afresh.
constexpr std::chrono::hours kForgetAfter{24};

std::string address_key(const std::string& address) { return "address/" + place_of(address); }
std::string account_key(const std::string& account) { return "account/" + account; }

}  // namespace

std::string place_of(const std::string& address) {
    std::array<unsigned char, 16> bytes{};
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
    // An IPv4 address in IPv6's clothes is itself.
    constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (std::memcmp(bytes.data(), kMapped.data(), kMapped.size()) == 0) return ::inet_ntop(AF_INET, bytes.data() + 12, text.data(), text.size());
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return std::string{::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size())} + "/64";
}

const std::vector<std::string>& Throttle::tables() {
    static const std::vector<std::string> kTables{
        "create table throttle (what text primary key, failures integer not null, not_before_ms bigint not null, seen_ms bigint not null)",
        "create table known_place (what text primary key, seen_ms bigint not null)",
    };
    return kTables;
}

Status Throttle::load() {
    return database_.read([this](soci::session& sql) {
        std::string what;
        int failures = 0;
        long long not_before = 0, seen = 0;
        soci::statement counts = (sql.prepare << "select what, failures, not_before_ms, seen_ms from throttle", into(what), into(failures), into(not_before), into(seen));
        counts.execute();
        while (counts.fetch()) counts_[what] = {failures, Instant::from_ms(not_before), Instant::from_ms(seen)};
        soci::statement known = (sql.prepare << "select what, seen_ms from known_place", into(what), into(seen));
        known.execute();
        while (known.fetch()) known_[what] = Instant::from_ms(seen);
    });
}

bool Throttle::is_known(const std::string& account, const std::string& address) const {
    const auto found = known_.find(account + " " + place_of(address));
    return found != known_.end() && clock_.wall() - found->second < kKnownFor;
}

std::int64_t Throttle::left(const std::string& key, std::int64_t wait_max_s) const {
    const auto found = counts_.find(key);
    if (found == counts_.end()) return 0;
    // No longer than any wait is, should the clock have been set back.
    return std::clamp<std::int64_t>(((found->second.not_before - clock_.wall()).count() + 999) / 1000, 0, wait_max_s);
}

std::int64_t Throttle::wait_s(const std::string& account, const std::string& address) const {
    const auto by_address = left(address_key(address), kAddressWaitMax);
    return account.empty() || is_known(account, address) ? by_address : std::max(by_address, left(account_key(account), kAccountWaitMax));
}

std::optional<Throttle::Try> Throttle::begin(const std::string& account, const std::string& address) {
    Try one;
    const auto enter = [&](std::string key, int free) {
        const auto counted = counts_.find(key);
        const auto running = under_way_.find(key);
        const bool room = (running == under_way_.end() ? 0 : running->second) < std::max(1, free - (counted == counts_.end() ? 0 : counted->second.failures));
        one.push_back(std::move(key));
        return room;
    };
    if (!enter(address_key(address), kAddressFree)) return std::nullopt;
    if (!account.empty() && !is_known(account, address) && !enter(account_key(account), kAccountFree)) return std::nullopt;
    for (const auto& key : one) ++under_way_[key];
    return one;
}

void Throttle::end(const Try& one) {
    for (const auto& key : one)
        if (const auto running = under_way_.find(key); running != under_way_.end() && --running->second <= 0) under_way_.erase(running);
}

void Throttle::count(const std::string& key, int free, std::int64_t wait_max_s) {
    const Instant now = clock_.wall();
    auto& one = counts_[key];
    if (now - one.seen > kForgetAfter) one.failures = 0;
    one.seen = now;
    if (++one.failures > free) one.not_before = now + seconds{std::min<std::int64_t>(wait_max_s, std::int64_t{1} << std::min(one.failures - free, 20))};
    const long long not_before = one.not_before.ms(), seen = one.seen.ms();
    const int failures = one.failures;
    // What can't be written counts until the next start.
    static_cast<void>(database_.transaction([&](soci::session& sql) {
        sql << "delete from throttle where what = :what", use(key);
        sql << "insert into throttle (what, failures, not_before_ms, seen_ms) values (:what, :failures, :not_before, :seen)", use(key), use(failures), use(not_before), use(seen);
    }).has_value());
    if (counts_.size() <= kCountsMax) return;
    // The one that was quiet the longest makes room.
    forget(std::min_element(counts_.begin(), counts_.end(), [](const auto& a, const auto& b) { return a.second.seen < b.second.seen; })->first);
}

void Throttle::forget(const std::string& key) {
    const std::string gone = key;  // The key may be the map's own.
    if (counts_.erase(gone) == 0) return;
    static_cast<void>(database_.transaction([&](soci::session& sql) { sql << "delete from throttle where what = :what", use(gone); }).has_value());
}

void Throttle::failed(const std::string& account, const std::string& address) {
    count(address_key(address), kAddressFree, kAddressWaitMax);
    if (!account.empty()) count(account_key(account), kAccountFree, kAccountWaitMax);
}

void Throttle::passed(const std::string& account, const std::string& address) {
    forget(address_key(address));
    forget(account_key(account));
    const auto what = account + " " + place_of(address);
    const Instant now = clock_.wall();
    const auto found = known_.find(what);
    // Known well enough: no write for each sign-in.
    if (found != known_.end() && now - found->second < std::chrono::hours{24}) return;
    known_[what] = now;
    if (known_.size() > kKnownMax) known_.erase(std::min_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) { return a.second < b.second; }));
    const long long seen = now.ms(), old = (now - kKnownFor).ms();
    static_cast<void>(database_.transaction([&](soci::session& sql) {
        sql << "delete from known_place where what = :what or seen_ms < :old", use(what), use(old);
        sql << "insert into known_place (what, seen_ms) values (:what, :seen)", use(what), use(seen);
    }).has_value());
}

}  // namespace bf::server
