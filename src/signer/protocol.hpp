// What is said on the signer's socket, as values. One message asks, one answers; the answer carries the question's id.
//
// No message carries an exchange's secret in the clear: what users type travels in sealed boxes that only the signer opens. No message asks
// for a secret back, and none asks to sign bytes: the signer is handed typed calls and writes the requests itself. What is shown to a person
// once, a new one-time secret and recovery codes, travels as it is on its way there.
#pragma once
#include "exchange/call.hpp"
#include "exchange/calls.hpp"
#include "exchange/info.hpp"
#include "ports/signer.hpp"
#include "ports/use_limits.hpp"
#include "signer/ledger_chain.hpp"
#include "signer/ledger_entry.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bf::signer {

/// The longest message either way. A sealed credential and a full batch fit several times over.
inline constexpr std::size_t kMessageMax = 128 * 1024;
/// The most calls in one message.
inline constexpr std::size_t kBatchMax = 64;
/// The longest sealed box: an RSA key in PEM with room to spare.
inline constexpr std::size_t kSealedMax = 16 * 1024;

using PublicKey = std::array<unsigned char, 32>;  ///< X25519.

/// Which of a connection's keys: the one in use, the new one being tested beside it, or the old one kept for roll-back.
enum class Slot : std::uint8_t { active, staged, previous };
std::string_view to_string(Slot slot);

/// Why the signer did not do it.
enum class Refusal : std::uint8_t {
    bad_message,         ///< Not our protocol: the sender has a fault.
    unknown_exchange,    ///< This build has no calls for it.
    unknown_connection,  ///< No such connection or no key in that slot.
    conflict,            ///< Already there, or not in a state that allows it.
    bad_credentials,     ///< The box can't be opened, or holds something else than the agreed JSON.
    damaged,             ///< The stored secret fails its check: it has to be entered again.
    late,                ///< The deadline has passed.
    clock,               ///< The time to sign for is too far from the signer's own clock.
    arguments,           ///< The call is not one the operation allows; `call` has the argument.
    policy,              ///< The connection's trading policy says no.
    vault_closed,        ///< The vault is sealed or could not be opened; the detail says which.
    vault_failed,        ///< The vault could not be read or written: disk full, wrong passphrase.
    too_large,           ///< The answer would not fit a message.
    ledger,              ///< It can't be entered in the ledger of uses, or the ledger is broken.
    step_up,             ///< It needs the code of an account's second factor, and that is missing, wrong or used up.
};
std::string_view to_string(Refusal reason);

struct Refused {
    Refusal reason{Refusal::bad_message};
    std::string detail{};  ///< A sentence for people; never a piece of a secret.
    std::optional<exchange::CallError> call{};
};

// ---- Questions ----

struct HelloRequest {};

/// Looks at pasted credentials and forgets them.
struct CheckShapeRequest {
    exchange::ExchangeId exchange{};
    std::string sealed;
};

enum class Keep : std::uint8_t { vault, memory };  ///< `memory`: until removed or the process ends; for `check`.

/// A new connection with its credentials.
struct AddRequest {
    std::string connection;  ///< [A-Za-z0-9_-], 1 to 64.
    exchange::ExchangeId exchange{};
    Keep keep{Keep::vault};
    std::string sealed;
    /// The first limits, which hold at once. Nothing: those every connection gets that comes without.
    std::optional<ports::UseLimits> limits{};
};

/// Rotation: a second key beside the active one. Replaces one staged before.
struct StageRequest {
    std::string connection;
    std::string sealed;
};
/// staged -> active, active -> previous; a previous one from an earlier rotation is wiped.
struct PromoteRequest {
    std::string connection;
};
/// previous -> active, active -> staged.
struct RollBackRequest {
    std::string connection;
};
/// Wipes the staged or the previous key.
struct DropRequest {
    std::string connection;
    Slot slot{Slot::staged};
};
/// Wipes every key of the connection.
struct RemoveRequest {
    std::string connection;
};
/// A page of the connections, in the order of their ids, beginning behind `after`.
struct ListRequest {
    std::string after;
};

/// Opens a vault that is sealed by a passphrase.
struct UnlockRequest {
    std::string sealed;  ///< The passphrase itself, not JSON.
};

enum class Rewrap : std::uint8_t { to_passphrase, to_key_file, new_root_key };
struct RewrapRequest {
    Rewrap change{Rewrap::new_root_key};
    std::string sealed;  ///< The new passphrase; else empty.
    ports::StepUp step_up{};  ///< For what opens the vault from then on, where an account's factor counts.
};

/// One call to sign.
struct SignItem {
    std::string connection;
    Slot slot{Slot::active};
    Instant at;        ///< The exchange's time, as measured by the caller.
    Instant deadline;  ///< Our own time after which a signature is of no use.
    exchange::Call call;
    std::optional<ports::PriceReference> reference{};  ///< Orders: what the symbol costs.
    LedgerEntry::Purpose purpose{};  ///< For the ledger; nothing is allowed or refused by it.
};
struct SignRequest {
    std::vector<SignItem> items;  ///< 1 to kBatchMax, answered in order, each on its own.
};

// ---- Second factors of the people who sign in (second_factor.hpp). An account's name is 1 to 64 of a-z 0-9 . _ - @ +.

/// What there is of an account's second factor.
struct FactorStateRequest {
    std::string account;
};
/// A new secret for the account's app. Conflict while a confirmed one is in force.
struct FactorBeginRequest {
    std::string account;
};
/// A first good code puts the new secret in force.
struct FactorConfirmRequest {
    std::string account;
    std::string code;
    bool may_count{true};  ///< An owner's. Others widen nothing: theirs must not be the first that counts, or no owner could vouch with it.
};
/// Is it the account's owner who asks? Takes a one-time code or a recovery code and uses it up.
struct FactorCheckRequest {
    std::string account;
    std::string code;
};
/// New recovery codes for old ones.
struct FactorRenewRequest {
    std::string account;
    std::string code;
};
/// Takes the factor away: at once with a good code. Without one it falls after kFactorFall, unless it is used until then: who really has
/// lost it waits, and who has it hears of it.
struct FactorRemoveRequest {
    std::string account;
    std::string code;  ///< May be empty.
};
/// Makes a factor count for what only trusted ones may (widening a policy); `by` is one that does already, or, where none does, the same.
struct FactorVouchRequest {
    std::string account;
    std::string by;
    std::string code;  ///< Of `by`.
};

// ---- Passkeys, beside the one-time codes of an account that has a second factor. Wherever a code is taken, a passkey's answer is too (passkey.hpp).

struct PasskeysRequest {
    std::string account;
};
/// What a browser needs to ask for a new one. Takes a code, since what it makes will be worth one.
struct PasskeyBeginRequest {
    std::string account;
    std::string code;
    std::string origin;  ///< Of the page: "https://bot.example:8420".
};
struct PasskeyAddRequest {
    std::string account;
    std::string name;
    std::string client_data, authenticator_data;  ///< As the browser hands them over: bytes.
};
/// What a browser needs to ask for one that is there.
struct PasskeyChallengeRequest {
    std::string account;
    std::string origin;
};
/// Gives nobody a right, so it takes no code.
struct PasskeyRemoveRequest {
    std::string account;
    std::string handle;
};

// ---- The ledger of uses (ledger.hpp).

enum class LedgerState : std::uint8_t {
    off,     ///< This signer keeps none: it has no vault, or the vault is sealed.
    sound,
    broken,  ///< Breaches were found that nobody has accepted yet. It is written all the same.
    failed,  ///< It can't be written: the disk is full or refuses.
};
std::string_view to_string(LedgerState state);

/// What of the ledger is looked at. Newest first, older than `before`.
struct LedgerQuery {
    std::uint64_t before{0};  ///< A sequence; 0: from the newest.
    std::uint32_t limit{50};
    std::string connection{};            ///< Empty: any.
    std::optional<UseClass> use{};
    std::optional<Instant> from{}, to{}; ///< Both inclusive.
};

struct LedgerStateRequest {};
struct LedgerPageRequest {
    LedgerQuery query;
};
/// What came of an order or setting that was signed for, as far as the engine knows.
struct LedgerOutcome {
    std::string connection;
    std::string operation;  ///< Of the use: "place_order".
    std::string result;     ///< "accepted", "filled", "canceled", "unknown".
    std::string detail;
    std::string client_order_id;
    std::string order_id;  ///< The exchange's.
    std::optional<Decimal> filled;
    exchange::CallDigest digest{};
};
struct LedgerOutcomesRequest {
    std::vector<LedgerOutcome> outcomes;  ///< 1 to kBatchMax.
};
/// A person has looked at the breaks that were found and goes on with them.
struct LedgerAcceptRequest {
    std::string who;
};

/// What a connection may be used for, and what of it is used up.
struct LimitsRequest {
    std::string connection;
};
/// What is narrower holds at once, what is wider waits, and needs a code where an account has a second factor.
struct SetLimitsRequest {
    std::string connection;
    ports::UseLimits limits;
    ports::StepUp step_up;
};
struct FreezeRequest {
    std::string connection;
    ports::FreezeLevel level{ports::FreezeLevel::entries};
    ports::StepUp step_up;  ///< For a milder level than now.
};
/// An order that was signed has ended.
struct SettledOrder {
    std::string connection;
    std::string client_order_id;
    market::Symbol symbol;
    bool exit{false};
    Decimal filled;  ///< Base units.
};
/// By the books no more is held of what ended orders opened: the rest was liquidated, kept as a fee, sold elsewhere, is too little to sell.
struct StillHeld {
    std::string connection;
    market::Symbol symbol;
    Decimal quantity;  ///< Base units. What orders on their way may fill is not in it.
};
struct SettleRequest {
    std::vector<std::variant<SettledOrder, StillHeld>> told;  ///< 1 to kBatchMax, in the order in which it happened.
};

// ---- Backups (backing.hpp).

/// Begins a backup of what the signer keeps; a backup that was on its way ends.
struct BackupBeginRequest {
    bool keys{false};     ///< The vault goes with it.
    std::string sealed;   ///< The backup's own passphrase.
    PublicKey recipient{};  ///< Whom the key for the rest of the file is sealed to.
    ports::StepUp step_up{};  ///< With keys, where an account has a second factor: whoever asks knows the passphrase, so it alone keeps nothing.
};
/// The next piece.
struct BackupNextRequest {
    std::string backup;  ///< Its id, as BackupBegun names it.
};
/// Begins to take a backup in, in a signer that was started for that.
struct RestoreBeginRequest {
    std::string header;  ///< The file's first bytes.
    std::string sealed;
    PublicKey recipient{};
};
struct RestoreNextRequest {
    std::string bytes;
};
enum class RestoreAs : std::uint8_t {
    look,  ///< Opens every secret once, changes nothing.
    keep,  ///< And seals the vault by a new key file, so that a server can start on it.
};
/// All pieces were told.
struct RestoreEndRequest {
    RestoreAs as{RestoreAs::look};
};

using Question = std::variant<HelloRequest, CheckShapeRequest, AddRequest, StageRequest, PromoteRequest, RollBackRequest, DropRequest,
                              RemoveRequest, ListRequest, UnlockRequest, RewrapRequest, SignRequest,
                              FactorStateRequest, FactorBeginRequest, FactorConfirmRequest, FactorCheckRequest, FactorRenewRequest, FactorRemoveRequest,
                              FactorVouchRequest, LedgerStateRequest, LedgerPageRequest, LedgerOutcomesRequest, LedgerAcceptRequest,
                              LimitsRequest, SetLimitsRequest, FreezeRequest, SettleRequest,
                              BackupBeginRequest, BackupNextRequest, RestoreBeginRequest, RestoreNextRequest, RestoreEndRequest,
                              PasskeysRequest, PasskeyBeginRequest, PasskeyAddRequest, PasskeyChallengeRequest, PasskeyRemoveRequest>;

struct Request {
    std::uint64_t id{0};
    Question question;
};

// ---- Answers ----

struct Done {};

enum class VaultState : std::uint8_t {
    none,    ///< A signer without a vault: transient connections only.
    sealed,  ///< Waits for its passphrase.
    open,
    failed,  ///< Could not be opened; the detail says why.
};

/// What opens the vault, as far as it could be read.
enum class Opener : std::uint8_t {
    unknown,
    key_file,               ///< In the vault's own folder.
    key_credential,         ///< A key file that the service manager hands over.
    passphrase,             ///< That somebody types.
    passphrase_credential,  ///< That the service manager hands over.
};

/// One protection of the process, as found at start.
struct Feature {
    std::string name;
    bool on{false};
    std::string detail;
};

struct Hello {
    PublicKey public_key{};
    std::string fingerprint;  ///< "A1B2-C3D4-E5F6-0718": what people compare.
    VaultState vault{VaultState::none};
    std::string vault_detail;
    std::vector<Feature> features;
    Opener opener{Opener::unknown};
};

struct Findings {
    std::vector<exchange::ShapeFinding> findings;
};

struct Added {
    bool kept{false};             ///< False when a finding is fatal: then nothing was kept.
    std::string key_fingerprint;  ///< Of the API key's id; equal for equal keys, holds none of its characters.
    std::vector<exchange::ShapeFinding> findings;
};

struct Entry {
    std::string connection;
    Slot slot{Slot::active};
    std::optional<exchange::ExchangeId> exchange;  ///< Nothing if the row is damaged there.
    Keep keep{Keep::vault};
    bool damaged{false};          ///< The canary decrypt failed: can't sign.
    std::string key_fingerprint;  ///< Empty if damaged.
};
struct Listing {
    std::vector<Entry> entries;
    bool more{false};  ///< Ask again, after the last entry's connection.
};

/// What became of one SignItem: its signed requests in order, or why not.
struct SignedItem {
    std::optional<Refused> refused;
    exchange::RequestList requests;
};
struct SignReply {
    std::vector<SignedItem> items;
};

/// What a second factor was found to be.
struct FactorState {
    bool on{false};       ///< Confirmed: signing in takes a code.
    bool trusted{false};  ///< Counts for widening a policy.
    std::uint32_t recovery_left{0};
    std::optional<Instant> falls_at{};  ///< Somebody asked for its removal without a code.
};
/// The new secret in base32, as an app takes it. Shown this once; no message gives it again.
struct FactorBegun {
    std::string secret;
};
/// Recovery codes, each good once. Shown this once; only their hashes are kept.
struct FactorCodes {
    std::vector<std::string> codes;
};
struct FactorVerdict {
    enum class Kind : std::uint8_t {
        ok,
        wrong,
        replayed,   ///< That code was accepted before: the app shows the next one within 30 s.
        slow_down,  ///< Too many wrong ones: not even looked at.
        none,       ///< The account has no second factor in force.
        stale,      ///< A passkey's answer to something that was not asked, was answered before, or was asked too long ago.
        copied,     ///< A passkey whose counter went back: somebody may have a copy of it.
    };
    Kind kind{Kind::none};
    std::uint32_t wait_s{0};         ///< With slow_down, and after a wrong one that was one too many.
    bool trusted{false};             ///< With ok: see FactorState.
    bool by_recovery{false};         ///< With ok: a recovery code was used up.
    bool fall_cancelled{false};      ///< With ok: somebody had asked for the factor's removal.
    std::uint32_t recovery_left{0};  ///< With ok.
};

std::string_view to_string(FactorVerdict::Kind kind);

struct PasskeyList {
    struct Entry {
        std::string handle;  ///< What it is called by here.
        std::string name, host;
        Instant made_at;
        std::optional<Instant> used_at{};
    };
    std::vector<Entry> entries;
};
/// All but the host in base64url.
struct PasskeyAsked {
    std::string challenge;
    std::string host;
    std::string user;                      ///< Of a new one: the account's handle for authenticators.
    std::vector<std::string> credentials;  ///< Those the account has for that host.
};

struct LedgerStanding {
    /// A breach that the last start found.
    struct Breach {
        std::string kind;
        std::uint64_t segment{0};
        std::uint64_t offset{0};
        std::uint64_t sequence{0};
        std::string detail;
        bool accepted{false};
    };
    static constexpr std::size_t kBreachesMax = 20;
    LedgerState state{LedgerState::off};
    std::string detail;
    std::optional<LedgerHead> head;
    std::vector<Breach> breaches;
};
struct LedgerPage {
    std::vector<LedgerEntry> entries;
    /// Ask again with this `before`; 0: there is nothing older.
    std::uint64_t next{0};
};

struct Limits {
    ports::LimitState state;
};

/// A backup has begun, or one is about to be read.
struct BackupBegun {
    std::string header;  ///< The file's first bytes.
    std::string key;     ///< Of the file's content, in a box to the recipient. Not of what the signer puts in.
    std::string backup;  ///< Its id.
    std::string ledger_missing{};  ///< Why the ledger, which belongs to the keys, does not go along: it can't be opened at all. Empty: it does.
};
struct BackupPiece {
    std::string bytes;  ///< Sealed.
    bool last{false};
};
struct Restored {
    bool keys{false};  ///< The vault was in it.
    std::uint32_t secrets{0};
    std::uint32_t damaged{0};  ///< Secrets that don't open.
    bool ledger{false};        ///< The ledger was in it.
};

using Answer = std::variant<Refused, Done, Hello, Findings, Added, Listing, SignReply, FactorState, FactorBegun, FactorCodes, FactorVerdict, LedgerStanding, LedgerPage, Limits,
                            BackupBegun, BackupPiece, Restored, PasskeyList, PasskeyAsked>;

struct Reply {
    std::uint64_t id{0};
    Answer answer;
};

}  // namespace bf::signer
