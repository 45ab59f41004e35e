// An exchange by script, for what the simulated ones are too small for: many symbols, and exact counts. It answers for its time and its list of
// instruments, gives out stream tokens, acknowledges every subscription and answers pings; market data comes by a test's own hand. The
// lists carry the members we read and no others.
#pragma once
#include "exchange/call.hpp"
#include "ports/transport.hpp"
#include "support/sim_clock.hpp"

#include <cstdlib>
#include <memory>

namespace bf::test {

class FeedScript final : public ports::Transport {
public:
    FeedScript(SimClock& clock, bool kucoin, bool spot, int symbols) : clock_{clock}, kucoin_{kucoin}, spot_{spot}, symbols_{symbols} {}
    FeedScript(const FeedScript&) = delete;
    FeedScript& operator=(const FeedScript&) = delete;

    [[nodiscard]] std::string native_of(int i) const;
    [[nodiscard]] market::Symbol symbol_of(int i) const { return {"S" + std::to_string(i), "USDT", spot_ ? "" : "USDT"}; }

    /// One WebSocket, open or gone.
    struct Line {
        Instant opened;
        std::vector<std::pair<Instant, std::string>> said;  ///< By us.
        ports::StreamHandler* handler{nullptr};             ///< Null: gone.
    };
    std::vector<std::shared_ptr<Line>> lines;
    std::vector<std::pair<Instant, std::string>> requests;  ///< With their targets.
    bool keep_said{true};  ///< And requests, and lines that are gone.
    bool streams_up{true};
    /// The exchange says this on the line.
    static void say(const Line& line, std::string text);
    /// Whether it answers for one-minute candles. Price 100 throughout; minutes that `traded` denies have none.
    bool candles_up{false};
    std::function<bool(Instant)> traded{};

    void send(wire::Request request, milliseconds, Done done) override;
    ports::Transport& over(ports::Family) override { return *this; }
    std::unique_ptr<ports::Stream> open_stream(std::string, milliseconds, ports::StreamHandler& handler) override;

private:
    struct Wire final : ports::Stream {
        Wire(FeedScript& of, std::shared_ptr<Line> to) : script{of}, line{std::move(to)} {}
        ~Wire() override { line->handler = nullptr; }
        void send_text(std::string message) override;
        FeedScript& script;
        std::shared_ptr<Line> line;
    };

    static std::string between(const std::string& text, std::string_view head, char end);
    [[nodiscard]] std::string answer_to(const std::string& message) const;
    [[nodiscard]] std::string body_of(const wire::Request& request) const;
    [[nodiscard]] std::string candles_of(const std::string& target) const;
    [[nodiscard]] std::string rows() const;

    SimClock& clock_;
    bool kucoin_, spot_;
    int symbols_;
};

}  // namespace bf::test
