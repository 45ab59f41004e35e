// Links between our own processes with a hostile peer at the other end: whatever bytes come, in whatever pieces, a link hands over exactly the
// messages that were framed, and is cut at the first that is too large; a call is answered once, by the answer with its number or by an error.
#include "chance.hpp"
#include "net/asio.hpp"
#include "net/local.hpp"
#include "net/seqpacket.hpp"
#include "support/scratch.hpp"

#include <cerrno>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace bf;

namespace {

class Listener final : public net::LinkServer::Events {
public:
    void on_message(net::LinkServer::Id, std::string_view message) override {
        // Readable behind its end, as the reader of JSON needs it.
        volatile char last = message.data()[message.size() + 63];
        (void)last;
        got.emplace_back(message);
    }
    void on_left(net::LinkServer::Id) override { left = true; }
    std::vector<std::string> got{};
    bool left{false};
};

/// Whatever is ready now.
void poll(net::Loop& loop) {
    loop.context().restart();
    loop.context().poll();
}

/// The other end reads when no more fits; one that has hung up takes nothing.
void write_all(net::Loop& loop, int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) return;
        if (sent < 0) poll(loop);
        else bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void link(fuzz::Input& input) {
    static test::Scratch scratch;
    static net::Loop loop;
    static Listener listener;
    static const auto server = net::LinkServer::open(loop, (scratch.path() / "links" / "link").native(), listener).value();
    listener.got.clear();
    listener.left = false;
    auto peer = net::connect_local((scratch.path() / "links" / "link").native(), net::LocalKind::stream).value();
    const auto cuts = input.byte();
    const auto bytes = input.rest();
    // What a link is: lengths of four bytes, each with so many behind it.
    std::vector<std::string> framed;
    for (auto left = bytes; left.size() >= 4;) {
        std::size_t size = 0;
        for (std::size_t i = 0; i < 4; ++i) size |= std::size_t{static_cast<unsigned char>(left[i])} << (8 * i);
        if (size > net::kLinkMessageMax || left.size() - 4 < size) break;
        framed.emplace_back(left.substr(4, size));
        left.remove_prefix(4 + size);
    }
    const std::size_t piece = cuts == 0 ? bytes.size() : std::max<std::size_t>(bytes.size() * cuts / 512, 1);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        write_all(loop, peer.get(), bytes.substr(at, piece));
        if (at < 8 * piece) poll(loop);
    }
    ::shutdown(peer.get(), SHUT_WR);
    fuzz::must(loop.run_until([] { return listener.left; }, seconds{5}), "a peer that is gone has left");
    fuzz::must(listener.got == framed, "a link hands over what was framed");
}

void calls(fuzz::Input& input) {
    static test::Scratch scratch;
    static net::Loop loop;
    static const std::string path = (scratch.path() / "calls" / "call").native();
    static const auto listener = net::listen_local(path, net::LocalKind::seqpacket).value();
    std::optional<net::Seqpacket> peer;
    const auto answer_all = [&] {
        if (auto socket = net::accept_local(listener.get()); socket && socket->is_open()) peer = net::Seqpacket::adopt(std::move(*socket)).value();
        while (peer) {
            const auto message = peer->try_receive();
            if (!message) return peer.reset();
            if (!message->has_value()) return;
            for (auto answers = input.below(4); answers > 0; --answers) {
                const auto kind = input.below(4);
                std::string answer;
                if (kind > 0 && (*message)->size() >= 8) answer = (*message)->substr(0, 8);
                if (kind == 2) answer[input.below(8)] = static_cast<char>(input.byte());
                answer += input.take(input.below(64));
                // Empty, it can't be sent: the peer hangs up.
                if (!peer->try_send(answer)) return peer.reset();
            }
        }
    };
    net::CallClient client{loop, path};
    int done = 0, made = 0;
    while (made < 6 && !input.empty()) {
        client.call(std::string(input.below(40), 'q'), seconds{5}, [&done](const Result<std::string_view>& answer) {
            ++done;
            if (answer) fuzz::must(std::string{*answer}.size() == answer->size(), "an answer can be read");
            else fuzz::must(!answer.error().detail.empty(), "a failure has a sentence");
        });
        ++made;
        for (int i = 0; i < 2; ++i) {
            answer_all();
            poll(loop);
        }
        fuzz::must(done <= made, "a call is answered once");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    if (input.flag()) calls(input);
    else link(input);
    return 0;
}
