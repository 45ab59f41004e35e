#include "app/trading_modes.hpp"

#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace bf::app {
namespace {

constexpr const char* kModes = "trading_modes";

}  // namespace

Status keep_modes(ports::Store& settings, const engine::Trader& trader) {
    std::string json;
    wire::JsonWriter out{json};
    out.begin_object().member("all", trading::to_string(trader.mode())).key("connections").begin_object();
    for (const auto& [connection, mode] : trader.connection_modes()) out.member(connection, trading::to_string(mode));
    out.end_object().key("frozen").begin_array();
    for (const auto& connection : trader.frozen()) out.text(connection);
    out.end_array().end_object();
    return settings.put_setting(kModes, json);
}

Status restore_modes(ports::Store& settings, engine::Trader& trader) {
    BF_TRY(const auto kept, settings.setting(kModes));
    if (!kept) return {};
    const auto json = wire::Json::parse(*kept);
    const auto read = [](const wire::JsonValue& value) { return trading::parse_mode(value.text().value_or("")).value_or(trading::Mode::exit_only); };
    if (!json) {
        trader.restore_modes(trading::Mode::exit_only, {}, {});
        return {};
    }
    std::map<std::string, trading::Mode> of_connections;
    const auto list = (*json)["connections"];
    for (std::size_t i = 0; i < list.size(); ++i) of_connections[std::string{list.name_at(i)}] = read(list.at(i));
    std::set<std::string, std::less<>> frozen;
    for (std::size_t i = 0; i < (*json)["frozen"].size(); ++i) frozen.emplace((*json)["frozen"].at(i).text().value_or(""));
    trader.restore_modes(read((*json)["all"]), std::move(of_connections), std::move(frozen));
    return {};
}

}  // namespace bf::app
