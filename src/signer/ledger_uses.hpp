// What of the signer's work goes into the ledger, and what may be done while it can't be written. Sits between the service and the ledger.
//
// Orders, cancels, settings: an entry each, handed to the operating system before the signature leaves. Reads are counted for each
// connection: a summary after a minute when it holds a kind of read that the one before did not, else after ten. Refusals: an entry each
// for the first kRefusalsEach of a connection in a minute, the others counted by reason. What changes keys, limits or second factors is
// entered and durable before it takes effect, and what came of it afterwards.
//
// While the ledger can't be written, or is broken and nobody has accepted that, nothing is signed that could open: no position may grow
// unrecorded. Reads, cancels and what lessens go on, so that nobody is caught in a position by a full disk; they are counted and the gap
// is told as soon as there is a ledger again.
#pragma once
#include "signer/ledger.hpp"
#include "signer/protocol.hpp"

#include <array>
#include <map>

namespace bf::signer {

inline constexpr milliseconds kReadsSummary = seconds{600};
inline constexpr milliseconds kReadsSummarySoon = seconds{60};
inline constexpr std::uint32_t kRefusalsEach = 30;

/// Whether the call could make a position larger. Selling on spot and what only reduces can't.
bool may_open(const exchange::Call& call);

class LedgerUses {
public:
    /// Something rare that is about to happen.
    struct Act {
        UseClass use{UseClass::key};
        std::string connection{};
        std::string what{};
        std::string detail{};
        bool even_unwritten{false};  ///< It only takes away or opens the vault: no full disk may hold it up.
        bool only_after{false};      ///< One entry, when it is known how it ended.
    };
    ~LedgerUses();

    /// From here on there is a ledger, or a reason why there should be one and is none.
    void attach(std::unique_ptr<Ledger> ledger);
    void failed(std::string why);
    /// Whether the ledger that failed can be gone on with as it is.
    bool try_again();
    /// Lets go of a ledger that can't be written any more, so that it can be opened anew.
    void let_go();
    [[nodiscard]] Ledger* ledger() { return ledger_.get(); }
    [[nodiscard]] LedgerState state() const;
    [[nodiscard]] std::string detail() const;

    /// Why nothing that opens can be signed for now: there is no ledger to enter it in, or a broken one.
    [[nodiscard]] std::optional<Refused> refuse_unfit(const exchange::Call& call) const;
    /// The call is signed and its requests are about to leave. Refused: they may not, unrecorded.
    std::optional<Refused> signed_for(const SignItem& item, const exchange::RequestList& requests, Instant now);
    /// It was not signed. `known`: the connection is one of ours, not a name that somebody made up.
    void refused(const SignItem& item, bool known, const Refused& why, Instant now);
    void bad_message(Instant now);
    /// Durable when it returns; the entry's sequence, 0 without a ledger.
    Result<std::uint64_t, Refused> begin(const Act& act);
    void end(const Act& act, std::uint64_t begun, std::string_view result, std::string_view detail);
    Answer outcomes(const LedgerOutcomesRequest& request);

    /// Enters summaries that are due. Cheap when none is.
    void tick(Instant now) {
        if (now >= next_due_) enter_due(now, false);
    }

private:
    struct Reads {
        Instant since{};
        std::uint64_t kinds{0};   ///< Bits of the operations counted.
        std::uint64_t before{0};  ///< Those of the summary before.
        std::array<std::uint32_t, 64> counts{};
    };
    struct Refusals {
        Instant since{};
        std::uint32_t each{0};
        std::map<std::pair<std::string_view, exchange::Operation>, std::uint32_t> more{};  ///< By the reason's word, which is a literal.
    };
    void count_read(std::string_view connection, exchange::Operation operation, Instant now);
    bool refused_often(std::string_view connection, Instant now);
    void describe(const SignItem& item, const exchange::RequestList* requests);
    void enter_due(Instant now, bool all);
    void due_at(Instant at) { next_due_ = std::min(next_due_, at); }
    bool append(LedgerEntry& entry);
    void missed();
    /// What went on without the ledger, as an entry of it.
    void tell_gap();

    std::unique_ptr<Ledger> ledger_{};
    std::optional<std::string> failure_{};  ///< Why there is no ledger although there should be.
    std::map<std::string, Reads, std::less<>> reads_{};
    std::map<std::string, Refusals, std::less<>> refusals_{};
    Instant next_due_{Instant::from_ms(INT64_MAX)};
    LedgerEntry scratch_{};
    std::uint64_t missed_{0};
    std::uint64_t outcomes_left_{1000};  ///< So that nobody can fill the disk with made-up ones; each order adds to it.
};

}  // namespace bf::signer
