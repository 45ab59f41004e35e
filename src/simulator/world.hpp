// All simulated exchanges of one process behind one door: what the socket server and the in-memory tests hold. Takes the prefixes
// apart, applies faults, keeps the record of requests, answers the administrator.
//
//   /admin/...                 the administrator
//   /<exchange>/...            its REST paths and WebSockets
//   /<exchange>/futures/...    those of its hosts that serve futures only
#pragma once
#include "simulator/core/exchange.hpp"
#include "simulator/core/face.hpp"

#include <optional>
#include <vector>

namespace bf::simulator {

struct Site;

struct Options {
    std::vector<std::string> exchanges{"mexc", "kucoin"};
    std::uint64_t seed{1};
    bool limits{true};
    Instant start;
    /// They follow real markets: without instruments and prices until these are told (Exchange::list, set_quote).
    bool follows{false};
    milliseconds tick{1000};  ///< Between two steps of the markets; longer makes a simulated month cheaper.
};

class World {
public:
    /// Fails with bad_input for an exchange there is no face for.
    static Result<std::unique_ptr<World>> create(const Options& options);
    ~World();

    /// Any request, the administrator's too.
    Reply handle(const Inbound& request);
    struct Opened {
        std::unique_ptr<Socket> socket;  ///< Null: refused, send `refusal` instead of the upgrade.
        Reply refusal;
    };
    /// A WebSocket upgrade. The Socket must be destroyed before the World.
    Opened open_socket(const Inbound& request, Outbox& outbox);

    /// Lets time pass: markets move, events that were held back go out. Never backwards (an earlier `now` is ignored).
    void advance(Instant now);
    [[nodiscard]] std::optional<Instant> next_wake() const;

    /// For tests and the demo, which need no HTTP.
    Exchange* exchange(std::string_view id);

private:
    explicit World(Instant start);
    Site* find(std::string_view id);

    Instant now_;
    std::vector<std::unique_ptr<Site>> sites_;
};

/// The exchanges a World can be made of.
std::vector<std::string> known_exchanges();

}  // namespace bf::simulator
