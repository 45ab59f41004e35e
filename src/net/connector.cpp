#include "net/connector.hpp"

#include "exchange/remark.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>

namespace bf::net {
namespace {

/// Of an IPv6 address: this machine has none of its own to leave by. Over IPv4 the same is a network that is down.
bool has_no_way_over_v6(const asio::ip::address& to, const error_code& ec) {
    namespace errc = boost::system::errc;
    return to.is_v6() && (ec == errc::network_unreachable || ec == errc::address_not_available || ec == errc::address_family_not_supported);
}

}  // namespace

std::shared_ptr<Connector> Connector::start(Outbound& outbound, Endpoint endpoint, Deadline deadline, Done done) {
    auto self = std::make_shared<Connector>(outbound, std::move(endpoint), deadline, std::move(done));
    self->limit(deadline);
    outbound.resolver.resolve(self->endpoint_.host, [self](Result<Resolver::Addresses> found) { self->resolved(std::move(found)); });
    return self;
}

Connector::Connector(Outbound& outbound, Endpoint endpoint, Deadline deadline, Done done)
    : outbound_{outbound},
      endpoint_{std::move(endpoint)},
      deadline_{deadline},
      done_{std::move(done)},
      stream_{outbound.context},
      timer_{outbound.context} {}

void Connector::cancel() {
    done_ = nullptr;
    timer_.cancel();
    stream_.close();
}

void Connector::resolved(Result<Resolver::Addresses> found) {
    if (!done_) return;
    if (!found) return finish(Unexpected{std::move(found).error()});
    addresses_ = std::move(*found);
    try_next();
}

void Connector::try_next() {
    stage_ = "connecting";
    connecting_ = true;
    // An address that swallows packets must leave time for the next one.
    const auto now = std::chrono::steady_clock::now();
    const auto share = (deadline_ - now) / static_cast<long>(addresses_.size() - next_);
    limit(std::min(deadline_, now + std::max<Deadline::duration>(share, std::chrono::milliseconds{500})));
    const asio::ip::tcp::endpoint place{addresses_[next_++], endpoint_.port};
    stream_.socket().async_connect(place, [self = shared_from_this()](const error_code& ec) { self->connected(ec); });
}

void Connector::connected(const error_code& ec) {
    if (!done_) return;
    connecting_ = false;
    if (ec) {
        stream_.close();
        const bool time_left = std::chrono::steady_clock::now() < deadline_;
        if (next_ < addresses_.size() && time_left) return try_next();
        if (!time_left) return timed_out();
        if (has_no_way_over_v6(addresses_[next_ - 1], ec)) return fail("this server has no way out over IPv6 (" + explain(ec) + ")", "no_ipv6");
        return fail(explain(ec), "connect");
    }
    stream_.tune();
    if (!endpoint_.secure) return finish(std::move(stream_));
    shake_hands();
}

void Connector::shake_hands() {
    stage_ = "setting up TLS";
    limit(deadline_);
    auto ssl = outbound_.tls.connection(endpoint_.host, endpoint_.port);
    if (!ssl) return finish(Unexpected{std::move(ssl).error()});
    if (auto started = stream_.start_tls(std::move(*ssl)); !started) return finish(Unexpected{std::move(started).error()});
    stream_.async_handshake([self = shared_from_this()](const error_code& ec) {
        if (!self->done_) return;
        if (!ec) return self->finish(std::move(self->stream_));
        const auto& why = self->stream_.tls_failure();
        self->fail("TLS failed: " + (why.empty() ? explain(ec) : why), "tls");
    });
}

void Connector::limit(Deadline until) {
    timer_.expires_at(until);
    timer_.async_wait([self = shared_from_this()](const error_code& ec) {
        if (!ec && self->done_ && self->timer_.expiry() <= std::chrono::steady_clock::now()) self->timed_out();
    });
}

void Connector::timed_out() {
    if (connecting_) return stream_.close();  // connected() comes with an error and goes on from there.
    fail(std::string{"no answer in time while "} + stage_, "timeout");
}

void Connector::fail(const std::string& why, const char* code) {
    finish(Unexpected{Error{ErrorKind::unreachable, exchange::say(exchange::Remark::not_reached, {endpoint_.host, why}), Fate::not_sent, code}});
}

void Connector::finish(Result<SocketStream> result) {
    timer_.cancel();
    if (!result) stream_.close();
    const auto done = std::move(done_);
    done_ = nullptr;
    done(std::move(result));
}

}  // namespace bf::net
