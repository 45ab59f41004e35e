// The second factors of the people who sign in: one-time codes as every authenticator app makes them (RFC 6238: SHA-1, six digits, 30 s)
// and recovery codes. They live in the signer because what they guard must hold against the rest of the program: a policy is widened only
// on a code that the signer itself has found good.
//
// Each 30 s step is accepted once, a recovery code once, and both are on disk before the answer leaves. Wrong codes make the account wait,
// longer each time, over restarts too: what a guesser gets is 24 tries a day at a million codes.
//
// Beside the codes an account may have passkeys: what an authenticator signed over a challenge of ours is taken wherever a code is. Codes
// come first, because passkeys work neither at the command line nor at a page that is reached by an address instead of a name.
//
// An owner's factor that was confirmed while there was no trusted one is trusted; any other becomes so when a trusted one vouches for it. So a
// taken-over engine can't invent a person with a factor of its own and widen policies with it. Where none is trusted (the last one's account was
// removed) an owner's vouches for itself: who has taken over the engine could set up a new one just as well.
#pragma once
#include "signer/passkey.hpp"
#include "signer/vault_door.hpp"

#include <string_view>

namespace bf::signer {

/// How far a phone's clock may be off, in steps of 30 s either way.
inline constexpr std::uint64_t kFactorDrift = 1;
inline constexpr std::size_t kRecoveryCodes = 10;
inline constexpr std::string_view kFactorKind = "second factor";  ///< Of its items in the vault.
/// From asking for a factor's removal without a code to its fall.
inline constexpr milliseconds kFactorFall = seconds{3600};

class SecondFactor {
public:
    /// `door` outlives it. Every answer may be a refusal: no vault, a damaged record, a name that is none.
    explicit SecondFactor(VaultDoor& door);

    Result<FactorState, Refused> state(std::string_view account, Instant now);
    Result<FactorBegun, Refused> begin(std::string_view account, Instant now);
    Answer confirm(const FactorConfirmRequest& asked, Instant now);
    /// What a caller in this process asks before it lets something dangerous happen; uses the code up.
    Result<FactorVerdict, Refused> check(std::string_view account, std::string_view code, Instant now);
    Answer renew(std::string_view account, std::string_view code, Instant now);
    Answer remove(std::string_view account, std::string_view code, Instant now);
    /// The factors that count for widening a policy. One whose time to fall has come is none, whoever asks and whether its account is still there.
    struct Trusted {
        bool any{false};
        std::optional<Instant> last_falls_at{};  ///< When none of them is left; nothing while one is to stay.
    };
    Result<Trusted, Refused> trusted(Instant now);
    Answer vouch(std::string_view account, std::string_view by, std::string_view code, Instant now);

    Result<PasskeyList, Refused> passkeys(std::string_view account, Instant now);
    /// What a browser needs to make one (with a good code, which is used up) or to use one; PasskeyAsked or a verdict.
    Answer begin_passkey(std::string_view account, std::string_view code, std::string_view origin, Instant now);
    Result<PasskeyAsked, Refused> ask_passkey(std::string_view account, std::string_view origin, Instant now);
    Result<PasskeyList, Refused> add_passkey(const PasskeyAddRequest& made, Instant now);
    Result<PasskeyList, Refused> remove_passkey(std::string_view account, std::string_view handle, Instant now);

private:
    struct Record;
    Result<vault::Vault*, Refused> vault(std::string_view account);
    /// Nothing if there is none, or none any more.
    Result<std::optional<Record>, Refused> load(std::string_view account, Instant now);
    Result<void, Refused> save(std::string_view account, const Record& record);
    /// Looks at one try and writes into the record what becomes of it.
    static FactorVerdict judge(std::string_view account, Record& record, std::string_view code, Instant now);
    /// The same for a passkey's answer, which nobody guesses: it neither waits for wrong codes nor counts as one.
    FactorVerdict judge_passkey(std::string_view account, Record& record, std::string_view answer, Instant now);
    /// Either, kept before the verdict is out.
    Result<FactorVerdict, Refused> attempt(std::string_view account, Record& record, std::string_view code, Instant now);
    /// The record of a factor in force.
    Result<Record, Refused> in_force(std::string_view account, Instant now);
    PasskeyAsked ask(std::string_view account, const Record& record, PasskeyAct act, std::string_view origin, Instant now);

    VaultDoor& door_;
    PasskeyChallenges challenges_;
};

}  // namespace bf::signer
