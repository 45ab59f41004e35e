#include "net/asio.hpp"
#include "net/local.hpp"
#include "net/seqpacket.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cstring>
#include <deque>
#include <vector>
#include <unordered_map>

namespace bf::net {
namespace {

constexpr std::size_t kNumber = 8;
constexpr milliseconds kSweep{100};
constexpr int kAnswersAtOnce = 256;

std::uint64_t number_of(std::string_view message) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < kNumber; ++i) number |= std::uint64_t{static_cast<unsigned char>(message[i])} << (8 * i);
    return number;
}

}  // namespace

struct CallClient::Inside : std::enable_shared_from_this<Inside> {
    struct Pending {
        Done done;
        std::chrono::steady_clock::time_point deadline;
        bool sent;
    };

    Inside(Loop& owner, std::string where, std::optional<uid_t> whose) : loop{owner}, path{std::move(where)}, server{whose}, ready{owner.context()} {}

    Loop& loop;
    std::string path;
    std::optional<uid_t> server;
    std::shared_ptr<Seqpacket> link{};     ///< Shared with the reading of an answer: its callback may end the link.
    asio::posix::stream_descriptor ready;  ///< Watches the link's socket, which the link owns.
    std::uint64_t last{0};
    std::unordered_map<std::uint64_t, Pending> pending{};
    std::deque<std::string> outbox{};
    std::string scratch{};
    ports::Timers::Id sweep_timer{0};
    bool going{false};

    void call(std::string_view request, milliseconds timeout, Done done);
    Status connect();
    void transmit(std::uint64_t number);
    void wait_read();
    void read();
    void wait_write();
    void lose(const Error& why);
    void fail_later(std::vector<Pending> those, Error why);
    void watch_time();
    void sweep();
};

void CallClient::Inside::call(std::string_view request, milliseconds timeout, Done done) {
    Pending entry{std::move(done), std::chrono::steady_clock::now() + timeout, false};
    const auto refuse = [&](Error why) {
        std::vector<Pending> one;
        one.push_back(std::move(entry));
        fail_later(std::move(one), std::move(why));
    };
    if (request.size() > kMessageMax - kNumber) return refuse({ErrorKind::bad_input, "The request is larger than 256 KiB."});
    if (!link) {
        if (auto connected = connect(); !connected) return refuse(std::move(connected).error());
    }
    const auto number = ++last;
    pending.emplace(number, std::move(entry));
    scratch.resize(kNumber);
    for (std::size_t i = 0; i < kNumber; ++i) scratch[i] = static_cast<char>(number >> (8 * i));
    scratch.append(request);
    transmit(number);
    watch_time();
}

Status CallClient::Inside::connect() {
    auto connected = Seqpacket::connect(path, server);
    if (!connected) {
        Error why = std::move(connected).error();
        why.kind = ErrorKind::unreachable;
        return Unexpected{std::move(why)};
    }
    link = std::make_shared<Seqpacket>(std::move(*connected));
    error_code ec;
    ready.assign(link->fd(), ec);
    if (ec) {
        link.reset();
        return Unexpected{Error{ErrorKind::unreachable, "Watching the link failed: " + explain(ec) + "."}};
    }
    wait_read();
    return {};
}

void CallClient::Inside::transmit(std::uint64_t number) {
    if (outbox.empty()) {
        const auto went = link->try_send(scratch);
        if (!went) return lose(went.error());
        if (*went) {
            pending.at(number).sent = true;
            return;
        }
        wait_write();
    }
    outbox.push_back(scratch);
}

void CallClient::Inside::wait_read() {
    ready.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](const error_code& ec) {
        if (!ec && self->link) self->read();
    });
}

/// Takes answers as long as some are owed, so that a single call costs a single receive. What nobody owes (a late answer, or the end) is
/// met by the wait that follows, which reports a readable socket again.
void CallClient::Inside::read() {
    const auto self = shared_from_this();
    const auto current = link;
    int taken = 0;
    do {
        const auto message = current->try_receive();
        if (!message) return lose(message.error());
        if (!message->has_value()) break;
        const std::string_view bytes = **message;
        if (bytes.size() < kNumber) return lose({ErrorKind::unreachable, "The other process sent a message without a number."});
        const auto found = pending.find(number_of(bytes));
        if (found == pending.end()) continue;  // Its caller has given up.
        const auto done = std::move(found->second.done);
        pending.erase(found);
        done(bytes.substr(kNumber));
        if (going || link != current) return;
    } while (!pending.empty() && ++taken < kAnswersAtOnce);
    wait_read();
}

void CallClient::Inside::wait_write() {
    ready.async_wait(asio::posix::stream_descriptor::wait_write, [self = shared_from_this()](const error_code& ec) {
        if (ec || !self->link) return;
        while (!self->outbox.empty()) {
            const auto number = number_of(self->outbox.front());
            const auto went = self->link->try_send(self->outbox.front());
            if (!went) return self->lose(went.error());
            if (!*went) return self->wait_write();
            self->outbox.pop_front();
            if (const auto found = self->pending.find(number); found != self->pending.end()) found->second.sent = true;
        }
    });
}

void CallClient::Inside::lose(const Error& why) {
    ready.release();
    link.reset();
    outbox.clear();
    std::vector<Pending> lost;
    for (auto& [number, entry] : pending) lost.push_back(std::move(entry));
    pending.clear();
    Error error = why;
    error.kind = ErrorKind::unreachable;
    fail_later(std::move(lost), std::move(error));
}

void CallClient::Inside::fail_later(std::vector<Pending> those, Error why) {
    asio::post(loop.context(), [self = shared_from_this(), those = std::move(those), why = std::move(why)]() mutable {
        for (auto& entry : those) {
            if (self->going) return;
            why.fate = entry.sent ? Fate::unknown : Fate::not_sent;
            entry.done(Unexpected{why});
        }
    });
}

void CallClient::Inside::watch_time() {
    if (sweep_timer != 0 || pending.empty()) return;
    sweep_timer = loop.after(kSweep, [this] { sweep(); });
}

void CallClient::Inside::sweep() {
    sweep_timer = 0;
    const auto now = std::chrono::steady_clock::now();
    std::vector<Pending> late;
    for (auto at = pending.begin(); at != pending.end();) {
        const bool keep = at->second.deadline > now;
        if (!keep) late.push_back(std::move(at->second));
        at = keep ? std::next(at) : pending.erase(at);
    }
    if (!late.empty()) {
        // What its caller is told never left must not leave later; nor may it pile up while the other process is stuck.
        std::erase_if(outbox, [this](const std::string& message) { return !pending.contains(number_of(message)); });
        fail_later(std::move(late), {ErrorKind::unreachable, "The other process did not answer in time.", Fate::unknown, "timeout"});
    }
    watch_time();
}

CallClient::CallClient(Loop& loop, std::string path, std::optional<uid_t> owner) : inside_{std::make_shared<Inside>(loop, std::move(path), owner)} {}

CallClient::~CallClient() {
    inside_->going = true;
    inside_->loop.cancel(inside_->sweep_timer);
    inside_->pending.clear();
    if (inside_->link) inside_->ready.release();
    inside_->link.reset();
}

void CallClient::call(std::string_view request, milliseconds timeout, Done done) {
    inside_->call(request, timeout, std::move(done));
}

}  // namespace bf::net
