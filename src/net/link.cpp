#include "net/asio.hpp"
#include "net/local.hpp"
#include "net/local_socket.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

namespace bf::net {
namespace {

constexpr std::size_t kHead = 4;
constexpr std::size_t kPadding = 64;  ///< simdjson reads up to this many bytes past the end of what it parses.
constexpr std::size_t kReadAtOnce = 16 * 1024;
constexpr std::size_t kOutboxMax = 32 * 1024 * 1024;
constexpr milliseconds kAcceptAgain{50};
constexpr milliseconds kRetryMin{50};
constexpr milliseconds kRetryMax{2'000};

/// One link of either side. The owner's functions are forgotten when it lets go.
class Link : public std::enable_shared_from_this<Link> {
public:
    using Socket = asio::local::stream_protocol::socket;
    struct Owner {
        std::function<void(std::string_view)> message;
        std::function<void(const Error&)> lost;
    };

    Link(asio::io_context& context, Owner owner) : socket_{context}, owner_{std::move(owner)} {}

    Status start(Fd fd) {
        error_code ec;
        socket_.assign(asio::local::stream_protocol{}, fd.get(), ec);
        if (ec) return Unexpected{Error{ErrorKind::io, "Watching the link failed: " + explain(ec) + "."}};
        fd.release();
        read();
        return {};
    }

    void send(std::string_view message) {
        if (!socket_.is_open()) return;
        if (message.size() > kLinkMessageMax || going_out_.size() + filling_.size() + message.size() > kOutboxMax)
            return lose("the other process does not read, or the message is too large");
        const auto size = static_cast<std::uint32_t>(message.size());
        for (std::size_t i = 0; i < kHead; ++i) filling_.push_back(static_cast<char>(size >> (8 * i)));
        filling_.append(message);
        write_next();
    }

    /// No callback any more.
    void let_go() {
        owner_ = {};
        error_code ignored;
        socket_.close(ignored);
    }

private:
    void read() {
        // More room comes with what has arrived, not with what is announced: an announcement costs its sender nothing.
        const auto room = used_ + std::max(kReadAtOnce, std::min(used_, wanted_ > used_ ? wanted_ - used_ : 0));
        if (incoming_.size() < room) incoming_.resize(room);
        socket_.async_read_some(asio::buffer(incoming_.data() + used_, incoming_.size() - used_),
                                [self = shared_from_this()](const error_code& ec, std::size_t size) {
                                    if (ec) return self->lose(ec == asio::error::eof ? "the other process has closed it" : explain(ec));
                                    self->used_ += size;
                                    self->deliver();
                                });
    }

    /// Hands over all whole messages. While that happens a few bytes behind each may belong to the next: readable is all they must be.
    void deliver() {
        std::size_t at = 0;
        wanted_ = 0;
        while (used_ - at >= kHead) {
            std::size_t size = 0;
            for (std::size_t i = 0; i < kHead; ++i) size |= std::size_t{static_cast<unsigned char>(incoming_[at + i])} << (8 * i);
            if (size > kLinkMessageMax) return lose("a message was larger than the limit");
            if (used_ - at - kHead < size) {
                wanted_ = kHead + size;
                break;
            }
            if (incoming_.size() < at + kHead + size + kPadding) incoming_.resize(at + kHead + size + kPadding);
            const auto message = owner_.message;
            if (!message) return;
            message({incoming_.data() + at + kHead, size});
            at += kHead + size;
        }
        if (!socket_.is_open()) return;
        std::copy(incoming_.begin() + static_cast<std::ptrdiff_t>(at), incoming_.begin() + static_cast<std::ptrdiff_t>(used_),
                  incoming_.begin());
        used_ -= at;
        if (used_ == 0 && incoming_.size() > 8 * kReadAtOnce) incoming_ = {};
        read();
    }

    void write_next() {
        if (writing_ || filling_.empty()) return;
        writing_ = true;
        going_out_.swap(filling_);
        asio::async_write(socket_, asio::buffer(going_out_), [self = shared_from_this()](const error_code& ec, std::size_t) {
            self->writing_ = false;
            if (self->going_out_.capacity() > 8 * kReadAtOnce) self->going_out_ = {};
            self->going_out_.clear();
            if (!ec) self->write_next();  // An error shows in the pending read, which reports it.
        });
    }

    void lose(const std::string& why) {
        const auto owner = std::move(owner_);
        owner_ = {};
        error_code ignored;
        socket_.close(ignored);
        if (!owner.lost) return;
        // Later, because it may be our owner's own call that found out.
        asio::post(socket_.get_executor(), [lost = owner.lost, why] {
            lost({ErrorKind::unreachable, "The link to the other process is lost: " + why + ".", Fate::unknown, "closed"});
        });
    }

    Socket socket_;
    Owner owner_;
    std::vector<char> incoming_{};
    std::size_t used_{0};
    std::size_t wanted_{0};  ///< Bytes of the message that is under way, as far as its head says.
    std::string filling_{};
    std::string going_out_{};
    bool writing_{false};
};

}  // namespace

struct LinkServer::Inside : std::enable_shared_from_this<Inside> {
    Inside(Loop& owner, Events& handler) : loop{owner}, events{&handler}, listener{owner.context()} {}

    Loop& loop;
    Events* events;  ///< Nobody once the server is going.
    asio::posix::stream_descriptor listener;
    Id last{0};
    std::map<Id, std::shared_ptr<Link>> links{};

    void wait() {
        listener.async_wait(asio::posix::stream_descriptor::wait_read, [self = self_weak()](const error_code& ec) {
            const auto inside = self.lock();
            if (ec || !inside || inside->events == nullptr) return;
            if (inside->accept()) return inside->wait();
            // Out of file descriptors: trying again at once would only burn the processor.
            inside->loop.after(kAcceptAgain, [self] {
                if (const auto later = self.lock(); later && later->events != nullptr) later->wait();
            });
        });
    }
    std::weak_ptr<Inside> self_weak() { return weak_from_this(); }

    /// False when none can be accepted now.
    bool accept() {
        auto socket = accept_local(listener.native_handle());
        if (!socket || !socket->is_open()) return socket || socket.error().kind != ErrorKind::io;
        const Id id = ++last;
        const Link::Owner owner{.message =
                                    [self = self_weak(), id](std::string_view message) {
                                        if (const auto inside = self.lock(); inside && inside->events != nullptr)
                                            inside->events->on_message(id, message);
                                    },
                                .lost =
                                    [self = self_weak(), id](const Error&) {
                                        const auto inside = self.lock();
                                        if (!inside || inside->events == nullptr) return;
                                        inside->links.erase(id);
                                        inside->events->on_left(id);
                                    }};
        auto link = std::make_shared<Link>(loop.context(), owner);
        if (!link->start(std::move(*socket))) return true;
        links.emplace(id, std::move(link));
        events->on_joined(id);
        return true;
    }
};

LinkServer::LinkServer(std::shared_ptr<Inside> inside) : inside_{std::move(inside)} {}

LinkServer::~LinkServer() {
    inside_->events = nullptr;
    error_code ignored;
    inside_->listener.close(ignored);
    for (const auto& [id, link] : inside_->links) link->let_go();
}

Result<std::unique_ptr<LinkServer>> LinkServer::open(Loop& loop, const std::string& path, Events& events) {
    BF_TRY(auto listener, listen_local(path, LocalKind::stream));
    auto inside = std::make_shared<Inside>(loop, events);
    error_code ec;
    inside->listener.assign(listener.get(), ec);
    if (ec) return Unexpected{Error{ErrorKind::io, "Watching " + path + " failed: " + explain(ec) + "."}};
    listener.release();
    inside->wait();
    return std::unique_ptr<LinkServer>{new LinkServer{std::move(inside)}};
}

void LinkServer::send(Id id, std::string_view message) {
    if (const auto found = inside_->links.find(id); found != inside_->links.end()) found->second->send(message);
}

void LinkServer::drop(Id id) {
    const auto found = inside_->links.find(id);
    if (found == inside_->links.end()) return;
    found->second->let_go();
    inside_->links.erase(found);
}

struct LinkClient::Inside : std::enable_shared_from_this<Inside> {
    Inside(Loop& owner, std::string where, Reconnect again, Events& handler)
        : loop{owner}, path{std::move(where)}, reconnect{again}, events{&handler} {}

    Loop& loop;
    std::string path;
    Reconnect reconnect;
    Events* events;  ///< Nobody once the client is going.
    std::shared_ptr<Link> link{};
    milliseconds pause{kRetryMin};
    ports::Timers::Id timer{0};

    void connect() {
        auto socket = connect_local(path, LocalKind::stream);
        if (!socket) return lost(socket.error());
        const Link::Owner owner{.message =
                                    [self = weak_from_this()](std::string_view message) {
                                        const auto inside = self.lock();
                                        if (inside && inside->events != nullptr) inside->events->on_message(message);
                                    },
                                .lost =
                                    [self = weak_from_this()](const Error& why) {
                                        if (const auto inside = self.lock()) inside->lost(why);
                                    }};
        link = std::make_shared<Link>(loop.context(), owner);
        if (auto started = link->start(std::move(*socket)); !started) return lost(started.error());
        pause = kRetryMin;
        events->on_connected();
    }

    void lost(const Error& why) {
        if (events == nullptr) return;
        link.reset();
        if (reconnect == Reconnect::always) {
            timer = loop.after(pause, [this] { connect(); });
            pause = std::min(pause * 2, kRetryMax);
        }
        events->on_lost(why);
    }
};

LinkClient::LinkClient(Loop& loop, std::string path, Reconnect reconnect, Events& events)
    : inside_{std::make_shared<Inside>(loop, std::move(path), reconnect, events)} {
    inside_->timer = loop.after(milliseconds{0}, [inside = inside_.get()] { inside->connect(); });
}

LinkClient::~LinkClient() {
    inside_->events = nullptr;
    inside_->loop.cancel(inside_->timer);
    if (inside_->link) inside_->link->let_go();
}

bool LinkClient::send(std::string_view message) {
    if (!inside_->link) return false;
    inside_->link->send(message);
    return true;
}

}  // namespace bf::net
