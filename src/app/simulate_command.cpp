#include "app/simulate_command.hpp"

#include "app/exit_code.hpp"
#include "app/listen_option.hpp"
#include "app/log.hpp"
#include "app/simulator_server.hpp"
#include "base/text.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <cstdio>

namespace bf::app {
namespace {

int refuse(int status, const Error& error, const char* where) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("error", error.detail);
    if (status == kUsage) out.member("where", where);
    if (!error.code.empty()) out.member("code", error.code);
    out.end_object();
    std::puts(json.c_str());
    std::fprintf(stderr, "%s\n", error.detail.c_str());
    return status;
}

Status check_exchanges(const std::vector<std::string>& exchanges) {
    const auto known = simulator::known_exchanges();
    std::string known_names;
    for (const auto& one : known) known_names += (known_names.empty() ? "" : ", ") + one;
    for (const auto& exchange : exchanges)
        if (std::find(known.begin(), known.end(), exchange) == known.end())
            return bad_input("There is no simulation of \"" + exchange + "\": there are " + known_names + ".");
    for (auto one = exchanges.begin(); one != exchanges.end(); ++one)
        if (std::find(exchanges.begin(), one, *one) != one) return bad_input("--exchanges names " + *one + " twice.");
    if (exchanges.empty()) return bad_input("--exchanges names no exchange.");
    return {};
}

void announce(const SimulatorServer& server, const SimulatorOptions& options, Log& log) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("ready", true).member("admin", server.base_url() + "/admin").key("exchanges").begin_object();
    for (const auto& exchange : options.exchanges) out.member(exchange, server.exchange_url(exchange));
    out.end_object();
    if (options.tls) out.member("ca_file", server.ca_file());
    out.end_object();
    std::puts(json.c_str());
    std::fflush(stdout);
    const std::string limits = options.limits ? "real" : "off";
    log.say(Log::Level::info, "ready", "simulated exchanges at " + server.base_url() + ", seed " + std::to_string(options.seed) + ", limits " + limits,
            {{"url", server.base_url()}, {"seed", static_cast<std::int64_t>(options.seed)}, {"limits", limits}});
}

}  // namespace

int simulate(const SimulateOptions& options) {
    SimulatorOptions wanted{.exchanges = options.exchanges, .seed = options.seed, .limits = options.limits == "real", .tls = options.tls};
    if (options.limits != "real" && options.limits != "off") return refuse(kUsage, bad_input("--limits is real or off.").error, "--limits");
    auto listen = read_listen(options.listen);
    if (!listen) return refuse(kUsage, listen.error(), "--listen");
    wanted.address = listen->address;
    wanted.port = listen->port;
    if (auto known = check_exchanges(options.exchanges); !known) return refuse(kUsage, known.error(), "--exchanges");
    net::Loop loop;
    auto server = SimulatorServer::open(loop, wanted);
    if (!server) return refuse(server.error().kind == ErrorKind::bad_input ? kUsage : kFailed, server.error(), "--listen");
    loop.on_signal([&loop](int) { loop.stop(); });
    Log log{"simulator", options.json_log ? Log::Form::json : Log::Form::people};
    announce(**server, wanted, log);
    loop.run();
    return kDone;
}

}  // namespace bf::app
