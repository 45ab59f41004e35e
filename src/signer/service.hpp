// Answers the signer's questions: bytes in, bytes out. Everything the signer decides is here; sockets and hardening are around it.
#pragma once
#include "ports/clock.hpp"
#include "signer/keyring.hpp"
#include "signer/ledger_uses.hpp"
#include "signer/policy.hpp"
#include "signer/backing.hpp"
#include "signer/policy_book.hpp"
#include "signer/sealing.hpp"
#include "signer/second_factor.hpp"
#include "signer/vault_door.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bf::signer {

/// How far the time to sign for may be from our own clock. A signature for tomorrow would be worth a stolen key for a day.
inline constexpr milliseconds kClockTolerance = seconds{60};

/// Second factors, as the limits ask about them.
class FactorJudge final : public StepUpJudge {
public:
    explicit FactorJudge(SecondFactor& factors) : factors_{factors} {}
    bool any(Instant now) override;
    std::optional<Refused> refuse(const ports::StepUp& step_up, Instant now) override;
    Refused no_code_that_counts(std::string why, Instant now) override;

private:
    SecondFactor& factors_;
};

class Service {
public:
    struct World {
        CallsOf calls_of;
        Policy& policy;
        const ports::Clock& clock;
        bool simulated_only{false};  ///< The demo: takes no key but those of our simulated exchanges.
        bool limits{true};           ///< False only where their cost is measured, or the ledger is looked at alone.
        std::uint64_t ledger_segment{kLedgerSegmentSize};  ///< Smaller only where a ledger is opened anew time and again.
    };
    /// Opens the vault at `place` and unseals every key in it once; one that fails its check is reported, the others work.
    Service(World world, std::optional<VaultPlace> place);
    /// What `hello` tells about the process.
    void set_features(std::vector<Feature> features) { features_ = std::move(features); }
    /// Of the key that secrets are sealed to, as people compare it; another one at each start.
    [[nodiscard]] std::string fingerprint() const;

    /// What a message takes long for and changes nothing by: deriving keys from a new passphrase, or a backup's. May run beside answer().
    struct Thought {
        std::optional<vault::NamedKey> wrapping{};  ///< Of a new passphrase.
        backup::Header header{};
        std::optional<Result<backup::Keys, Refused>> keys{};
    };
    [[nodiscard]] Thought think(std::string_view message) const;
    /// Answers `message`, whatever it holds, by replacing the content of `reply`. `thought` is what think() made of it.
    void answer(std::string_view message, std::string& reply, Thought thought);
    void answer(std::string_view message, std::string& reply) { answer(message, reply, think(message)); }
    /// The answer to a question that is not its sender's to ask (is_of_its_own_user).
    void turn_away(std::string_view message, std::string& reply);

    /// What the answers changed of the limits' use is written behind them: between begin and end, which are for the thread that answers, `write`
    /// may run beside anything.
    [[nodiscard]] bool has_unwritten() const { return policies_.dirty(); }
    [[nodiscard]] PolicyBook& policies() { return policies_; }

private:
    Answer handle(const HelloRequest& question);
    Answer handle(const CheckShapeRequest& question);
    Answer handle(AddRequest& question);
    Answer handle(const StageRequest& question);
    Answer handle(const PromoteRequest& question);
    Answer handle(const RollBackRequest& question);
    Answer handle(const DropRequest& question);
    Answer handle(const RemoveRequest& question);
    Answer handle(const ListRequest& question);
    Answer handle(const UnlockRequest& question);
    Answer handle(const RewrapRequest& question);
    Answer handle(const FactorStateRequest& question);
    Answer handle(const FactorBeginRequest& question);
    Answer handle(const FactorConfirmRequest& question);
    Answer handle(const FactorCheckRequest& question);
    Answer handle(const FactorRenewRequest& question);
    Answer handle(const FactorRemoveRequest& question);
    Answer handle(const FactorVouchRequest& question);
    Answer handle(const PasskeysRequest& question);
    Answer handle(const PasskeyBeginRequest& question);
    Answer handle(const PasskeyAddRequest& question);
    Answer handle(const PasskeyChallengeRequest& question);
    Answer handle(const PasskeyRemoveRequest& question);
    Answer handle(const LedgerStateRequest& question);
    Answer handle(const LedgerPageRequest& question);
    Answer handle(const LedgerOutcomesRequest& question);
    Answer handle(const LedgerAcceptRequest& question);
    // service_policy.cpp
    Answer handle(const LimitsRequest& question);
    Answer handle(const SetLimitsRequest& question);
    Answer handle(const FreezeRequest& question);
    Answer handle(const SettleRequest& question);

    // service_backup.cpp
    Answer handle(const BackupBeginRequest& question);
    Answer handle(const BackupNextRequest& question);
    Answer handle(const RestoreBeginRequest& question);
    Answer handle(const RestoreNextRequest& question);
    Answer handle(const RestoreEndRequest& question);
    /// Why what takes a person's code may not be done; `why` where one is missing. What is given is used up.
    std::optional<Refused> ask_for_code(const ports::StepUp& step_up, const char* why);
    /// The signer's own files, of one moment.
    Result<std::vector<BackupItem>> backup_items(vault::Vault& vault, const backup::Keys& keys);

    [[nodiscard]] Result<exchange::CredentialFields, Refused> open(std::string_view sealed) const;
    /// A box that was kept is opened once more only to replace the key of the connection it was kept for: whoever has recorded one could else
    /// add its key again, with limits of his own.
    [[nodiscard]] std::optional<Refused> refuse_box(std::string_view sealed, std::string_view stage_for) const;
    void note_kept(std::string_view connection, std::string_view sealed);
    void note_removed(std::string_view connection);
    /// Unseals what the open vault holds; a vault whose list can't be read counts as failed.
    void load_all();
    /// Unseals what the vault has in that slot; what does not open is held as damaged.
    HeldKey load(vault::Vault& vault, const exchange::Calls* calls, std::string_view connection, Slot slot) const;
    /// Changes a stored connection in the vault, then holds what the vault has of it.
    template <class Change>
    Answer change_stored(std::string_view connection, Change&& change);
    Answer handle(const SignRequest& question);
    /// Signs what stands in `to_sign_`.
    void sign(std::uint64_t id, std::string& reply);
    std::optional<Refused> sign(const SignItem& item, Instant now);

    // The ledger (service_ledger.cpp).
    /// When the vault is open, there is none yet and may_open_ledger().
    void open_ledger();
    [[nodiscard]] bool may_open_ledger() const;
    /// Answers a question that changes something with its entries in the ledger before and after, any other just so.
    Answer handle_entered(Question& question);
    template <class One>
    Answer entered(One& question);
    /// The head goes into the vault now and then, so that the ledger's folder alone can't be rolled back.
    void keep_head(Instant now, bool at_once);

    World world_;
    std::vector<Feature> features_;
    SealingKey sealing_;
    std::unordered_map<std::string, std::string> kept_boxes_;  ///< By their hash: for which connection, empty once that is removed. Of this start, as their key is.
    VaultDoor door_;
    SecondFactor factor_{door_};
    Keyring keyring_;
    FactorJudge step_up_{factor_};
    PolicyBook policies_{step_up_};
    SignRequest to_sign_;
    exchange::RequestList requests_;
    std::filesystem::path ledger_folder_;  ///< Empty: no ledger is kept.
    LedgerUses uses_;
    Instant ledger_opened_at_{};
    Instant open_ledger_again_{};  ///< Not before.
    Instant head_kept_at_{};
    std::string head_kept_;
    Thought thought_;
    std::unique_ptr<BackupOut> backup_;
    std::unique_ptr<BackupIn> restore_;
};

}  // namespace bf::signer
