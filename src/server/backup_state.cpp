#include "server/backup_state.hpp"

#include "wire/json_writer.hpp"

namespace bf::server {
namespace {

std::optional<Instant> instant_of(const wire::JsonValue& value) {
    const auto ms = value.integer();
    return ms ? std::optional{Instant::from_ms(*ms)} : std::nullopt;
}

std::optional<std::int64_t> ms_of(const std::optional<Instant>& at) { return at ? std::optional{at->ms()} : std::nullopt; }

}  // namespace

std::string to_json(const LastBackup& backup) {
    std::string json;
    wire::JsonWriter{json}.begin_object().member("id", backup.id).member("made_at", backup.made_at.ms()).member("bytes", backup.bytes).member("keys", backup.keys)
        .member("verified_at", ms_of(backup.verified_at)).member("ledger_missing", backup.ledger_missing.empty() ? std::nullopt : std::optional{backup.ledger_missing}).end_object();
    return json;
}

std::string to_json(const RestoredFrom& restored) {
    std::string json;
    wire::JsonWriter{json}.begin_object().member("id", restored.id).member("made_at", restored.made_at.ms()).member("restored_at", restored.restored_at.ms())
        .member("confirmed_at", ms_of(restored.confirmed_at)).end_object();
    return json;
}

std::optional<LastBackup> read_last_backup(const wire::JsonValue& json) {
    const auto made = instant_of(json["made_at"]);
    const auto bytes = json["bytes"].integer();
    const auto keys = json["keys"].boolean();
    if (!made || !bytes || !keys) return std::nullopt;
    return LastBackup{std::string{json["id"].text().value_or("")}, *made, static_cast<std::uint64_t>(*bytes), *keys, instant_of(json["verified_at"]),
                      std::string{json["ledger_missing"].text().value_or("")}};
}

std::optional<RestoredFrom> read_restored_from(const wire::JsonValue& json) {
    const auto made = instant_of(json["made_at"]), restored = instant_of(json["restored_at"]);
    if (!made || !restored) return std::nullopt;
    return RestoredFrom{std::string{json["id"].text().value_or("")}, *made, *restored, instant_of(json["confirmed_at"])};
}

}  // namespace bf::server
