#include "signer/second_factor.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "base/utc.hpp"
#include "signer/service_words.hpp"

#include <algorithm>
#include <cstdlib>
#include <liboath/oath.h>
#include <sodium.h>

namespace bf::signer {
namespace {

constexpr std::uint8_t kRecordVersion = 1;
constexpr std::uint8_t kWithPasskeys = 2;  ///< The version that a record with any is written in.
constexpr std::size_t kUserSize = 32;
constexpr std::size_t kSeedSize = 20;  ///< As long as SHA-1's result, as RFC 4226 advises.
constexpr unsigned kDigits = 6;
constexpr std::int64_t kStepMs = 30'000;
constexpr std::size_t kRecoverySize = 24;  ///< Letters: 120 bits, so a plain hash of it is as good as any. Shorter ones of before still work.
constexpr std::size_t kHashSize = 32;
constexpr std::uint32_t kFreeFailures = 3;
constexpr std::uint32_t kWaitMax = 3600;
constexpr std::size_t kAccountsMax = 256;

using Hash = std::array<unsigned char, kHashSize>;

bool is_account(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view{"._-@+"}.find(c) != std::string_view::npos;
    });
}

/// What people type: spaces and dashes are for their eyes.
std::string plain_code(std::string_view typed) {
    std::string plain;
    for (const char c : typed) {
        if (c == ' ' || c == '-') continue;
        plain += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return plain;
}

Hash hash_of(std::string_view account, std::string_view code) {
    Hash hash;
    crypto_generichash(hash.data(), hash.size(), as_bytes(code).data(), code.size(), as_bytes(account).data(), account.size());
    return hash;
}

std::array<char, kDigits + 1> code_at(const crypto::Secret& seed, std::uint64_t step) {
    std::array<char, kDigits + 1> code{};
    const int made = seed.reveal([&](std::string_view bytes) {
        return oath_hotp_generate(bytes.data(), bytes.size(), step, kDigits, false, OATH_HOTP_DYNAMIC_TRUNCATION, code.data());
    });
    BF_ASSERT(made == OATH_OK);
    return code;
}

std::string base32(const crypto::Secret& seed) {
    char* text = nullptr;
    std::size_t size = 0;
    const int made = seed.reveal([&](std::string_view bytes) { return oath_base32_encode(bytes.data(), bytes.size(), &text, &size); });
    BF_ASSERT(made == OATH_OK);
    std::string out{text, size};
    sodium_memzero(text, size);
    std::free(text);
    return out;
}

Refused no_passkeys_at(std::string_view origin) {
    return refused(Refusal::arguments, "browsers offer passkeys at a name and over TLS only, not at " + std::string{origin.substr(0, 200)});
}

/// Something to know it by again.
bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kPasskeyNameMax && trim(name) == name && std::none_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

}  // namespace

struct SecondFactor::Record {
    crypto::Secret seed;
    bool on{false};
    bool trusted{false};
    std::uint64_t last_step{0};  ///< The latest accepted one; nothing up to it is accepted again.
    std::uint32_t failures{0};   ///< Since the last good code.
    Instant not_before{};        ///< No try before it is looked at.
    Instant falls_at{};          ///< 0: nobody asked for its removal.
    std::vector<Hash> recovery{};
    std::string user{};  ///< What authenticators know the account by: says nothing about it. Empty before the first passkey.
    std::vector<Passkey> passkeys{};

    [[nodiscard]] std::uint32_t recovery_left() const { return static_cast<std::uint32_t>(recovery.size()); }
    [[nodiscard]] bool is_falling() const { return falls_at != Instant{}; }

    [[nodiscard]] crypto::Secret to_secret() const {
        std::string plain;
        std::size_t size = 64 + kSeedSize + recovery.size() * kHashSize + user.size();
        for (const auto& one : passkeys) size += 64 + one.id.size() + one.public_key.size() + one.host.size() + one.name.size();
        plain.reserve(size);  // Never moved while it grows: no copy of the seed stays behind.
        ByteWriter out{plain};
        const bool more = !passkeys.empty();
        out.integer(more ? kWithPasskeys : kRecordVersion);
        seed.reveal([&out](std::string_view bytes) { out.raw(bytes); });
        out.flag(on);
        out.flag(trusted);
        out.integer(last_step);
        out.integer(failures);
        out.signed64(not_before.ms());
        out.signed64(falls_at.ms());
        out.integer(static_cast<std::uint16_t>(recovery.size()));
        for (const auto& hash : recovery) out.raw({reinterpret_cast<const char*>(hash.data()), hash.size()});
        if (more) write_passkeys(out);
        return crypto::Secret::take(std::move(plain));
    }
    void write_passkeys(ByteWriter& out) const {
        out.text(user);
        out.integer(static_cast<std::uint16_t>(passkeys.size()));
        for (const auto& one : passkeys) {
            out.text(one.id);
            out.enumeration(one.algorithm);
            out.text(one.public_key);
            out.integer(one.counter);
            out.text(one.host);
            out.text(one.name);
            out.signed64(one.created_at.ms());
            out.signed64(one.used_at.ms());
        }
    }
    void read_passkeys(ByteReader& in) {
        constexpr std::size_t kTextMax = 2000;
        user = in.text(kTextMax);
        const auto count = in.integer<std::uint16_t>();
        if (count > kPasskeysMax) return in.fail();
        for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
            auto& one = passkeys.emplace_back();
            one.id = in.text(kTextMax);
            one.algorithm = in.enumeration(PasskeyAlgorithm::rs256);
            one.public_key = in.text(kTextMax);
            one.counter = in.integer<std::uint32_t>();
            one.host = in.text(kTextMax);
            one.name = in.text(kTextMax);
            one.created_at = Instant::from_ms(in.signed64());
            one.used_at = Instant::from_ms(in.signed64());
        }
    }
    [[nodiscard]] PasskeyList listed() const {
        PasskeyList list;
        for (const auto& one : passkeys)
            list.entries.push_back({one.handle(), one.name, one.host, one.created_at, one.used_at == Instant{} ? std::nullopt : std::optional{one.used_at}});
        return list;
    }
    static std::optional<Record> from(const crypto::Secret& secret) {
        return secret.reveal([](std::string_view bytes) -> std::optional<Record> {
            ByteReader in{bytes};
            const auto version = in.integer<std::uint8_t>();
            if (version != kRecordVersion && version != kWithPasskeys) return std::nullopt;
            Record record{crypto::Secret::take(std::string{in.raw(kSeedSize)})};
            record.on = in.flag();
            record.trusted = in.flag();
            record.last_step = in.integer<std::uint64_t>();
            record.failures = in.integer<std::uint32_t>();
            record.not_before = Instant::from_ms(in.signed64());
            record.falls_at = Instant::from_ms(in.signed64());
            const auto count = in.integer<std::uint16_t>();
            for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
                const auto hash = in.raw(kHashSize);
                if (in.ok()) std::copy(hash.begin(), hash.end(), reinterpret_cast<char*>(record.recovery.emplace_back().data()));
            }
            if (version == kWithPasskeys) record.read_passkeys(in);
            if (!in.at_end()) return std::nullopt;
            return record;
        });
    }

    /// New codes for the old ones, as they are shown.
    FactorCodes new_codes(std::string_view account) {
        // Without letters that are mistaken for each other; 32 of them, so that each random byte is as likely to become any.
        constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        static_assert(kLetters.size() == 32);
        FactorCodes shown;
        recovery.clear();
        const auto dice = crypto::Secret::random(kRecoveryCodes * kRecoverySize);
        dice.reveal([&](std::string_view bytes) {
            for (std::size_t at = 0; at < bytes.size(); at += kRecoverySize) {
                std::string code, grouped;
                for (const char die : bytes.substr(at, kRecoverySize)) {
                    if (!code.empty() && code.size() % 4 == 0) grouped += '-';
                    code += kLetters[static_cast<unsigned char>(die) % kLetters.size()];
                    grouped += code.back();
                }
                recovery.push_back(hash_of(account, code));
                shown.codes.push_back(std::move(grouped));
            }
        });
        return shown;
    }
};

SecondFactor::SecondFactor(VaultDoor& door) : door_{door} { BF_ASSERT(oath_init() == OATH_OK); }

Result<vault::Vault*, Refused> SecondFactor::vault(std::string_view account) {
    if (!is_account(account)) return Unexpected{refused(Refusal::bad_message, "an account's name may hold a-z 0-9 . _ - @ + (1 to 64)")};
    return door_.vault();
}

Result<std::optional<SecondFactor::Record>, Refused> SecondFactor::load(std::string_view account, Instant now) {
    BF_TRY(auto* const opened, vault(account));
    const auto stored = opened->item(kFactorKind, account);
    if (!stored) return Unexpected{to_refused(stored.error())};
    if (!*stored) return std::optional<Record>{};
    auto record = Record::from(**stored);
    if (!record) return Unexpected{refused(Refusal::damaged, "the stored second factor can't be read")};
    if (!record->is_falling() || now < record->falls_at) return record;
    if (const auto removed = opened->remove_item(kFactorKind, account); !removed) return Unexpected{to_refused(removed.error())};
    return std::optional<Record>{};
}

Result<void, Refused> SecondFactor::save(std::string_view account, const Record& record) {
    BF_TRY(auto* const opened, vault(account));
    if (const auto saved = opened->put_item(kFactorKind, account, record.to_secret()); !saved) return Unexpected{to_refused(saved.error())};
    return {};
}

Result<SecondFactor::Trusted, Refused> SecondFactor::trusted(Instant now) {
    BF_TRY(auto* const opened, door_.vault());
    const auto names = opened->item_names(kFactorKind);
    if (!names) return Unexpected{to_refused(names.error())};
    Trusted standing;
    bool one_stays = false;
    for (const auto& name : *names) {
        // Looked at as its account's own question would: nobody may ever ask about one whose account is gone.
        const auto record = load(name, now);
        if (record && (!*record || !(*record)->trusted)) continue;
        standing.any = true;
        // One that can't be read may have been trusted.
        if (!record || !(*record)->is_falling()) one_stays = true;
        else standing.last_falls_at = std::max(standing.last_falls_at.value_or((*record)->falls_at), (*record)->falls_at);
    }
    if (one_stays) standing.last_falls_at.reset();
    return standing;
}

Result<FactorState, Refused> SecondFactor::state(std::string_view account, Instant now) {
    BF_TRY(const auto record, load(account, now));
    if (!record || !record->on) return FactorState{};
    return FactorState{true, record->trusted, record->recovery_left(), record->is_falling() ? std::optional{record->falls_at} : std::nullopt};
}

Result<FactorBegun, Refused> SecondFactor::begin(std::string_view account, Instant now) {
    BF_TRY(const auto before, load(account, now));
    if (before && before->on) return Unexpected{refused(Refusal::conflict, "the account has a second factor already: remove that one first")};
    BF_TRY(auto* const opened, vault(account));
    const auto names = opened->item_names(kFactorKind);
    if (!names) return Unexpected{to_refused(names.error())};
    if (names->size() >= kAccountsMax && !before) return Unexpected{refused(Refusal::conflict, "too many accounts have a second factor")};
    Record record{crypto::Secret::random(kSeedSize)};
    // Beginning again is no way around the wait for wrong codes.
    if (before) {
        record.failures = before->failures;
        record.not_before = before->not_before;
    }
    BF_TRY_VOID(save(account, record));
    return FactorBegun{base32(record.seed)};
}

FactorVerdict SecondFactor::judge(std::string_view account, Record& record, std::string_view typed, Instant now) {
    using Kind = FactorVerdict::Kind;
    const auto wait_s = [&] { return static_cast<std::uint32_t>((record.not_before - now).count() + 999) / 1000; };
    // A clock that was set back must not make the wait longer than any wait is.
    record.not_before = std::min(record.not_before, now + seconds{kWaitMax});
    if (now < record.not_before) return FactorVerdict{.kind = Kind::slow_down, .wait_s = wait_s()};

    const auto code = plain_code(typed);
    const auto present = static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms(), 0) / kStepMs);
    std::uint64_t good_step = 0;
    // All are made and compared, whichever fits: how long it takes tells nothing.
    for (std::uint64_t step = present - std::min(present, kFactorDrift); step <= present + kFactorDrift; ++step) {
        const auto expected = code_at(record.seed, step);
        if (code.size() == kDigits && sodium_memcmp(code.data(), expected.data(), kDigits) == 0) good_step = step;
    }
    if (good_step != 0 && good_step <= record.last_step) return FactorVerdict{.kind = Kind::replayed};
    const auto hash = hash_of(account, code);
    auto used = record.recovery.end();
    for (auto it = record.recovery.begin(); it != record.recovery.end(); ++it)
        if (sodium_memcmp(it->data(), hash.data(), hash.size()) == 0) used = it;

    FactorVerdict verdict;
    if (good_step == 0 && used == record.recovery.end()) {
        verdict.kind = Kind::wrong;
        if (++record.failures > kFreeFailures) {
            record.not_before = now + seconds{std::min(kWaitMax, 1U << std::min(record.failures - kFreeFailures, 16U))};
            verdict.wait_s = wait_s();
        }
    } else {
        if (good_step != 0) record.last_step = good_step;
        if (good_step == 0) record.recovery.erase(used);
        verdict = {.kind = Kind::ok, .trusted = record.trusted, .by_recovery = good_step == 0, .fall_cancelled = record.is_falling(), .recovery_left = record.recovery_left()};
        record.failures = 0;
        record.falls_at = {};
    }
    return verdict;
}

Result<FactorVerdict, Refused> SecondFactor::attempt(std::string_view account, Record& record, std::string_view code, Instant now) {
    const auto verdict = is_passkey_proof(code) ? judge_passkey(account, record, code, now) : judge(account, record, code, now);
    BF_TRY_VOID(save(account, record));
    return verdict;
}

FactorVerdict SecondFactor::judge_passkey(std::string_view account, Record& record, std::string_view answer, Instant now) {
    using Kind = FactorVerdict::Kind;
    const auto proof = parse_proof(answer);
    if (!proof) return FactorVerdict{.kind = Kind::wrong};
    // Used up by being looked at, whatever becomes of it.
    const auto given = challenges_.take(account, PasskeyAct::prove, proof->client_data, now);
    if (!given) return FactorVerdict{.kind = Kind::stale};
    const auto host = passkey_host(given->origin);
    const auto used = std::find_if(record.passkeys.begin(), record.passkeys.end(), [&](const Passkey& one) { return one.id == proof->id && one.host == host; });
    const bool fits = PasskeyChallenges::fits(*given, proof->client_data) && (proof->user.empty() || proof->user == record.user);
    if (!fits || used == record.passkeys.end()) return FactorVerdict{.kind = Kind::wrong};
    switch (judge_proof(*used, *proof)) {
        case ProofJudgement::good: break;
        case ProofJudgement::wrong: return FactorVerdict{.kind = Kind::wrong};
        case ProofJudgement::copied: return FactorVerdict{.kind = Kind::copied};
    }
    used->used_at = now;
    const FactorVerdict verdict{.kind = Kind::ok, .trusted = record.trusted, .fall_cancelled = record.is_falling(), .recovery_left = record.recovery_left()};
    record.falls_at = {};
    return verdict;
}

Answer SecondFactor::confirm(const FactorConfirmRequest& asked, Instant now) {
    const auto& account = asked.account;
    auto record = load(account, now);
    if (!record) return record.error();
    if (!*record) return FactorVerdict{};
    if ((*record)->on) return refused(Refusal::conflict, "the account's second factor is in force already");
    const auto others = trusted(now);
    if (!others) return others.error();
    const auto verdict = judge(account, **record, asked.code, now);
    const bool good = verdict.kind == FactorVerdict::Kind::ok;
    FactorCodes codes;
    if (good) {
        codes = (*record)->new_codes(account);
        (*record)->on = true;
        (*record)->trusted = asked.may_count && !others->any;
    }
    if (const auto saved = save(account, **record); !saved) return saved.error();
    if (good) return codes;
    return verdict;
}

Result<FactorVerdict, Refused> SecondFactor::check(std::string_view account, std::string_view code, Instant now) {
    BF_TRY(auto record, load(account, now));
    if (!record || !record->on) return FactorVerdict{};
    return attempt(account, *record, code, now);
}

Answer SecondFactor::renew(std::string_view account, std::string_view code, Instant now) {
    const auto verdict = check(account, code, now);
    if (!verdict) return verdict.error();
    if (verdict->kind != FactorVerdict::Kind::ok) return *verdict;
    auto record = load(account, now);
    if (!record) return record.error();
    if (!*record) return FactorVerdict{};
    auto codes = (*record)->new_codes(account);
    if (const auto saved = save(account, **record); !saved) return saved.error();
    return codes;
}

Answer SecondFactor::remove(std::string_view account, std::string_view code, Instant now) {
    auto record = load(account, now);
    if (!record) return record.error();
    if (!*record) return FactorVerdict{};
    if (code.empty() && (*record)->on) {
        // Asked for again: the first asking counts.
        if (!(*record)->is_falling()) (*record)->falls_at = now + kFactorFall;
        if (const auto saved = save(account, **record); !saved) return saved.error();
        return FactorState{true, (*record)->trusted, (*record)->recovery_left(), (*record)->falls_at};
    }
    if ((*record)->on) {
        const auto verdict = attempt(account, **record, code, now);
        if (!verdict) return verdict.error();
        if (verdict->kind != FactorVerdict::Kind::ok) return *verdict;
    }
    const auto opened = vault(account);
    if (!opened) return opened.error();
    if (const auto removed = (*opened)->remove_item(kFactorKind, account); !removed) return to_refused(removed.error());
    return FactorState{};
}

Answer SecondFactor::vouch(std::string_view account, std::string_view by, std::string_view code, Instant now) {
    auto record = load(account, now);
    if (!record) return record.error();
    if (!*record || !(*record)->on) return refused(Refusal::conflict, "the account has no second factor to vouch for");
    const auto verdict = check(by, code, now);
    if (!verdict) return verdict.error();
    if (verdict->kind != FactorVerdict::Kind::ok) return *verdict;
    if (!verdict->trusted) {
        const auto others = trusted(now);
        if (!others) return others.error();
        const auto until = others->last_falls_at ? ", and the only trusted one there is falls at " + utc_text(*others->last_falls_at) + " unless it is used before" : "";
        if (others->any || account != by) return refused(Refusal::policy, "only a trusted factor can vouch for another" + until);
    }
    // Loaded again: the one that vouches may be the same.
    record = load(account, now);
    if (!record) return record.error();
    if (!*record) return FactorVerdict{};
    (*record)->trusted = true;
    if (const auto saved = save(account, **record); !saved) return saved.error();
    return FactorState{true, true, (*record)->recovery_left(), {}};
}

// --- passkeys

Result<SecondFactor::Record, Refused> SecondFactor::in_force(std::string_view account, Instant now) {
    BF_TRY(auto record, load(account, now));
    if (!record || !record->on) return Unexpected{refused(Refusal::conflict, "a passkey comes beside one-time codes: set those up first")};
    return std::move(*record);
}

PasskeyAsked SecondFactor::ask(std::string_view account, const Record& record, PasskeyAct act, std::string_view origin, Instant now) {
    PasskeyChallenges::Given wanted{.account = std::string{account}, .act = act, .origin = std::string{origin}};
    if (act == PasskeyAct::make)
        wanted.user = !record.user.empty() ? record.user : crypto::Secret::random(kUserSize).reveal([](std::string_view bytes) { return std::string{bytes}; });
    const auto& given = challenges_.give(std::move(wanted), now);
    PasskeyAsked asked{to_base64url(given.challenge), passkey_host(origin).value_or(""), to_base64url(given.user), {}};
    for (const auto& one : record.passkeys)
        if (one.host == asked.host) asked.credentials.push_back(to_base64url(one.id));
    return asked;
}

Result<PasskeyList, Refused> SecondFactor::passkeys(std::string_view account, Instant now) {
    BF_TRY(const auto record, load(account, now));
    return record && record->on ? record->listed() : PasskeyList{};
}

Answer SecondFactor::begin_passkey(std::string_view account, std::string_view code, std::string_view origin, Instant now) {
    if (!passkey_host(origin)) return no_passkeys_at(origin);
    auto record = in_force(account, now);
    if (!record) return record.error();
    if (record->passkeys.size() >= kPasskeysMax) return refused(Refusal::conflict, "the account has as many passkeys as it can have: remove one first");
    const auto verdict = attempt(account, *record, code, now);
    if (!verdict) return verdict.error();
    if (verdict->kind != FactorVerdict::Kind::ok) return *verdict;
    return ask(account, *record, PasskeyAct::make, origin, now);
}

Result<PasskeyAsked, Refused> SecondFactor::ask_passkey(std::string_view account, std::string_view origin, Instant now) {
    if (!passkey_host(origin)) return Unexpected{no_passkeys_at(origin)};
    BF_TRY(const auto record, in_force(account, now));
    const auto here = [host = *passkey_host(origin)](const Passkey& one) { return one.host == host; };
    if (std::none_of(record.passkeys.begin(), record.passkeys.end(), here)) return Unexpected{refused(Refusal::conflict, "the account has no passkey for this address")};
    return ask(account, record, PasskeyAct::prove, origin, now);
}

Result<PasskeyList, Refused> SecondFactor::add_passkey(const PasskeyAddRequest& made, Instant now) {
    BF_TRY(auto record, in_force(made.account, now));
    const auto given = challenges_.take(made.account, PasskeyAct::make, made.client_data, now);
    if (!given) return Unexpected{refused(Refusal::conflict, "that passkey was asked for too long ago, or not at all: begin again")};
    const auto host = passkey_host(given->origin);
    if (!is_name(made.name)) return Unexpected{refused(Refusal::arguments, "a passkey needs a name of 1 to 60 characters")};
    auto read = host && PasskeyChallenges::fits(*given, made.client_data) ? read_passkey(made.authenticator_data, *host) : std::nullopt;
    if (!read) return Unexpected{refused(Refusal::arguments, "what the authenticator made can't be used: it must be for this page, ask its person for a PIN, a finger or a face, and sign with ES256, EdDSA or RS256")};
    const auto same = [&](const Passkey& one) { return one.id == read->id; };
    if (std::any_of(record.passkeys.begin(), record.passkeys.end(), same)) return Unexpected{refused(Refusal::conflict, "the account has that passkey already")};
    if (record.passkeys.size() >= kPasskeysMax) return Unexpected{refused(Refusal::conflict, "the account has as many passkeys as it can have: remove one first")};
    // Another one may have been made in between, with a handle of its own.
    if (record.passkeys.empty()) record.user = given->user;
    if (record.user != given->user) return Unexpected{refused(Refusal::conflict, "another passkey was added meanwhile: begin again")};
    read->name = made.name;
    read->created_at = now;
    record.passkeys.push_back(std::move(*read));
    BF_TRY_VOID(save(made.account, record));
    return record.listed();
}

Result<PasskeyList, Refused> SecondFactor::remove_passkey(std::string_view account, std::string_view handle, Instant now) {
    BF_TRY(auto record, load(account, now));
    if (!record || std::erase_if(record->passkeys, [&](const Passkey& one) { return one.handle() == handle; }) == 0) return Unexpected{refused(Refusal::unknown_connection, "the account has no such passkey")};
    BF_TRY_VOID(save(account, *record));
    return record->listed();
}

}  // namespace bf::signer
