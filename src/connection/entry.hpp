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
    bool removing{false};

    std::unique_ptr<StreamKeeper> stream;
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

inline Error disabled_meanwhile() { return {ErrorKind::conflict, tell({{Saying::new_key_disabled}}, exchange::Language::en), Fate::refused, "disabled"}; }

inline constexpr std::chrono::minutes kLightEvery{15};
inline constexpr std::chrono::hours kFullEvery{24};

}  // namespace bf::connection
