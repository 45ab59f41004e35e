#include "support/sim_transport.hpp"

namespace bf::test {

SimTransport::SimTransport(SimClock& clock, simulator::World& world) : clock_{clock}, world_{world} {
    for (const auto id : exchange::known_exchanges()) {
        const auto& info = exchange::calls_of(id)->info();
        const std::string prefix = "/" + std::string{exchange::to_string(id)};
        for (const auto host : info.futures_hosts) prefixes_[std::string{host}] = prefix + "/futures";
        for (const auto host : info.other_hosts) prefixes_[std::string{host}] = prefix;
    }
}

void SimTransport::send_over(ports::Family family, wire::Request request, milliseconds timeout, Done done) {
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

std::unique_ptr<ports::Stream> SimTransport::open_over(ports::Family family, std::string url, ports::StreamHandler& handler) {
    opened.push_back(url);
    opened_over.push_back(family);
    return std::make_unique<SimStream>(*this, family, std::move(url), handler);
}

std::unique_ptr<ports::Stream> SimTransport::open_stream(std::string url, milliseconds, ports::StreamHandler& handler) {
    return open_over(ports::Family::v4, std::move(url), handler);
}

std::size_t SimTransport::count(std::string_view path) const {
    return static_cast<std::size_t>(std::count_if(sent.begin(), sent.end(), [path](const Sent& one) { return one.path.find(path) != std::string::npos; }));
}

void SimTransport::note(const wire::Request& request, ports::Family family, int status) {
    if (keep_sent) sent.push_back({clock_.wall(), request.method, request.host, std::string{request.path()}, status, family});
}

SimTransport::SimStream::SimStream(SimTransport& owner, ports::Family family, std::string url, ports::StreamHandler& handler)
    : owner_{owner}, family_{family}, url_{std::move(url)}, handler_{handler}, line_{*this} {
    owner_.streams_.insert(this);
    later([this] { open(url_); });
}

SimTransport::SimStream::~SimStream() {
    alive_.reset();
    owner_.streams_.erase(this);
}

void SimTransport::SimStream::send_text(std::string message) {
    ++owner_.messages_sent;
    later([this, message = std::move(message)] {
        if (!socket_) return;
        owner_.world_.advance(owner_.clock_.true_time());
        socket_->on_text(message);
    });
}

void SimTransport::SimStream::Line::close(std::uint16_t, std::string_view reason) {
    stream.later([this, words = std::string{reason}] { stream.end(words); });
}

void SimTransport::SimStream::open(const std::string& url) {
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

void SimTransport::SimStream::from_exchange(std::string message, bool binary) {
    inbox_.emplace_back(std::move(message), binary);
    if (open_) later([this] { deliver(); });
}

void SimTransport::SimStream::deliver() {
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

void SimTransport::SimStream::end(const std::string& reason) {
    socket_.reset();
    handler_.on_closed(Error{ErrorKind::unreachable, reason, Fate::unknown, "closed"});
}

}  // namespace bf::test
