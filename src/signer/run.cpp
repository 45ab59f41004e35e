#include "signer/run.hpp"

#include "signer/hardening.hpp"
#include "signer/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <poll.h>
#include <unistd.h>

namespace bf::signer {
namespace {

constexpr int kFailed = 3;
constexpr std::size_t kPeersMax = 64;

int give_up(const std::string& sentence) {
    std::fprintf(stderr, "signer: %s\n", sentence.c_str());
    return kFailed;
}

/// One process that asks. While an answer waits to be read by it, it is not asked for more: a slow reader only slows itself.
struct Peer {
    Descriptor socket;
    std::string waiting;
};

class Loop {
public:
    Loop(Service& service, int listening) : service_{service}, listening_{listening} { buffer_.resize(kMessageMax); }

    void take(Descriptor socket) { peers_.push_back({std::move(socket), {}}); }

    Status run() {
        while (listening_ >= 0 || !peers_.empty()) {
            BF_TRY_VOID(wait());
            const std::size_t first = listening_ >= 0 ? 1 : 0;
            const auto polled = waits_.size() - first;
            for (std::size_t i = 0; i < polled; ++i)
                if (waits_[first + i].revents != 0 && !serve(peers_[i])) peers_[i].socket = Descriptor{};
            std::erase_if(peers_, [](const Peer& peer) { return !peer.socket; });
            if (first == 1 && waits_[0].revents != 0) BF_TRY_VOID(accept());
        }
        return {};
    }

private:
    Status wait() {
        waits_.clear();
        if (listening_ >= 0) waits_.push_back({listening_, POLLIN, 0});
        for (const auto& peer : peers_)
            waits_.push_back({peer.socket.number(), static_cast<short>(peer.waiting.empty() ? POLLIN : POLLOUT), 0});
        while (::poll(waits_.data(), waits_.size(), -1) < 0)
            if (errno != EINTR) return Unexpected{Error{ErrorKind::io, "waiting for messages failed"}};
        return {};
    }

    Status accept() {
        BF_TRY(auto peer, accept_from(listening_, ::geteuid()));
        if (peer && peers_.size() < kPeersMax) take(std::move(*peer));
        return {};
    }

    /// False when the peer is gone or breaks the protocol's frame.
    bool serve(Peer& peer) {
        if (peer.waiting.empty()) {
            std::string_view message;
            const auto received = receive(peer.socket.number(), buffer_, message);
            if (!received || *received == Received::closed) return false;
            service_.answer(message, reply_);
            const auto sent = try_send(peer.socket.number(), reply_);
            if (sent && !*sent) peer.waiting = reply_;
            return sent.has_value();
        }
        const auto sent = try_send(peer.socket.number(), peer.waiting);
        if (sent && *sent) peer.waiting.clear();
        return sent.has_value();
    }

    Service& service_;
    int listening_;
    std::vector<Peer> peers_;
    std::vector<pollfd> waits_;
    std::string buffer_;
    std::string reply_;
};

}  // namespace

int run(const Options& options) {
    Descriptor socket{options.socket};
    auto features = harden(options.socket);
    if (!features) return give_up(features.error().detail);
    if (options.kind == Options::Socket::connected) {
        const auto user = peer_user(options.socket);
        if (!user || *user != ::geteuid()) return give_up("its socket's other end belongs to another user");
    }
    Service service{{options.calls_of, options.policy, options.clock}, options.vault};
    seal_off(*features);
    service.set_features(std::move(features).value());
    const bool listening = options.kind == Options::Socket::listening;
    Loop loop{service, listening ? options.socket : -1};
    if (!listening) loop.take(std::move(socket));
    const auto ended = loop.run();
    return ended ? 0 : give_up(ended.error().detail);
}

}  // namespace bf::signer
