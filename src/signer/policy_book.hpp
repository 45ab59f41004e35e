// The limits of all connections: who has which, kept in the signer's own store where the key is kept in the vault. Judges every call before it
// is signed; changes limits and freezes on a person's word.
//
// One thread at a time, but for `write`, which may run beside anything: the state of busy connections is written behind the answers.
#pragma once
#include "signer/policy_codec.hpp"
#include "signer/policy_rules.hpp"
#include "signer/policy_store.hpp"
#include "vault/vault.hpp"

#include <atomic>

namespace bf::signer {

/// What a person's code is worth. An implementation uses the code up.
class StepUpJudge {
public:
    virtual ~StepUpJudge() = default;
    /// Whether any account has a second factor that counts here. When that can't be read: true.
    virtual bool any(Instant now) = 0;
    /// Nothing when the code is good; why not.
    virtual std::optional<Refused> refuse(const ports::StepUp& step_up, Instant now) = 0;
    /// `why`, with until when where nobody may be left who could give one.
    virtual Refused no_code_that_counts(std::string why, Instant now) = 0;
};

class PolicyBook {
public:
    /// `step_up` outlives it.
    explicit PolicyBook(StepUpJudge& step_up) : step_up_{step_up} {}

    /// Reads what the store beside the vault holds of its connections. What is not there, or does not fit, is in doubt: nothing is opened on it.
    Status open(vault::Vault& vault, const std::filesystem::path& folder, const std::vector<std::string>& connections, Instant now);

    /// Before its key is kept. `kept`: in the vault, so its limits are in the store.
    Status add(const std::string& connection, bool kept, const std::optional<ports::UseLimits>& limits, Instant now);
    void remove(const std::string& connection);

    std::optional<Refused> judge(const SignItem& item, Instant now);
    void settle(const SettleRequest& question, Instant now);

    Result<ports::LimitState, Refused> limits(std::string_view connection, Instant now);
    Result<ports::LimitState, Refused> set_limits(const SetLimitsRequest& question, Instant now);
    Result<ports::LimitState, Refused> freeze(const FreezeRequest& question, Instant now);

    // --- behind the answers
    [[nodiscard]] bool dirty() const { return dirty_; }
    struct Writing {
        std::vector<PolicyStore::Row> rows;
        std::vector<std::uint64_t> numbers;
    };
    Writing begin_write();
    Status write(const Writing& writing);
    void end_write(const Writing& writing, bool written);
    /// In a store that comes out of a backup: what waited when it was made may have been dropped since, and its time may have come.
    static Status drop_raises(vault::Vault& vault, const std::filesystem::path& folder);
    /// The store as it stands, for a backup; nothing where there is none.
    Result<std::optional<PolicyStore::Copy>> copy();

private:
    struct Entry {
        ConnectionPolicy policy;
        bool kept{false};
        std::uint64_t version{0};
    };
    /// Now, while the caller waits.
    Status keep(const std::string& connection, Entry& entry);
    Status keep_all();
    Entry* find(std::string_view connection);
    Result<ports::LimitState, Refused> tell(Entry& entry, Instant now);
    std::optional<Refused> ask_for_code(const ports::StepUp& step_up, Instant now);

    StepUpJudge& step_up_;
    std::optional<PolicyStore> store_;
    std::string no_store_{"the limits' store is not open"};  ///< Why there is none.
    std::map<std::string, Entry, std::less<>> entries_;
    bool dirty_{false};
};

}  // namespace bf::signer
