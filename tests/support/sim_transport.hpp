// The network in memory: the exchanges' real hosts lead to the wire faces of a simulated world, over virtual time. What goes wrong on the
// way is the simulator's faults, or a test's own answer in place of the exchange's.
#pragma once
#include "exchange/catalogue/calls/calls_of.hpp"
#include "ports/transport.hpp"
#include "simulator/world.hpp"
#include "support/sim_clock.hpp"

#include <deque>
#include <set>

namespace bf::test {

class SimTransport final : public ports::Transport {
public:
    SimTransport(SimClock& clock, simulator::World& world);

    struct Sent {
        Instant at;
        wire::Method method;
        std::string host;
        std::string path;
        int status;  ///< 0: no answer.
        ports::Family family{ports::Family::v4};
    };
    std::deque<Sent> sent;  ///< Every request, in order.
    bool keep_sent{true};
    milliseconds latency{5};
    /// What comes back instead of the exchange's answer; the exchange is not asked then.
    std::function<std::optional<Result<wire::Response>>(const wire::Request&)> instead{};
    /// Changes the exchange's answer on its way.
    std::function<void(const wire::Request&, wire::Response&)> tampered{};
    std::vector<std::string> opened;       ///< Every WebSocket address that was opened,
    std::vector<ports::Family> opened_over;  ///< and over what.
    std::set<ports::Family> unreachable{};   ///< Families that no host here has an address of.
    std::function<bool(const std::string&)> socket_refused{};
    /// A frame of the exchange's that never arrives (true), or arrives changed.
    std::function<bool(const std::string& url, std::string& frame)> lost{};
    std::uint64_t messages_sent{0};

    /// What the exchanges see us at.
    static std::string own_address(ports::Family family) { return family == ports::Family::v6 ? "::1" : "127.0.0.1"; }

    void send(wire::Request request, milliseconds timeout, Done done) override { send_over(ports::Family::v4, std::move(request), timeout, std::move(done)); }
    ports::Transport& over(ports::Family family) override { return family == ports::Family::v6 ? static_cast<ports::Transport&>(v6_) : *this; }

private:
    void send_over(ports::Family family, wire::Request request, milliseconds timeout, Done done);

    std::unique_ptr<ports::Stream> open_over(ports::Family family, std::string url, ports::StreamHandler& handler);

public:
    std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds, ports::StreamHandler& handler) override;

    [[nodiscard]] std::size_t open_streams() const { return streams_.size(); }
    [[nodiscard]] std::size_t count(std::string_view path) const;

private:
    void note(const wire::Request& request, ports::Family family, int status);

    class SimStream final : public ports::Stream {
    public:
        SimStream(SimTransport& owner, ports::Family family, std::string url, ports::StreamHandler& handler);
        ~SimStream() override;
        void send_text(std::string message) override;

    private:
        /// What the exchange says on this socket.
        struct Line final : simulator::Outbox {
            explicit Line(SimStream& of) : stream{of} {}
            void send_text(std::string message) override { stream.from_exchange(std::move(message), false); }
            void send_binary(std::string message) override { stream.from_exchange(std::move(message), true); }
            void close(std::uint16_t, std::string_view reason) override;
            SimStream& stream;
        };
        template <class Task>
        void later(Task&& task) {
            owner_.clock_.after(owner_.latency / 2, [alive = std::weak_ptr<bool>{alive_}, task = std::forward<Task>(task)] {
                if (!alive.expired()) task();
            });
        }
        void open(const std::string& url);
        void from_exchange(std::string message, bool binary);
        void deliver();
        void end(const std::string& reason);

        SimTransport& owner_;
        ports::Family family_;
        std::string url_;
        ports::StreamHandler& handler_;
        Line line_;
        std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
        std::unique_ptr<simulator::Socket> socket_;
        std::deque<std::pair<std::string, bool>> inbox_;
        bool open_{false};
    };

    /// The same network over IPv6.
    class OverV6 final : public ports::Transport {
    public:
        explicit OverV6(SimTransport& owner) : owner_{owner} {}
        void send(wire::Request request, milliseconds timeout, Done done) override { owner_.send_over(ports::Family::v6, std::move(request), timeout, std::move(done)); }
        std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds, ports::StreamHandler& handler) override { return owner_.open_over(ports::Family::v6, std::move(url), handler); }
        ports::Transport& over(ports::Family family) override { return owner_.over(family); }

    private:
        SimTransport& owner_;
    };

    OverV6 v6_{*this};
    SimClock& clock_;
    simulator::World& world_;
    std::map<std::string, std::string> prefixes_;
    std::set<SimStream*> streams_;
};

}  // namespace bf::test
