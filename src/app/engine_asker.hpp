// One question after another to the engine of a running server, over the Unix socket in its data folder, as the user who owns it.
#pragma once
#include "net/local.hpp"
#include "server/api.hpp"

#include <optional>
#include <string>

namespace bf::app {

class EngineAsker final : private net::LinkClient::Events {
public:
    explicit EngineAsker(const std::string& data);
    /// The same questions to the process that listens at `socket`.
    static EngineAsker at(const std::string& socket) { return EngineAsker{socket, 0}; }
    /// The language of the answers' sentences; English unless told.
    void speak(exchange::Language language) { language_ = language; }

    /// `path` behind /api/v1/. Where no server answers: a problem that says so.
    server::ApiReply ask(wire::Method method, std::string path, std::string body = {}, std::string query = {});
    /// Until the span is over, or a signal comes in between.
    void wait(milliseconds span) {
        loop_.run_until([] { return false; }, span);
    }

private:
    EngineAsker(const std::string& socket, int) : link_{loop_, socket, net::LinkClient::Reconnect::never, *this} {}
    void on_connected() override { connected_ = true; }
    void on_lost(const Error&) override { lost_ = true; }
    void on_message(std::string_view message) override;

    net::Loop loop_;
    exchange::Language language_{exchange::Language::en};
    bool connected_{false};
    bool lost_{false};
    std::optional<server::ApiReply> reply_;
    net::LinkClient link_;
};

}  // namespace bf::app
