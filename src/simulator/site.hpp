// One exchange of a World with what stands around it: its face, the record of its requests, its open WebSockets.
#pragma once
#include "simulator/core/exchange.hpp"
#include "simulator/core/face.hpp"

#include <deque>
#include <set>

namespace bf::simulator {

/// What the administrator may see of a request: never a header, a query or a body, so never a secret.
struct Record {
    wire::Method method;
    std::string path;
    int status;
    std::string account;
    Instant at;
};

/// A session's way out, through the stream faults.
class GuardedPusher final : public Pusher {
public:
    GuardedPusher(Exchange& exchange, Outbox& outbox) : exchange_{exchange}, outbox_{outbox} {}
    void reply(std::string text) override;
    void push_text(std::string message) override { push(std::move(message), false); }
    void push_binary(std::string message) override { push(std::move(message), true); }
    void close(std::uint16_t code, std::string_view reason) override;
    /// Sends what was held back and is due.
    void flush(Instant now);
    [[nodiscard]] std::optional<Instant> next_due() const;

private:
    struct Held {
        Instant due;
        std::string message;
        bool binary;
        bool until_next;  ///< Goes out right after the next message.
    };
    void push(std::string message, bool binary);
    void send(std::string message, bool binary);

    Exchange& exchange_;
    Outbox& outbox_;
    std::vector<Held> held_;
    bool closed_{false};
};

struct Site {
    static constexpr std::size_t kRecordsMax = 20'000;

    Site(Profile profile, std::uint64_t seed, Instant start) : exchange{std::move(profile), seed, start} {}
    void record(const Call& call, int status, const std::string& account);

    Exchange exchange;
    std::unique_ptr<Face> face;
    std::deque<Record> records;
    std::set<GuardedPusher*> pushers;  ///< Those of the open sessions.
};

/// Answers everything under /admin. Purely the administrator's: no exchange is imitated here.
Reply administer(const std::vector<std::unique_ptr<Site>>& sites, const Inbound& request);

}  // namespace bf::simulator
