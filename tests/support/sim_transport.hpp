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
    SimTransport(SimClock& clock, simulator::World& world) : clock_{clock}, world_{world} {
        for (const auto id : exchange::known_exchanges()) {
            const auto& info = exchange::calls_of(id)->info();
            const std::string prefix = "/" + std::string{exchange::to_string(id)};
            for (const auto host : info.futures_hosts) prefixes_[std::string{host}] = prefix + "/futures";
            for (const auto host : info.other_hosts) prefixes_[std::string{host}] = prefix;
        }
    }

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
    void send_over(ports::Family family, wire::Request request, milliseconds timeout, Done done) {
        const auto timed_out = [this, timeout, done] {
            clock_.after(timeout, [done] { done(Unexpected{Error{ErrorKind::unreachable, "No answer in time.", Fate::unknown, "timeout"}}); });
        };
        if (unreachable.contains(family)) {
            const auto words = request.host + " has no " + std::string{ports::to_string(family)} + " address.";
            clock_.after(latency, [done, family, words] { done(Unexpected{Error{ErrorKind::unreachable, words, Fate::not_sent, "no_" + std::string{ports::to_string(family)}}}); });
            return;
        }
        if (instead) {
            if (auto answer = instead(request)) {
                note(request, family, answer->has_value() ? (*answer)->status : 0);
                clock_.after(latency, [done, answer = std::move(*answer)] { done(answer); });
                return;
            }
        }
        const auto prefix = prefixes_.find(request.host);
        if (prefix == prefixes_.end()) {
            clock_.after(latency, [done] { done(Unexpected{Error{ErrorKind::unreachable, "There is no such host.", Fate::not_sent, "no_host"}}); });
            return;
        }
        // It arrives after half the way, the answer is there after the other half.
        simulator::Inbound inbound{request.method, prefix->second + request.target, request.headers, request.body, own_address(family), false};
        clock_.after(latency / 2, [this, family, request = std::move(request), inbound = std::move(inbound), timeout, done, timed_out] {
            world_.advance(clock_.true_time());
            auto reply = world_.handle(inbound);
            const bool answered = reply.delivery == simulator::Reply::Delivery::send;
            note(request, family, answered ? reply.response.status : 0);
            if (reply.delivery == simulator::Reply::Delivery::never || reply.delay > timeout) return timed_out();
            if (reply.delivery == simulator::Reply::Delivery::reset) {
                clock_.after(latency / 2, [done] { done(Unexpected{Error{ErrorKind::unreachable, "The other side cut the connection.", Fate::unknown, "reset"}}); });
                return;
            }
            if (tampered) tampered(request, reply.response);
            clock_.after(latency - latency / 2 + reply.delay, [done, response = std::move(reply.response)] { done(response); });
        });
    }

    std::unique_ptr<ports::Stream> open_over(ports::Family family, std::string url, ports::StreamHandler& handler) {
        opened.push_back(url);
        opened_over.push_back(family);
        return std::make_unique<SimStream>(*this, family, std::move(url), handler);
    }

public:
    std::unique_ptr<ports::Stream> open_stream(std::string url, milliseconds, ports::StreamHandler& handler) override {
        return open_over(ports::Family::v4, std::move(url), handler);
    }

    [[nodiscard]] std::size_t open_streams() const { return streams_.size(); }
    [[nodiscard]] std::size_t count(std::string_view path) const {
        return static_cast<std::size_t>(std::count_if(sent.begin(), sent.end(), [path](const Sent& one) { return one.path.find(path) != std::string::npos; }));
    }

private:
    void note(const wire::Request& request, ports::Family family, int status) {
        if (keep_sent) sent.push_back({clock_.wall(), request.method, request.host, std::string{request.path()}, status, family});
    }

    class SimStream final : public ports::Stream {
    public:
        SimStream(SimTransport& owner, ports::Family family, std::string url, ports::StreamHandler& handler)
            : owner_{owner}, family_{family}, url_{std::move(url)}, handler_{handler}, line_{*this} {
            owner_.streams_.insert(this);
            later([this] { open(url_); });
        }
        ~SimStream() override {
            alive_.reset();
            owner_.streams_.erase(this);
        }
        void send_text(std::string message) override {
            ++owner_.messages_sent;
            later([this, message = std::move(message)] {
                if (!socket_) return;
                owner_.world_.advance(owner_.clock_.true_time());
                socket_->on_text(message);
            });
        }

    private:
        /// What the exchange says on this socket.
        struct Line final : simulator::Outbox {
            explicit Line(SimStream& of) : stream{of} {}
            void send_text(std::string message) override { stream.from_exchange(std::move(message), false); }
            void send_binary(std::string message) override { stream.from_exchange(std::move(message), true); }
            void close(std::uint16_t, std::string_view reason) override {
                stream.later([this, words = std::string{reason}] { stream.end(words); });
            }
            SimStream& stream;
        };
        template <class Task>
        void later(Task&& task) {
            owner_.clock_.after(owner_.latency / 2, [alive = std::weak_ptr<bool>{alive_}, task = std::forward<Task>(task)] {
                if (!alive.expired()) task();
            });
        }
        void open(const std::string& url) {
            const auto parsed = wire::Url::parse(url);
            if (!parsed || (owner_.socket_refused && owner_.socket_refused(url)) || owner_.unreachable.contains(family_)) return end("refused");
            const auto prefix = owner_.prefixes_.find(parsed->host);
            const std::string target = (prefix == owner_.prefixes_.end() ? std::string{} : prefix->second) + parsed->target;
            owner_.world_.advance(owner_.clock_.true_time());
            auto answered = owner_.world_.open_socket({wire::Method::get, target, {}, {}, own_address(family_), false}, line_);
            if (!answered.socket) return end("the upgrade was refused");
            socket_ = std::move(answered.socket);
            open_ = true;
            handler_.on_open();
            deliver();
        }
        void from_exchange(std::string message, bool binary) {
            inbox_.emplace_back(std::move(message), binary);
            if (open_) later([this] { deliver(); });
        }
        void deliver() {
            const std::weak_ptr<bool> alive{alive_};
            while (!inbox_.empty()) {
                auto [message, binary] = std::move(inbox_.front());
                inbox_.pop_front();
                if (owner_.lost && owner_.lost(url_, message)) continue;
                message.reserve(message.size() + 64);
                binary ? handler_.on_binary(message) : handler_.on_text(message);
                if (alive.expired()) return;
            }
        }
        void end(const std::string& reason) {
            socket_.reset();
            handler_.on_closed(Error{ErrorKind::unreachable, reason, Fate::unknown, "closed"});
        }

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
