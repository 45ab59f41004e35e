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

std::string_view to_string(BackupFinding::Kind kind) {
    switch (kind) {
        case BackupFinding::Kind::none: return "no_backup";
        case BackupFinding::Kind::old: return "backup_old";
        case BackupFinding::Kind::unverified: return "backup_unverified";
    }
    return "no_backup";
}

std::optional<BackupFinding> backup_finding(const BackupState& state, Instant now) {
    if (!state.last) return BackupFinding{BackupFinding::Kind::none, 0};
    const auto age = now - state.last->made_at;
    if (age > kBackupOld) return BackupFinding{BackupFinding::Kind::old, std::chrono::duration_cast<std::chrono::hours>(age).count() / 24};
    if (!state.last->verified_at) return BackupFinding{BackupFinding::Kind::unverified, 0};
    return std::nullopt;
}

std::string sentence_of(const BackupFinding& finding, exchange::Language language) {
    const bool dutch = language == exchange::Language::nl;
    switch (finding.kind) {
        case BackupFinding::Kind::none:
            return dutch ? "Er is nog geen back-up gemaakt. Gaat deze machine verloren, dan zijn strategieën, groepen en sleutels weg."
                         : "No backup was made yet. If this machine is lost, strategies, groups and keys are gone.";
        case BackupFinding::Kind::old:
            return dutch ? "De laatste back-up is " + std::to_string(finding.days) + " dagen oud. Maak een nieuwe."
                         : "The last backup is " + std::to_string(finding.days) + " days old. Make a new one.";
        case BackupFinding::Kind::unverified:
            return dutch ? "De laatste back-up is niet gecontroleerd. Voer `backfuture backup verify` uit op het bestand."
                         : "The last backup was not verified. Run `backfuture backup verify` on the file.";
    }
    return {};
}

std::string to_json(const LastBackup& backup) {
    std::string json;
    wire::JsonWriter{json}.begin_object().member("id", backup.id).member("made_at", backup.made_at.ms()).member("bytes", backup.bytes).member("keys", backup.keys)
        .member("verified_at", ms_of(backup.verified_at)).end_object();
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
    return LastBackup{std::string{json["id"].text().value_or("")}, *made, static_cast<std::uint64_t>(*bytes), *keys, instant_of(json["verified_at"])};
}

std::optional<RestoredFrom> read_restored_from(const wire::JsonValue& json) {
    const auto made = instant_of(json["made_at"]), restored = instant_of(json["restored_at"]);
    if (!made || !restored) return std::nullopt;
    return RestoredFrom{std::string{json["id"].text().value_or("")}, *made, *restored, instant_of(json["confirmed_at"])};
}

}  // namespace bf::server
