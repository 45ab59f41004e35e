#include "signer/run.hpp"

#include "net/seqpacket.hpp"
#include "signer/hardening.hpp"

#include <cstdio>

namespace bf::signer {
namespace {

constexpr int kFailed = 3;
constexpr milliseconds kForEver{-1};
/// A peer that does not fetch its answer for so long will not fetch it at all.
constexpr milliseconds kPatience = seconds{30};

int give_up(const std::string& sentence) {
    std::fprintf(stderr, "signer: %s\n", sentence.c_str());
    return kFailed;
}

class Answering final : public net::SeqpacketServer::Events {
public:
    Answering(Service& service, net::SeqpacketServer& server) : service_{service}, server_{server} {}
    void on_message(net::SeqpacketServer::ClientId client, std::string_view message) override {
        service_.answer(message, reply_);
        server_.send(client, reply_);
    }

private:
    Service& service_;
    net::SeqpacketServer& server_;
    std::string reply_;
};

/// Serves whoever connects. Ends only when waiting itself fails.
Error serve_all(Service& service, net::SeqpacketServer& server) {
    Answering answering{service, server};
    while (true)
        if (auto served = server.serve_once(kForEver, answering); !served) return std::move(served).error();
}

/// Serves the one peer until it is gone.
Status serve_one(Service& service, net::Seqpacket& link) {
    std::string reply;
    while (true) {
        const auto message = link.receive(std::chrono::hours{24});
        if (!message && message.error().code == "timeout") continue;
        if (!message) return message.error().kind == ErrorKind::unreachable ? Status{} : Unexpected{message.error()};
        service.answer(*message, reply);
        BF_TRY_VOID(link.send(reply, kPatience));
    }
}

Status run_at(const Options& options, std::vector<Feature> features) {
    if (options.listen_at.empty()) {
        BF_TRY_VOID(net::check_peer(options.socket));
        BF_TRY(auto link, net::Seqpacket::adopt(net::Fd{options.socket}));
        Service service{{options.calls_of, options.policy, options.clock}, options.vault};
        seal_off(features);
        service.set_features(std::move(features));
        return serve_one(service, link);
    }
    // The vault first: whoever can connect gets an answer.
    Service service{{options.calls_of, options.policy, options.clock}, options.vault};
    BF_TRY(auto server, net::SeqpacketServer::listen(options.listen_at));
    seal_off(features);
    service.set_features(std::move(features));
    return Unexpected{serve_all(service, server)};
}

}  // namespace

int run(const Options& options) {
    auto features = harden(options.listen_at.empty() ? options.socket : -1);
    if (!features) return give_up(features.error().detail);
    const auto ended = run_at(options, std::move(features).value());
    return ended ? 0 : give_up(ended.error().detail);
}

}  // namespace bf::signer
