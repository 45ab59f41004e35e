// What the parts of Exchanges share and nobody else needs.
#pragma once
#include "paper/exchanges.hpp"
#include "simulator/core/recorder.hpp"
#include "simulator/world.hpp"

namespace bf::paper {

/// One paper exchange.
struct Exchanges::Site {
    Site(const Venue& of, const simulator::Options& options)
        : venue{of}, world{std::move(simulator::World::create(options)).value()}, exchange{*world->exchange(options.exchanges.front())}, recorder{exchange} {}

    Venue venue;
    std::unique_ptr<simulator::World> world;
    simulator::Exchange& exchange;
    simulator::Recorder recorder;
    // By instrument:
    std::map<std::size_t, std::chrono::microseconds> confirmed;   ///< Those with prices.
    std::map<std::size_t, std::chrono::microseconds> booked;      ///< Those with a book: when it was asked for.
    std::map<std::size_t, std::chrono::microseconds> book_asked;  ///< When it was last wanted.
    std::map<std::size_t, FundingRate> rates;
    std::map<std::size_t, std::chrono::microseconds> rate_asked, rate_told;
    /// Of these it is not known yet what was due while nothing ran.
    struct Behind {
        bool asked{false};
        std::optional<Instant> due{};  ///< What became due since, the latest.
    };
    std::map<std::size_t, Behind> behind;
};

class Exchanges::PaperSigner final : public ports::Signer {
public:
    explicit PaperSigner(Exchanges& owner) : owner_{owner} {}
    void sign(std::string connection, exchange::Call call, Instant at, Done done) override;
    /// Nothing holds its prices against anything.
    void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> /*reference*/, Done done) override {
        sign(std::move(connection), std::move(call), at, std::move(done));
    }

private:
    ports::SignOutcome write(const std::string& connection, const exchange::Call& call);
    Exchanges& owner_;
};

/// To the venue that the host names.
class Exchanges::Door final : public ports::Transport {
public:
    explicit Door(Exchanges& owner) : owner_{owner} {}
    void send(wire::Request request, milliseconds timeout, Done done) override;
    std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) override;
    ports::Transport& over(ports::Family) override { return *this; }  ///< There is no network behind it.

private:
    Exchanges& owner_;
};

/// To one venue.
class Exchanges::Line final : public ports::Transport {
public:
    Line(Exchanges& owner, const Venue& venue) : owner_{owner}, venue_{venue} {}
    void send(wire::Request request, milliseconds timeout, Done done) override;
    std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) override;
    ports::Transport& over(ports::Family) override { return *this; }  ///< There is no network behind it.

private:
    Exchanges& owner_;
    Venue venue_;
};

/// One WebSocket to a paper exchange.
class Exchanges::PaperStream final : public ports::Stream {
public:
    PaperStream(Exchanges& owner, const Venue& venue, std::string url, ports::StreamHandler& handler);
    ~PaperStream() override;
    void send_text(std::string message) override;

private:
    /// What the exchange says on it.
    struct Mouth final : simulator::Outbox {
        explicit Mouth(PaperStream& of) : stream{of} {}
        void send_text(std::string message) override { stream.tell(std::move(message), false); }
        void send_binary(std::string message) override { stream.tell(std::move(message), true); }
        void close(std::uint16_t code, std::string_view reason) override;
        PaperStream& stream;
    };
    void open(const std::string& url);
    void tell(std::string message, bool binary);
    void end(std::string reason);
    /// Runs it later unless the stream is gone by then.
    template <class Task>
    auto mine(Task&& task) {
        return [alive = std::weak_ptr<bool>{alive_}, task = std::forward<Task>(task)]() mutable {
            if (!alive.expired()) task();
        };
    }

    Exchanges& owner_;
    Venue venue_;
    ports::StreamHandler& handler_;
    Mouth mouth_;
    std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
    std::unique_ptr<simulator::Socket> socket_;
};

}  // namespace bf::paper
