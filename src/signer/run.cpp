#include "signer/run.hpp"

#include "net/seqpacket.hpp"
#include "signer/codec.hpp"
#include "signer/hardening.hpp"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <poll.h>
#include <system_error>
#include <thread>

namespace bf::signer {
namespace {

constexpr int kFailed = 3;
constexpr int kPeersMax = 64;
/// A peer that does not fetch its answer for so long will not fetch it at all.
constexpr milliseconds kPatience = seconds{30};

void say(const Options& options, Saying what, const char* event, const std::string& sentence) {
    if (options.say != nullptr)
        options.say(what, event, sentence);
    else
        std::fprintf(stderr, "signer: %s\n", sentence.c_str());
}

int give_up(const Options& options, const std::string& sentence) {
    say(options, Saying::trouble, "stopped", sentence);
    return kFailed;
}

/// Somebody else's processes can knock as often as they like; the log hears of it this often.
constexpr milliseconds kTellRefused = seconds{10};

enum class Whose : std::uint8_t { own, guest };

/// What the limits' use became is written this much later, so that many orders share one write; after a failure that much.
constexpr milliseconds kWriteBehind{100};
constexpr milliseconds kWriteAgain = seconds{5};

/// The service, asked by one peer at a time, with a thread that writes behind the answers.
class SharedService {
public:
    explicit SharedService(Service& service) : service_{service}, writer_{[this] { write_behind(); }} {}
    SharedService(const SharedService&) = delete;
    SharedService& operator=(const SharedService&) = delete;
    ~SharedService() {
        {
            const std::lock_guard lock{wake_};
            stopping_ = true;
        }
        news_.notify_one();
        writer_.join();
    }

    /// Answers `peer` until it is gone or breaks the frame of the protocol.
    Status serve(net::Seqpacket& peer, Whose whose) {
        std::string reply;
        while (true) {
            const auto message = peer.receive();
            if (!message) return message.error().kind == ErrorKind::unreachable ? Status{} : Unexpected{message.error()};
            const bool turned_away = whose == Whose::guest && is_of_its_own_user(*message);
            Service::Thought thought;
            if (!turned_away && derives_a_key(*message)) {
                // One at a time: each takes 256 MiB.
                const std::lock_guard one{thinking_};
                thought = service_.think(*message);
            }
            bool unwritten = false;
            {
                const std::lock_guard lock{mutex_};
                if (turned_away)
                    service_.turn_away(*message, reply);
                else
                    service_.answer(*message, reply, std::move(thought));
                unwritten = service_.has_unwritten();
            }
            BF_TRY_VOID(peer.send(reply, kPatience));
            // Nobody waits for this any more.
            if (unwritten && !wanted_.exchange(true)) tell_writer();
        }
    }

private:
    void tell_writer() {
        { const std::lock_guard lock{wake_}; }
        news_.notify_one();
    }
    void write_behind() {
        std::unique_lock waiting{wake_};
        while (true) {
            news_.wait(waiting, [this] { return stopping_ || wanted_; });
            if (!stopping_) news_.wait_for(waiting, kWriteBehind, [this] { return stopping_; });
            const bool last = stopping_;
            waiting.unlock();
            wanted_ = false;
            const bool written = write();
            waiting.lock();
            if (last) return;
            if (written) continue;
            news_.wait_for(waiting, kWriteAgain, [this] { return stopping_; });
            wanted_ = true;
        }
    }
    bool write() {
        PolicyBook::Writing writing;
        {
            const std::lock_guard lock{mutex_};
            writing = service_.policies().begin_write();
        }
        const bool written = service_.policies().write(writing).has_value();
        const std::lock_guard lock{mutex_};
        service_.policies().end_write(writing, written);
        return written;
    }

    std::mutex mutex_;
    std::mutex thinking_;
    Service& service_;
    std::mutex wake_;
    std::condition_variable news_;
    std::atomic<bool> wanted_{false};
    bool stopping_{false};
    std::thread writer_;
};

struct Peer {
    net::Seqpacket link;
    Whose whose;
};

constexpr int kAcceptAgainMs = 50;

/// The door: whoever may come in.
class Door {
public:
    Door(const Options& options, int listener) : options_{options}, listener_{listener} {}

    Result<Peer> wait() {
        while (true) {
            pollfd waiting{listener_, POLLIN, 0};
            if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) return Unexpected{Error{ErrorKind::io, "waiting for a connection failed"}};
            auto socket = net::accept_local(listener_, options_.guest);
            if (!socket && socket.error().code == net::kOtherUser) tell(socket.error().detail);
            // Out of file descriptors: trying again at once would only burn the processor.
            if (!socket && socket.error().kind == ErrorKind::io) (void)::poll(nullptr, 0, kAcceptAgainMs);
            // One that gave up meanwhile is nobody's trouble.
            if (!socket || !socket->is_open()) continue;
            const bool own = net::check_peer(socket->get()).has_value();
            if (auto link = net::Seqpacket::adopt(std::move(*socket)); link) return Peer{std::move(*link), own ? Whose::own : Whose::guest};
        }
    }

private:
    void tell(const std::string& sentence) {
        const auto now = options_.clock.steady();
        if (told_ && now < *told_ + kTellRefused) return;
        told_ = now;
        say(options_, Saying::trouble, "peer_refused", sentence);
    }

    const Options& options_;
    int listener_;
    std::optional<std::chrono::microseconds> told_{};
};

/// A thread for each peer, which waits in recv(2): fewer system calls on the way of every order than any loop that polls first, and a
/// peer that does not fetch its answers holds up nobody but itself. Ends only when waiting fails.
Status serve_all(SharedService& service, Door door) {
    std::atomic<int> peers{0};
    while (true) {
        BF_TRY(auto peer, door.wait());
        if (peers.load() >= kPeersMax) continue;
        ++peers;
        try {
            std::thread{[&service, &peers, peer = std::move(peer)]() mutable {
                // However it ended: the peer is gone, and will connect again if it wants to.
                (void)service.serve(peer.link, peer.whose).has_value();
                --peers;
            }}.detach();
        } catch (const std::system_error&) {
            --peers;  // No room for another thread now: this peer is sent away.
        }
    }
}

/// Where the vault and what opens it lie.
std::vector<std::filesystem::path> folders_of(const Options& options) {
    if (!options.vault) return {};
    std::vector<std::filesystem::path> folders{options.vault->folder};
    for (const auto& file : {options.vault->key_file, options.vault->passphrase_file})
        if (!file.empty()) folders.push_back(file.parent_path());
    return folders;
}

Feature own_user(const Options& options) {
    if (!options.guest) return {"own_user", false, "it runs as the user of those who ask it"};
    return {"own_user", true, "its files and its memory belong to a user of its own; besides, only the user " + std::to_string(*options.guest) + " may ask it"};
}

Status run_at(const Options& options, std::vector<Feature> features) {
    const bool listening = !options.listen_at.empty();
    if (!listening) BF_TRY_VOID(net::check_peer(options.socket));
    // The vault first: whoever can connect gets an answer.
    Service service{{options.calls_of, options.policy, options.clock, options.simulated_only, options.limits}, options.vault};
    SharedService shared{service};
    const auto ready = [&]() -> Status {
        features.push_back(own_user(options));
        BF_TRY_VOID(seal_off(features, folders_of(options)));
        service.set_features(std::move(features));
        return {};
    };
    if (listening) {
        const auto reach = options.guest ? net::Reach::own_group : net::Reach::own_user;
        BF_TRY(const auto listener, net::listen_local(options.listen_at, net::LocalKind::seqpacket, reach));
        BF_TRY_VOID(ready());
        // By itself: an engine that was taken over would name a key of its own.
        say(options, Saying::news, "sealing_key", "What is sealed on a page or the command line is sealed to a key with the fingerprint " + service.fingerprint() + ".");
        return serve_all(shared, Door{options, listener.get()});
    }
    BF_TRY(auto link, net::Seqpacket::adopt(net::Fd{options.socket}));
    BF_TRY_VOID(ready());
    return shared.serve(link, Whose::own);
}

}  // namespace

int run(const Options& options) {
    auto features = harden(options.listen_at.empty() ? options.socket : options.lock);
    if (!features) return give_up(options, features.error().detail);
    const auto ended = run_at(options, std::move(features).value());
    return ended ? 0 : give_up(options, ended.error().detail);
}

}  // namespace bf::signer
