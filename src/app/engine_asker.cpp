#include "app/engine_asker.hpp"

#include "app/processes.hpp"
#include "server/link_codec.hpp"

namespace bf::app {
namespace {

constexpr milliseconds kPatience{20000};

server::ApiReply no_server() {
    return server::problem_reply(503, "no_server", "No server", "No BackFuture server answers in this data folder: start it with `backfuture serve`, or name its folder with --data.");
}

}  // namespace

EngineAsker::EngineAsker(const std::string& data) : link_{loop_, engine_socket(data), net::LinkClient::Reconnect::never, *this} {}

server::ApiReply EngineAsker::ask(wire::Method method, std::string path, std::string body, std::string query) {
    reply_.reset();
    loop_.run_until([this] { return connected_ || lost_; }, seconds{5});
    server::ApiRequest request{method, "/api/v1/" + path, std::move(query), std::move(body), language_, server::Actor::at_the_console()};
    if (!connected_ || !link_.send(server::encode(server::LinkQuestion{1, std::move(request)}))) return no_server();
    loop_.run_until([this] { return reply_.has_value() || lost_; }, kPatience);
    return reply_.value_or(no_server());
}

void EngineAsker::on_message(std::string_view message) {
    auto decoded = server::decode_from_engine(message);
    if (decoded && std::holds_alternative<server::LinkAnswer>(*decoded)) reply_ = std::move(std::get<server::LinkAnswer>(*decoded).reply);
}

}  // namespace bf::app
