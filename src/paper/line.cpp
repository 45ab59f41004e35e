// Requests and WebSockets to the paper exchanges, as a network would carry them.
#include "paper/exchanges_inside.hpp"

namespace bf::paper {
namespace {

constexpr std::size_t kPadding = 64;  ///< Readable bytes behind a message, for the reader of its JSON.

Error no_such_host() { return {ErrorKind::unreachable, "There is no such paper exchange.", Fate::not_sent, "no_host"}; }

}  // namespace

void Exchanges::Door::send(wire::Request request, milliseconds timeout, Done done) {
    const auto where = read_paper_host(request.host);
    if (!where || owner_.find_site(where->first) == nullptr) {
        owner_.setup_.timers.after(milliseconds{0}, [done = std::move(done)] { done(Unexpected{no_such_host()}); });
        return;
    }
    owner_.handle(where->first, where->second, request, timeout, std::move(done));
}

std::unique_ptr<ports::Stream> Exchanges::Door::open_stream(std::string url, milliseconds timeout, ports::StreamHandler& handler) {
    const auto address = wire::Url::parse(url);
    const auto where = address ? read_paper_host(address->host) : std::nullopt;
    // An address that names no venue leads nowhere: such a stream ends at once.
    return owner_.line(where ? where->first : Venue{}).open_stream(where ? std::move(url) : std::string{}, timeout, handler);
}

void Exchanges::Line::send(wire::Request request, milliseconds timeout, Done done) {
    const auto named = read_paper_host(request.host);
    owner_.handle(venue_, named ? named->second : request.host, request, timeout, std::move(done));
}

std::unique_ptr<ports::Stream> Exchanges::Line::open_stream(std::string url, milliseconds, ports::StreamHandler& handler) {
    return std::make_unique<PaperStream>(owner_, venue_, std::move(url), handler);
}

Exchanges::PaperStream::PaperStream(Exchanges& owner, const Venue& venue, std::string url, ports::StreamHandler& handler)
    : owner_{owner}, venue_{venue}, handler_{handler}, mouth_{*this} {
    owner_.setup_.timers.after(milliseconds{0}, mine([this, url = std::move(url)] { open(url); }));
}

Exchanges::PaperStream::~PaperStream() { alive_.reset(); }

void Exchanges::PaperStream::open(const std::string& url) {
    const auto address = wire::Url::parse(url);
    if (!address || owner_.find_site(venue_) == nullptr) return handler_.on_closed(no_such_host());
    const auto named = read_paper_host(address->host);
    auto& where = owner_.site(venue_);
    owner_.bring_up_to_date(where);
    // The paper exchange's own addresses begin with its prefix, the real ones don't.
    const auto prefix = owner_.prefix_of(venue_, named ? named->second : address->host);
    const bool has_prefix = address->target.starts_with("/" + std::string{exchange::to_string(venue_.exchange)} + "/");
    auto opened = where.world->open_socket({wire::Method::get, has_prefix ? address->target : prefix + address->target, {}, {}, "127.0.0.1", true}, mouth_);
    if (opened.socket) {
        socket_ = std::move(opened.socket);
        handler_.on_open();
    } else {
        end("the upgrade was refused");
    }
    owner_.commit(where);
}

void Exchanges::PaperStream::send_text(std::string message) {
    owner_.setup_.timers.after(milliseconds{0}, mine([this, message = std::move(message)] {
        if (!socket_) return;
        auto& where = owner_.site(venue_);
        owner_.bring_up_to_date(where);
        socket_->on_text(message);
        owner_.commit(where);
    }));
}

void Exchanges::PaperStream::tell(std::string message, bool binary) {
    owner_.later(mine([this, message = std::move(message), binary]() mutable {
        message.reserve(message.size() + kPadding);
        binary ? handler_.on_binary(message) : handler_.on_text(message);
    }));
}

void Exchanges::PaperStream::Mouth::close(std::uint16_t, std::string_view reason) { stream.end(std::string{reason}); }

void Exchanges::PaperStream::end(std::string reason) {
    owner_.later(mine([this, reason = std::move(reason)] {
        socket_.reset();
        handler_.on_closed(Error{ErrorKind::unreachable, reason, Fate::unknown, "closed"});
    }));
}

}  // namespace bf::paper
