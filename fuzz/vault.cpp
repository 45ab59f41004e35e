// The signer's files as somebody without its root key may leave them: bytes changed, cut, put in each other's place. A vault then opens or
// refuses with a sentence, and a key, a limit or a second factor that it gives is the one that was put there, never another's or a changed
// one; a store of limits that is not as it was written says so.
#include "chance.hpp"
#include "signer/policy_store.hpp"
#include "sqlite_alone.hpp"
#include "support/credentials.hpp"
#include "support/scratch.hpp"
#include "vault/key_file.hpp"
#include "vault/vault.hpp"

#include <array>
#include <map>
#include <sqlite3.h>

using namespace bf;
using signer::PolicyStore;
using vault::Slot;

namespace {

using Place = std::pair<std::string, Slot>;
const std::map<Place, std::string> kKeys{{{"a", Slot::active}, "key of a/secret of a/pass of a"}, {{"a", Slot::staged}, "new key of a/new secret of a"}, {{"b", Slot::active}, "key of b/secret of b"}};
const std::map<std::pair<std::string, std::string>, std::string> kItems{{{"second factor", "owner"}, "seed of owner"}, {{"second factor", "eve"}, "seed of eve"}, {{"ledger", "owner"}, "head"}};
const std::map<std::string, std::optional<std::string>, std::less<>> kLimits{{"a", "limits of a"}, {"b", "limits of b"}};

crypto::Secret secret(const std::string& plain) { return crypto::Secret::take(std::string{plain}); }
crypto::Secret policy_key() { return secret(std::string(32, 'k')); }

void write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream{path, std::ios::binary | std::ios::trunc}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

constexpr std::array kOfVault{"vault.db", "root.key"}, kOfLimits{"policy.db", "policy.mark"};

class Ground {
public:
    Ground() {
        {
            auto vault = vault::Vault::create(folder, by_file).value();
            const auto fields = [](const char* of, const char* pass) { return test::credentials(std::string{"key of "} + of, std::string{"secret of "} + of, pass == nullptr ? std::nullopt : std::optional<std::string>{pass}); };
            fuzz::must(vault.put("a", Slot::active, exchange::ExchangeId::kucoin, fields("a", "pass of a")).has_value(), "a key is kept");
            fuzz::must(vault.put("a", Slot::staged, exchange::ExchangeId::kucoin, test::credentials("new key of a", "new secret of a")).has_value(), "a new one beside it");
            fuzz::must(vault.put("b", Slot::active, exchange::ExchangeId::mexc, fields("b", nullptr)).has_value(), "another's");
            for (const auto& [at, plain] : kItems) fuzz::must(vault.put_item(at.first, at.second, secret(plain)).has_value(), "an item is kept");
            auto store = PolicyStore::create(folder, policy_key()).value();
            const PolicyStore::Row rows[] = {{"a", 3, "limits of a"}, {"b", 1, "limits of b"}};
            fuzz::must(store.write(rows).has_value(), "limits are kept");
        }
        for (const auto& names : {kOfVault, kOfLimits})
            for (const auto* name : names) files[name] = test::file_bytes(folder / name);
    }
    /// The vault's files, or those of the limits: what an input may change or leave.
    void lay_out(bool of_vault) const {
        for (const auto* name : of_vault ? kOfVault : kOfLimits) write_file(folder / name, files.at(name));
        for (const auto* left : {of_vault ? "vault.db-journal" : "policy.db-journal", of_vault ? "root.key.new" : "policy.db.damaged"}) std::filesystem::remove(folder / left);
    }

    test::Scratch scratch;
    std::filesystem::path folder{scratch.path() / "vault"};
    vault::Protection by_file{vault::ByKeyFile{folder / "root.key"}};
    std::map<std::string, std::string> files{};
};

bool change(fuzz::Input& input, std::string& bytes) {
    const auto before = bytes;
    for (auto changes = 1 + input.below(8); changes > 0; --changes) {
        const auto at = (std::size_t{input.byte()} << 16U | input.pair()) % bytes.size();
        const auto piece = input.take(1 + input.below(4));
        bytes.replace(at, std::min(piece.size(), bytes.size() - at), piece.substr(0, bytes.size() - at));
    }
    if (input.below(8) == 7) bytes.resize(input.pair() % (bytes.size() + 1));
    return bytes != before;
}

/// One cell of one row, from another row or from the input, as whoever can write the file would set it.
void set_cell(fuzz::Input& input, const std::filesystem::path& file, bool of_vault) {
    struct Column {
        const char *table, *name;
    };
    static constexpr Column kVault[] = {{"credential", "connection"}, {"credential", "slot"}, {"credential", "exchange"}, {"credential", "key_id"}, {"credential", "fields"}, {"credential", "data_key"},
                                        {"field", "key_id"}, {"field", "name"}, {"field", "sealed"}, {"item", "kind"}, {"item", "name"}, {"item", "sealed"},
                                        {"root", "vault"}, {"root", "key"}, {"root", "kind"}, {"root", "passes"}, {"root", "memory"}, {"root", "salt"}, {"root", "sealed"}};
    static constexpr Column kPolicy[] = {{"policy", "connection"}, {"policy", "version"}, {"policy", "sealed"}, {"meta", "sealed"}};
    const auto column = of_vault ? kVault[input.below(std::size(kVault))] : kPolicy[input.below(std::size(kPolicy))];
    const auto row = std::to_string(input.below(8)), other = std::to_string(input.below(8));
    const std::string table{column.table}, name{column.name};
    const auto source = input.below(4);
    std::string sql;
    if (source == 3) sql = "DELETE FROM " + table + " WHERE " + name + "=(SELECT " + name + " FROM " + table + " LIMIT 1 OFFSET " + row + ")";
    else
        sql = "UPDATE OR IGNORE " + table + " SET " + name + "=" + (source == 0 ? "(SELECT " + name + " FROM " + table + " LIMIT 1 OFFSET " + other + ")" : std::string{"?1"}) + " WHERE " + name +
              "=(SELECT " + name + " FROM " + table + " LIMIT 1 OFFSET " + row + ")";
    sqlite3* database = nullptr;
    fuzz::must(sqlite3_open(file.c_str(), &database) == SQLITE_OK, "the file is a database");
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK) {
        const auto value = input.take(input.below(120));
        if (source == 1) sqlite3_bind_int64(statement, 1, static_cast<sqlite3_int64>(input.pair()) << input.below(48));
        else if (source == 2 && (name == "connection" || name == "exchange" || name == "fields" || name == "name" || name == "kind"))
            sqlite3_bind_text(statement, 1, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
        else if (source == 2) sqlite3_bind_blob(statement, 1, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
        sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

void must_be_true(const Ground& ground, bool key_file_changed) {
    (void)vault::Vault::look(ground.folder).has_value();
    auto opened = vault::Vault::open(ground.folder, ground.by_file);
    if (!opened) return fuzz::must(!opened.error().detail.empty(), "a refusal has a sentence");
    fuzz::must(!key_file_changed, "another key file opens nothing");
    (void)opened->canary().has_value();
    for (const auto* connection : {"a", "b", "c"})
        for (const auto slot : {Slot::active, Slot::staged, Slot::previous}) {
            const auto fields = opened->read(connection, slot);
            if (!fields) continue;
            const auto known = kKeys.find({connection, slot});
            fuzz::must(known != kKeys.end() && test::plain(*fields) == known->second, "a key is the one that was put there");
        }
    for (const auto* kind : {"second factor", "ledger"})
        for (const auto* name : {"owner", "eve"}) {
            const auto item = opened->item(kind, name);
            if (!item || !*item) continue;
            const auto known = kItems.find({kind, name});
            fuzz::must(known != kItems.end() && test::plain(**item) == known->second, "an item is the one that was put there");
        }
    (void)opened->promote("a").has_value();
    const auto promoted = opened->read("a", Slot::active);
    fuzz::must(!promoted || test::plain(*promoted) == kKeys.at({"a", Slot::staged}) || test::plain(*promoted) == kKeys.at({"a", Slot::active}), "what takes a key's place was staged for it");
}

void limits_must_be_true(const Ground& ground) {
    PolicyStore::Found found;
    auto store = PolicyStore::open(ground.folder, policy_key(), found);
    if (!store) return fuzz::must(!store.error().detail.empty(), "a refusal has a sentence");
    bool closed = false;
    for (const auto& [connection, bytes] : found.rows) {
        closed = closed || !bytes;
        const auto known = kLimits.find(connection);
        fuzz::must(!bytes || (known != kLimits.end() && bytes == known->second), "limits are those that were written");
    }
    fuzz::must(found.rows == kLimits || found.lost || found.rolled_back || closed, "limits that are not as they were written are in doubt");
    const PolicyStore::Row next{"a", 4, "narrower"};
    if (!store->write({&next, 1})) return;
    { const auto gone = std::move(*store); }
    PolicyStore::Found again;
    (void)PolicyStore::open(ground.folder, policy_key(), again).has_value();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::tame_sodium();
    fuzz::sqlite_alone();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Ground ground;
    fuzz::Input input{data, size};
    const auto kind = input.below(6);
    ground.lay_out(kind < 3);
    if (kind < 2) {
        if (kind == 0) set_cell(input, ground.folder / "vault.db", true);
        else {
            auto bytes = ground.files.at("vault.db");
            change(input, bytes);
            write_file(ground.folder / "vault.db", bytes);
        }
        must_be_true(ground, false);
    } else if (kind == 2) {
        auto bytes = input.flag() ? std::string{input.rest()} : ground.files.at("root.key");
        if (!bytes.empty()) change(input, bytes);
        write_file(ground.folder / "root.key", bytes);
        // Hexadecimal is read in either case of letters.
        const auto lower = [](std::string text) {
            for (char& c : text) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
            return text;
        };
        must_be_true(ground, lower(bytes) != lower(ground.files.at("root.key")));
    } else {
        if (kind == 3) set_cell(input, ground.folder / "policy.db", false);
        else {
            const auto* name = kind == 4 ? "policy.db" : "policy.mark";
            auto bytes = ground.files.at(name);
            change(input, bytes);
            write_file(ground.folder / name, bytes);
        }
        limits_must_be_true(ground);
    }
    return 0;
}
