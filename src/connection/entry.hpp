// What the book holds of one connection while it runs. Included by the book's own sources only.
#pragma once
#include "connection/book.hpp"

#include <algorithm>
#include <tuple>

namespace bf::connection {

struct Book::Entry {
    Record record;

    std::unique_ptr<TestRunner> runner;
    bool queued{false};  ///< A test its user started waits for room at the exchange.
    std::uint64_t test{0};
    bool light{false};
    bool by_user{false};
    std::vector<TestDone> waiting;

    bool rotating{false};  ///< From the first question to the signer to the last.
    std::unique_ptr<TestRunner> rotation;
    Done rotation_done;
    std::chrono::hours keep_old{kKeepOldKey};
    bool asking_old{false};  ///< Whether the key that was replaced still works, or it is being wiped.
    bool removing{false};

    std::unique_ptr<StreamKeeper> stream;
    std::unique_ptr<StreamKeeper> retiring;  ///< Opened with the key before, heard until the new one is live.
    void close_streams() {
        retiring.reset();
        stream.reset();
    }
    std::uint32_t spread{0};
    Instant next_light;
    Instant next_full;

    [[nodiscard]] bool is_tested_fully() const { return queued || (runner != nullptr && !light); }
};

/// Whether a connection of this status is checked on schedule: a refused key and a pause wait for their user.
inline bool is_watched(ConnectionStatus status) {
    return status == ConnectionStatus::connected || status == ConnectionStatus::degraded || status == ConnectionStatus::error;
}

/// Of findings one of which is fatal.
inline std::string malformed_code(const std::vector<exchange::ShapeFinding>& findings) {
    return findings.front().kind == exchange::ShapeFinding::Kind::not_simulated ? "real_key_in_demo" : "malformed_credentials";
}

/// Whether two tellings can be of one address: some mask octets ("203.**.154").
inline bool same_address(std::string_view a, std::string_view b) { return allow_list_entry_matches(a, b) || allow_list_entry_matches(b, a); }

inline Error disabled_meanwhile() { return {ErrorKind::conflict, tell({{Saying::new_key_disabled}}, exchange::Language::en), Fate::refused, "disabled"}; }

inline constexpr std::chrono::minutes kLightEvery{15};
/// Half of the age at which a proof is too old to open anything on: a test that must wait or fails once leaves no gap.
inline constexpr std::chrono::hours kFullEvery{12};
/// Each of them up to so much later, so that they don't all come at once.
inline constexpr milliseconds kLightSpread{60'000}, kFullSpread{600'000};

}  // namespace bf::connection
