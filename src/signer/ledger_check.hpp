// Reads a ledger's segments and says whether they are what was written: each breach with its place. Pure; the signer's start, the command
// line on a copied folder, the tests and the fuzzer use the same.
#pragma once
#include "exchange/remark.hpp"
#include "signer/ledger_chain.hpp"
#include "signer/ledger_entry.hpp"

#include <functional>
#include <set>
#include <span>
#include <vector>

namespace bf::signer {

struct LedgerBreach {
    enum class Kind : std::uint8_t {
        missing,   ///< A segment is not there.
        header,    ///< A segment's header is altered, another ledger's, or does not follow the segment before.
        entry,     ///< An entry is altered, or does not follow the one before: added, removed, moved.
        rubbish,   ///< Bytes where entries should be or where nothing should be.
        cut,       ///< Entries are missing that a signed head vouches for.
        forked,    ///< A signed head vouches for another entry at that sequence.
        head,      ///< A head is not signed by this ledger's key.
    };
    Kind kind{Kind::entry};
    LedgerEntry::Place place{};
    std::uint64_t sequence{0};  ///< The entry's, or of the first that is missing; 0: not known.
    std::string detail{};       ///< A sentence.
    bool recorded{false};       ///< A later entry of the ledger itself tells of it.
    bool accepted{false};       ///< A person has accepted that since.
};
std::string_view to_string(LedgerBreach::Kind kind);

struct LedgerReport {
    std::uint64_t segments{0};
    std::uint64_t entries{0};
    std::optional<std::uint64_t> first_sequence{};
    std::uint64_t last_sequence{0};
    LedgerLink last_link{};                    ///< Of the last entry, or of the last segment's header.
    std::optional<LedgerPublicKey> public_key{};
    std::optional<LedgerHead> head{};          ///< The newest head that was given and is sound.
    std::uint64_t beyond_head{0};              ///< Entries written after it.
    /// Bytes behind the last head that are no entry: the end of a write that never finished, or something that was put there.
    std::optional<LedgerEntry::Place> torn{};
    std::vector<LedgerBreach> breaches{};      ///< The first kBreachesMax.
    std::uint64_t open_breaks{0};              ///< Breaches that the ledger tells of itself and nobody has accepted yet.
    /// The newest change of keys, limits or second factors that was done: where it was begun.
    std::uint64_t last_act{0};
    LedgerEntry::Place end{};                  ///< Where the next entry would go.

    static constexpr std::size_t kBreachesMax = 100;
    [[nodiscard]] bool intact() const { return breaches.empty() && !torn && open_breaks == 0; }
    /// Nothing that the ledger does not tell of itself and a person has not accepted.
    [[nodiscard]] bool settled() const;
};

/// Nearly all of a segment is looked at so at every start: compared with itself a byte on, by the C library's own instructions.
bool only_zeros(std::string_view bytes);

class LedgerChecker {
public:
    struct Given {
        std::vector<LedgerHead> heads{};             ///< Each must be met.
        std::vector<LedgerAnchor> anchors{};         ///< Likewise, from outside.
        bool head_missing{false};                    ///< The head's file is there but none of its slots is sound.
        std::optional<LedgerPublicKey> key{};        ///< Whose ledger it has to be; nothing: whoever the first segment names.
        const LedgerKeys* keys{nullptr};             ///< Of the signer: then tags are checked too.
        std::uint64_t first_segment{1};
    };
    using OnEntry = std::function<void(const LedgerEntry& entry, LedgerEntry::Place place)>;
    explicit LedgerChecker(Given given, OnEntry on_entry = {});

    /// The next segment's bytes, in order. One that is not there: nothing.
    void segment(std::optional<std::string_view> bytes);
    LedgerReport finish();

private:
    void header(std::string_view bytes);
    void entries(std::string_view bytes);
    void one(std::string_view framed, std::size_t body_size, LedgerEntry::Place place);
    void meet(std::uint64_t sequence, const LedgerLink& link, LedgerEntry::Place place);
    void breach(LedgerBreach::Kind kind, LedgerEntry::Place place, std::uint64_t sequence, exchange::Remark found, std::initializer_list<std::string_view> about = {});
    [[nodiscard]] std::uint64_t newest_promised() const;
    [[nodiscard]] bool beyond_promises() const { return next_sequence_ > newest_promised(); }

    Given given_;
    OnEntry on_entry_;
    LedgerReport report_;
    std::uint64_t number_{0};         ///< Of the segment being read.
    std::uint64_t next_sequence_{1};
    LedgerLink before_{};             ///< What the next entry is chained to, as far as is known.
    /// After a broken entry: what the next would be chained to if only its link had been altered, or if it had been put in between.
    std::vector<LedgerLink> or_{};
    bool resync_{false};              ///< The entry before was broken: the next one that fits the chain tells where we are.
    bool lost_{false};                ///< It is not known what the next entry is chained to.
    std::set<std::uint64_t> met_{};
    std::uint64_t break_begin_{0};    ///< Sequence of the first entry after a recorded break; what heads promised of before counts no more.
    std::vector<std::pair<LedgerEntry::Place, std::uint64_t>> recorded_{};
    std::vector<std::uint64_t> accepted_{};
};

}  // namespace bf::signer
