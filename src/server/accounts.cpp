#include "server/accounts.hpp"

#include "base/text.hpp"
#include "server/secret_token.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>
#include <soci/soci.h>

namespace bf::server {
namespace {

using soci::into;
using soci::use;

constexpr std::chrono::hours kSessionLife{24 * 7};
constexpr std::chrono::hours kSessionIdle{12};
/// A page has several requests under way when it steps up.
constexpr milliseconds kLeaving = seconds{10};
/// A poll is no reason for a flush each.
constexpr std::chrono::minutes kWriteEvery{10};
constexpr std::size_t kPeopleMax = 100;
constexpr std::size_t kSessionsMax = 50;  ///< Of one account; the oldest makes room.
constexpr std::size_t kTokensMax = 50;
constexpr std::size_t kAgentMax = 200;
constexpr std::string_view kBearerMark = "bft_";

Unexpected<Error> refused(ErrorKind kind, std::string detail, std::string code) { return Unexpected{Error{kind, std::move(detail), Fate::not_sent, std::move(code)}}; }
Unexpected<Error> no_such_account() { return refused(ErrorKind::not_found, "There is no such account.", "no_such_account"); }

std::string group_in_fives(const std::string& letters) {
    std::string out;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (i > 0 && i % 5 == 0) out += '-';
        out += letters[i];
    }
    return out;
}

std::vector<std::string> migrations() {
    std::vector<std::string> all{
        "create table users (name text primary key, password_hash text not null, created_ms bigint not null)",
        "create table sessions (token_hash text primary key, signed_in_ms bigint not null, expires_ms bigint not null, idle_until_ms bigint not null)",
        // Several people. The first version's only one was the owner; its sessions said not whose they are.
        "alter table users add column role text not null default 'owner'",
        "alter table users add column has_factor integer not null default 0",
        "drop table sessions",
        "create table signed_in (id text primary key, token_hash text not null, account text not null, signed_in_ms bigint not null, expires_ms bigint not null,"
        " idle_until_ms bigint not null, stepped_up_ms bigint not null, address text not null, agent text not null)",
        "create table api_token (id text primary key, token_hash text not null, account text not null, name text not null, scope text not null,"
        " created_ms bigint not null, expires_ms bigint not null, used_ms bigint not null)",
    };
    all.insert(all.end(), Throttle::tables().begin(), Throttle::tables().end());
    return all;
}

}  // namespace

std::optional<std::string> account_name(std::string_view typed) {
    auto name = to_lower(trim(typed));
    const bool good = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view{"._-@+"}.find(c) != std::string_view::npos;
    });
    if (!good) return std::nullopt;
    return name;
}

Accounts::Accounts(store::Database database, const ports::Clock& clock, ports::Entropy& entropy)
    : database_{std::move(database)}, clock_{clock}, entropy_{entropy}, throttle_{database_, clock} {}

Result<std::unique_ptr<Accounts>> Accounts::open(const std::string& url, const ports::Clock& clock, ports::Entropy& entropy) {
    BF_ASSERT(sodium_init() >= 0);
    BF_TRY(auto database, store::Database::open(url, migrations()));
    std::unique_ptr<Accounts> accounts{new Accounts{std::move(database), clock, entropy}};
    BF_TRY_VOID(accounts->load());
    BF_TRY_VOID(accounts->throttle_.load());
    // Signals by hook and everybody's pages go by the same thread.
    accounts->database_.be_impatient();
    return accounts;
}

Status Accounts::load() {
    BF_TRY_VOID(database_.read([this](soci::session& sql) {
        std::string name, role, hash, id, account, text, more;
        long long created = 0, expires = 0, idle = 0, stepped_up = 0;
        int has_factor = 0;
        soci::statement people = (sql.prepare << "select name, role, password_hash, has_factor, created_ms from users",
                                  into(name), into(role), into(hash), into(has_factor), into(created));
        people.execute();
        // A role that can't be read is the least of all.
        while (people.fetch()) people_[name] = {name, parse_role(role).value_or(Role::nobody), hash, has_factor != 0, Instant::from_ms(created)};
        soci::statement sessions = (sql.prepare << "select id, token_hash, account, signed_in_ms, expires_ms, idle_until_ms, stepped_up_ms, address, agent from signed_in",
                                    into(id), into(hash), into(account), into(created), into(expires), into(idle), into(stepped_up), into(text), into(more));
        sessions.execute();
        while (sessions.fetch()) {
            sessions_[id] = {{id, account, Instant::from_ms(created), Instant::from_ms(expires), Instant::from_ms(idle), Instant::from_ms(stepped_up), {text, more}}, hash};
            by_hash_[hash] = id;
        }
        soci::statement tokens = (sql.prepare << "select id, token_hash, account, name, scope, created_ms, expires_ms, used_ms from api_token",
                                  into(id), into(hash), into(account), into(name), into(role), into(created), into(expires), into(idle));
        tokens.execute();
        while (tokens.fetch()) {
            const auto used = idle == 0 ? std::nullopt : std::optional{Instant::from_ms(idle)};
            tokens_[id] = {{id, account, name, parse_role(role).value_or(Role::nobody), Instant::from_ms(created), Instant::from_ms(expires), used}, hash};
            tokens_by_hash_[hash] = id;
        }
    }));
    if (!needs_set_up()) return {};
    // Without letters that are mistaken for each other; 20 of 32 are 100 bits.
    constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    std::array<unsigned char, 20> dice{};
    entropy_.fill(dice);
    std::string letters;
    for (const unsigned char die : dice) letters += kLetters[die % kLetters.size()];
    set_up_code_ = group_in_fives(letters);
    return {};
}

bool Accounts::is_set_up_code(const std::string& typed) const {
    return !set_up_code_.empty() && typed.size() == set_up_code_.size() && sodium_memcmp(typed.data(), set_up_code_.data(), typed.size()) == 0;
}

std::string Accounts::make_id() {
    std::array<unsigned char, 8> dice{};
    entropy_.fill(dice);
    return to_hex(dice);
}

// --- people

const Person* Accounts::person(const std::string& name) const {
    const auto found = people_.find(name);
    return found == people_.end() ? nullptr : &found->second;
}

bool Accounts::is_last_owner(const std::string& name) const {
    const auto* one = person(name);
    if (one == nullptr || one->role != Role::owner) return false;
    return std::count_if(people_.begin(), people_.end(), [](const auto& any) { return any.second.role == Role::owner; }) == 1;
}

Status Accounts::add_person(const std::string& name, Role role, const std::string& password_hash) {
    if (account_name(name) != name || role == Role::nobody) return refused(ErrorKind::bad_input, "A name has 1 to 64 of a-z, 0-9 and . _ - @ +", "name_bad");
    if (person(name) != nullptr) return refused(ErrorKind::conflict, "There is an account of that name already.", "name_taken");
    if (people_.empty() && role != Role::owner) return refused(ErrorKind::conflict, "The first account must be an owner's.", "last_owner");
    if (people_.size() >= kPeopleMax) return refused(ErrorKind::conflict, "There is room for 100 accounts.", "too_many");
    Person made{name, role, password_hash, false, clock_.wall()};
    const long long now = made.created_at.ms();
    const std::string role_word{to_string(role)};
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "insert into users (name, password_hash, created_ms, role, has_factor) values (:name, :hash, :now, :role, 0)", use(name), use(password_hash), use(now), use(role_word);
    }));
    people_[name] = std::move(made);
    set_up_code_.clear();
    return {};
}

Status Accounts::set_role(const std::string& name, Role role) {
    const auto found = people_.find(name);
    if (found == people_.end()) return no_such_account();
    if (role == Role::nobody) return refused(ErrorKind::bad_input, "The role must be owner, trader or viewer.", "role_bad");
    if (role != Role::owner && is_last_owner(name)) return refused(ErrorKind::conflict, "That is the last owner: make somebody else one first.", "last_owner");
    const std::string word{to_string(role)};
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) { sql << "update users set role = :role where name = :name", use(word), use(name); }));
    found->second.role = role;
    return {};
}

Status Accounts::renew_hash(const std::string& name, const std::string& password_hash) {
    const auto found = people_.find(name);
    if (found == people_.end()) return no_such_account();
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) { sql << "update users set password_hash = :hash where name = :name", use(password_hash), use(name); }));
    found->second.password_hash = password_hash;
    return {};
}

Status Accounts::set_password(const std::string& name, const std::string& password_hash, const std::string& keep) {
    const auto found = people_.find(name);
    if (found == people_.end()) return no_such_account();
    const bool all = keep.empty();
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "update users set password_hash = :hash where name = :name", use(password_hash), use(name);
        sql << "delete from signed_in where account = :name and id <> :keep", use(name), use(keep);
        if (all) sql << "delete from api_token where account = :name", use(name);
    }));
    found->second.password_hash = password_hash;
    forget_sessions(name, keep);
    if (!all) return {};
    std::erase_if(tokens_, [&](const auto& one) { return one.second.token.account == name && tokens_by_hash_.erase(one.second.hash) > 0; });
    return {};
}

Status Accounts::set_factor(const std::string& name, bool has_factor) {
    const auto found = people_.find(name);
    if (found == people_.end()) return no_such_account();
    const int flag = has_factor ? 1 : 0;
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) { sql << "update users set has_factor = :flag where name = :name", use(flag), use(name); }));
    found->second.has_factor = has_factor;
    return {};
}

Status Accounts::remove_person(const std::string& name) {
    if (person(name) == nullptr) return no_such_account();
    if (is_last_owner(name)) return refused(ErrorKind::conflict, "That is the last owner: make somebody else one first.", "last_owner");
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "delete from signed_in where account = :name", use(name);
        sql << "delete from api_token where account = :name", use(name);
        sql << "delete from users where name = :name", use(name);
    }));
    forget_sessions(name, {});
    std::erase_if(tokens_, [&](const auto& one) { return one.second.token.account == name && tokens_by_hash_.erase(one.second.hash) > 0; });
    people_.erase(name);
    return {};
}

// --- sessions

void Accounts::forget_sessions(const std::string& account, const std::string& keep) {
    std::erase_if(sessions_, [&](const auto& one) {
        if (one.second.session.account != account || one.first == keep) return false;
        by_hash_.erase(one.second.hash);
        by_hash_.erase(one.second.leaving);
        return true;
    });
}

bool Accounts::is_over(const Session& session) const {
    const Instant now = clock_.wall();
    return now >= session.expires_at || now >= session.idle_until;
}

Result<std::string> Accounts::begin_session(const std::string& account, Place place) {
    if (person(account) == nullptr) return no_such_account();
    auto mine = sessions(account);
    if (mine.size() >= kSessionsMax) end_session(std::min_element(mine.begin(), mine.end(), [](const auto& a, const auto& b) { return a.idle_until < b.idle_until; })->id);
    auto token = make_token(entropy_);
    const auto hash = hash_token(token);
    const Instant now = clock_.wall();
    place.agent.resize(std::min(place.agent.size(), kAgentMax));
    const Session session{make_id(), account, now, now + kSessionLife, now + kSessionIdle, now, std::move(place)};
    const long long at = now.ms(), expires = session.expires_at.ms(), idle = session.idle_until.ms();
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "delete from signed_in where expires_ms < :now or idle_until_ms < :now2", use(at), use(at);
        sql << "insert into signed_in (id, token_hash, account, signed_in_ms, expires_ms, idle_until_ms, stepped_up_ms, address, agent)"
               " values (:id, :hash, :account, :now, :expires, :idle, :stepped, :address, :agent)",
            use(session.id), use(hash), use(account), use(at), use(expires), use(idle), use(at), use(session.place.address), use(session.place.agent);
    }));
    // As their rows.
    std::erase_if(sessions_, [&](const auto& one) {
        if (!is_over(one.second.session)) return false;
        by_hash_.erase(one.second.hash);
        by_hash_.erase(one.second.leaving);
        return true;
    });
    by_hash_[hash] = session.id;
    sessions_[session.id] = {session, hash};
    return token;
}

Result<std::string> Accounts::step_up(const std::string& id) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || is_over(found->second.session)) return refused(ErrorKind::not_found, "That session has ended.", "no_such_session");
    auto& known = found->second;
    auto token = make_token(entropy_);
    const auto hash = hash_token(token);
    const Instant now = clock_.wall();
    const long long at = now.ms();
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "update signed_in set token_hash = :hash, stepped_up_ms = :now where id = :id", use(hash), use(at), use(id);
    }));
    by_hash_.erase(known.leaving);
    known.leaving = std::exchange(known.hash, hash);
    known.leaving_until = now + kLeaving;
    known.session.stepped_up_at = now;
    by_hash_[hash] = id;
    return token;
}

std::vector<Session> Accounts::sessions(const std::string& account) const {
    std::vector<Session> mine;
    for (const auto& [id, known] : sessions_)
        if (known.session.account == account && !is_over(known.session)) mine.push_back(known.session);
    std::sort(mine.begin(), mine.end(), [](const auto& a, const auto& b) { return a.signed_in_at > b.signed_in_at; });
    return mine;
}

const Session* Accounts::session(const std::string& id) const {
    const auto found = sessions_.find(id);
    return found == sessions_.end() || is_over(found->second.session) ? nullptr : &found->second.session;
}

void Accounts::end_session(const std::string& id) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    by_hash_.erase(found->second.hash);
    by_hash_.erase(found->second.leaving);
    sessions_.erase(found);
    // A row that can't be deleted now dies by its own limits.
    static_cast<void>(database_.transaction([&](soci::session& sql) { sql << "delete from signed_in where id = :id", use(id); }).has_value());
}

std::optional<Caller> Accounts::by_cookie(const std::string& token) {
    const auto hash = hash_token(token);
    const auto named = by_hash_.find(hash);
    if (named == by_hash_.end()) return std::nullopt;
    auto& known = sessions_.at(named->second);
    const auto id = known.session.id;
    const auto* owner = person(known.session.account);
    const Instant now = clock_.wall();
    if (owner == nullptr || is_over(known.session)) {
        end_session(id);
        return std::nullopt;
    }
    const bool leaving = hash != known.hash;
    if (leaving && now >= known.leaving_until) return std::nullopt;
    const Instant idle_until = now + kSessionIdle;
    if (idle_until - known.session.idle_until > kWriteEvery) {
        const long long idle = idle_until.ms();
        const auto saved = database_.transaction([&](soci::session& sql) { sql << "update signed_in set idle_until_ms = :idle where id = :id", use(idle), use(id); });
        if (saved) known.session.idle_until = idle_until;
    }
    // The one that leaves was stepped up when it was young, at best.
    const auto stepped_up = leaving ? Instant{} : known.session.stepped_up_at;
    return Caller{{owner->name, owner->role, false, stepped_up}, id, {}};
}

bool Accounts::is_good(const Caller& caller) const {
    if (person(caller.actor.account) == nullptr) return false;
    if (!caller.session.empty()) return session(caller.session) != nullptr;
    const auto found = tokens_.find(caller.token);
    return found != tokens_.end() && clock_.wall() < found->second.token.expires_at;
}

// --- API tokens

Result<Accounts::MadeToken> Accounts::make_api_token(const std::string& account, NewToken wanted) {
    const auto* owner = person(account);
    if (owner == nullptr) return no_such_account();
    if (wanted.scope == Role::nobody || wanted.scope > owner->role)
        return refused(ErrorKind::bad_input, "A token can't do more than the account it belongs to.", "scope_too_wide");
    if (api_tokens(account).size() >= kTokensMax) return refused(ErrorKind::conflict, "An account has 50 tokens at most: remove one first.", "too_many");
    const auto token = std::string{kBearerMark} + make_token(entropy_);
    const auto hash = hash_token(token);
    const Instant now = clock_.wall();
    ApiToken made{make_id(), account, std::move(wanted.name), wanted.scope, now, wanted.expires_at, {}};
    const long long created = now.ms(), expires = made.expires_at.ms();
    const std::string scope{to_string(made.scope)};
    BF_TRY_VOID(database_.transaction([&](soci::session& sql) {
        sql << "delete from api_token where expires_ms < :now", use(created);
        sql << "insert into api_token (id, token_hash, account, name, scope, created_ms, expires_ms, used_ms) values (:id, :hash, :account, :name, :scope, :created, :expires, 0)",
            use(made.id), use(hash), use(account), use(made.name), use(scope), use(created), use(expires);
    }));
    std::erase_if(tokens_, [&](const auto& one) { return one.second.token.expires_at < now && tokens_by_hash_.erase(one.second.hash) > 0; });
    tokens_by_hash_[hash] = made.id;
    const auto id = made.id;
    tokens_[id] = {std::move(made), hash};
    return MadeToken{id, token};
}

std::vector<ApiToken> Accounts::api_tokens(const std::string& account) const {
    std::vector<ApiToken> mine;
    for (const auto& [id, known] : tokens_)
        if (known.token.account == account && clock_.wall() < known.token.expires_at) mine.push_back(known.token);
    std::sort(mine.begin(), mine.end(), [](const auto& a, const auto& b) { return a.created_at > b.created_at; });
    return mine;
}

bool Accounts::end_api_token(const std::string& account, const std::string& id) {
    const auto found = tokens_.find(id);
    if (found == tokens_.end() || found->second.token.account != account) return false;
    const auto deleted = database_.transaction([&](soci::session& sql) { sql << "delete from api_token where id = :id", use(id); });
    // Here it is dead in any case; only a disk that refuses could bring it back with the next start, and then its answer is no.
    tokens_by_hash_.erase(found->second.hash);
    tokens_.erase(found);
    return deleted.has_value();
}

std::optional<Caller> Accounts::by_bearer(const std::string& token) {
    if (!token.starts_with(kBearerMark)) return std::nullopt;
    const auto named = tokens_by_hash_.find(hash_token(token));
    if (named == tokens_by_hash_.end()) return std::nullopt;
    auto& known = tokens_.at(named->second).token;
    const Instant now = clock_.wall();
    const auto* owner = person(known.account);
    if (owner == nullptr || now >= known.expires_at) return std::nullopt;
    if (!known.used_at || now - *known.used_at > kWriteEvery) {
        const long long used = now.ms();
        const auto id = known.id;
        if (database_.transaction([&](soci::session& sql) { sql << "update api_token set used_ms = :used where id = :id", use(used), use(id); })) known.used_at = now;
    }
    return Caller{{owner->name, std::min(owner->role, known.scope), false, {}}, {}, known.id};
}

}  // namespace bf::server
