// The simulated exchanges on a socket: puts the pure simulator::World behind the server of net/ and lets time pass in it. Used by
// `backfuture simulate` and by the demo.
#pragma once
#include "net/server.hpp"
#include "simulator/world.hpp"

#include <filesystem>

namespace bf::app {

struct SimulatorOptions {
    std::string address{"127.0.0.1"};  ///< "localhost" is both of the machine's own, 127.0.0.1 and ::1, at one port.
    std::uint16_t port{0};  ///< 0 picks one.
    std::vector<std::string> exchanges{"mexc", "kucoin"};
    std::uint64_t seed{1};
    bool limits{true};
    bool tls{false};
};

class SimulatorServer final : public net::ServerHandler {
public:
    /// Listens when it returns.
    static Result<std::unique_ptr<SimulatorServer>> open(net::Loop& loop, const SimulatorOptions& options);
    ~SimulatorServer() override;

    [[nodiscard]] std::string base_url() const;  ///< "http://127.0.0.1:8500"
    [[nodiscard]] std::string exchange_url(std::string_view exchange) const { return base_url() + '/' + std::string{exchange}; }
    /// The PEM file of the CA that a client has to trust; empty without TLS. Goes when this goes.
    [[nodiscard]] std::string ca_file() const { return ca_file_.string(); }
    simulator::World& world() { return *world_; }

    void on_request(net::ServerRequest request, net::Responder responder) override;
    void on_upgrade(net::ServerRequest request, net::Upgrade upgrade) override;

private:
    class Session;
    SimulatorServer(net::Loop& loop, SimulatorOptions options, std::unique_ptr<simulator::World> world);
    Status listen();
    Result<net::ServerOptions> server_options();
    void let_time_pass();
    void watch();

    net::Loop& loop_;
    SimulatorOptions options_;
    std::unique_ptr<simulator::World> world_;
    std::filesystem::path ca_file_{};
    ports::Timers::Id timer_{0};
    Instant wake_{};
    std::unique_ptr<net::Server> server_{}, second_{};  ///< Last, so that their sockets go before the world.
};

}  // namespace bf::app
