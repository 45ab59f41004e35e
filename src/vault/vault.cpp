#include "vault/vault.hpp"

#include "base/text.hpp"

#include <array>

namespace bf::vault {
namespace {

std::string_view name_of(Slot slot) {
    constexpr std::array<std::string_view, 3> kNames{"active", "staged", "previous"};
    return kNames[static_cast<std::size_t>(slot)];
}

Unexpected<Error> no_such_set() { return Unexpected{Error{ErrorKind::not_found, "the vault holds no such key of that connection"}}; }
Unexpected<Error> damaged(std::string_view connection) {
    return Unexpected{Error{ErrorKind::damaged, "the stored secret of connection " + std::string{connection} + " fails its check"}};
}

}  // namespace

/// A row of `credential`.
struct Vault::Stored {
    Row row;
    KeyId key_id{};
    std::string fields;  ///< "key,secret,passphrase": bound to the data key, so that a deleted field is noticed.
    std::string sealed_key;
};

namespace {

/// The data key is bound to its row; the vault's id keeps rows of one vault out of another.
template <class Use>
auto with_row_binding(const KeyId& vault, const Row& row, std::string_view fields, const KeyId& key_id, Use&& use) {
    return use(Binding{"data key", view(vault), row.connection, to_string(*row.exchange), name_of(row.slot), fields, view(key_id)});
}

/// A field moves with its set from slot to slot, so it is bound to all but the slot.
template <class Use>
auto with_field_binding(const KeyId& vault, const Row& row, std::string_view field, Use&& use) {
    return use(Binding{"field", view(vault), row.connection, to_string(*row.exchange), field});
}

}  // namespace

Result<std::vector<Row>> Vault::rows() {
    BF_TRY(auto select, database_.prepare("SELECT connection, slot, exchange FROM credential ORDER BY connection, slot"));
    std::vector<Row> rows;
    while (true) {
        BF_TRY(const bool more, select.step());
        if (!more) return rows;
        // A row that names no slot or exchange of ours is listed all the same: as one that can't be read.
        const auto slot = select.read_integer(1);
        const bool sound = slot >= 0 && slot <= static_cast<std::int64_t>(Slot::previous);
        rows.push_back({std::string{select.read(0)}, sound ? static_cast<Slot>(slot) : Slot::active,
                        sound ? exchange::parse_exchange(select.read(2)) : std::nullopt});
    }
}

Result<Vault::Stored> Vault::find(std::string_view connection, Slot slot) {
    BF_TRY(auto select, database_.prepare("SELECT exchange, key_id, fields, data_key FROM credential WHERE connection=? AND slot=?"));
    select.text(1, connection).integer(2, static_cast<std::int64_t>(slot));
    BF_TRY(const bool there, select.step());
    if (!there) return no_such_set();
    const auto exchange = exchange::parse_exchange(select.read(0));
    const auto key_id = to_key_id(select.read(1));
    if (!exchange || !key_id) return damaged(connection);
    return Stored{{std::string{connection}, slot, *exchange}, *key_id, std::string{select.read(2)}, std::string{select.read(3)}};
}

Result<NamedKey> Vault::data_key(const Stored& stored) {
    auto bytes = with_row_binding(sealed_.vault, stored.row, stored.fields, stored.key_id,
                                  [&](Binding binding) { return vault::open(root_, binding, stored.sealed_key); });
    if (!bytes) return damaged(stored.row.connection);
    return NamedKey{stored.key_id, std::move(bytes).value()};
}

Result<exchange::CredentialFields> Vault::read(std::string_view connection, Slot slot) {
    BF_TRY(const auto stored, find(connection, slot));
    BF_TRY(const auto key, data_key(stored));
    const auto field = [&](std::string_view name) -> Result<crypto::Secret> {
        BF_TRY(auto one, database_.prepare("SELECT sealed FROM field WHERE key_id=? AND name=?"));
        BF_TRY(const bool there, one.bytes(1, view(stored.key_id)).text(2, name).step());
        if (!there) return damaged(connection);
        auto opened = with_field_binding(sealed_.vault, stored.row, name, [&](Binding binding) { return vault::open(key, binding, one.read(0)); });
        if (!opened) return damaged(connection);
        return opened;
    };
    BF_TRY(auto id, field("key"));
    BF_TRY(auto secret, field("secret"));
    exchange::CredentialFields fields{std::move(id), std::move(secret), std::nullopt};
    if (stored.fields == "key,secret,passphrase") {
        BF_TRY(auto passphrase, field("passphrase"));
        fields.passphrase = std::move(passphrase);
    }
    return fields;
}

Result<std::vector<Damage>> Vault::canary() {
    BF_TRY(const auto all, rows());
    std::vector<Damage> found;
    for (const auto& row : all) {
        if (!row.exchange) {
            found.push_back({row.connection, row.slot, damaged(row.connection).error.detail});
            continue;
        }
        const auto fields = read(row.connection, row.slot);
        if (!fields) found.push_back({row.connection, row.slot, fields.error().detail});
    }
    return found;
}

Result<bool> Vault::has(std::string_view connection, Slot slot) {
    BF_TRY(auto select, database_.prepare("SELECT 1 FROM credential WHERE connection=? AND slot=?"));
    return select.text(1, connection).integer(2, static_cast<std::int64_t>(slot)).step();
}

Status Vault::insert(Stored& stored, const NamedKey& data_key, const exchange::CredentialFields& fields) {
    stored.sealed_key = with_row_binding(sealed_.vault, stored.row, stored.fields, stored.key_id,
                                         [&](Binding binding) { return seal(root_, binding, data_key.bytes); });
    BF_TRY(auto credential, database_.prepare("INSERT INTO credential(connection, slot, exchange, key_id, fields, data_key) VALUES(?,?,?,?,?,?)"));
    credential.text(1, stored.row.connection).integer(2, static_cast<std::int64_t>(stored.row.slot));
    credential.text(3, to_string(*stored.row.exchange)).bytes(4, view(stored.key_id)).text(5, stored.fields).bytes(6, stored.sealed_key);
    BF_TRY_VOID(credential.run());
    const auto field = [&](std::string_view name, const crypto::Secret& plain) -> Status {
        const auto sealed = with_field_binding(sealed_.vault, stored.row, name, [&](Binding binding) { return seal(data_key, binding, plain); });
        BF_TRY(auto add, database_.prepare("INSERT INTO field(key_id, name, sealed) VALUES(?,?,?)"));
        return add.bytes(1, view(stored.key_id)).text(2, name).bytes(3, sealed).run();
    };
    BF_TRY_VOID(field("key", fields.key));
    BF_TRY_VOID(field("secret", fields.secret));
    if (fields.passphrase) BF_TRY_VOID(field("passphrase", *fields.passphrase));
    return {};
}

Status Vault::put(std::string_view connection, Slot slot, exchange::ExchangeId exchange, const exchange::CredentialFields& fields) {
    BF_ASSERT(slot != Slot::previous);
    BF_TRY(auto transaction, Transaction::begin(database_));
    if (slot == Slot::staged) {
        BF_TRY(auto erase, database_.prepare("DELETE FROM credential WHERE connection=? AND slot=1"));
        BF_TRY_VOID(erase.text(1, connection).run());
    }
    const auto data_key = random_key();
    Stored stored{{std::string{connection}, slot, exchange}, data_key.id, fields.passphrase ? "key,secret,passphrase" : "key,secret", {}};
    BF_TRY_VOID(insert(stored, data_key, fields));
    BF_TRY_VOID(read(connection, slot));
    return transaction.commit();
}

Result<bool> Vault::move(std::string_view connection, Slot from, Slot to) {
    BF_TRY(auto stored, find(connection, from));
    const auto key = data_key(stored);
    if (!key) {
        BF_TRY(auto erase, database_.prepare("DELETE FROM credential WHERE connection=? AND slot=?"));
        BF_TRY_VOID(erase.text(1, connection).integer(2, static_cast<std::int64_t>(from)).run());
        return false;
    }
    stored.row.slot = to;
    const auto sealed = with_row_binding(sealed_.vault, stored.row, stored.fields, stored.key_id,
                                         [&](Binding binding) { return seal(root_, binding, key->bytes); });
    BF_TRY(auto update, database_.prepare("UPDATE credential SET slot=?, data_key=? WHERE connection=? AND slot=?"));
    update.integer(1, static_cast<std::int64_t>(to)).bytes(2, sealed).text(3, connection).integer(4, static_cast<std::int64_t>(from));
    BF_TRY_VOID(update.run());
    return true;
}

Status Vault::promote(std::string_view connection) {
    BF_TRY(auto transaction, Transaction::begin(database_));
    BF_TRY(const bool staged, has(connection, Slot::staged));
    if (!staged) return no_such_set();
    BF_TRY(auto erase, database_.prepare("DELETE FROM credential WHERE connection=? AND slot=2"));
    BF_TRY_VOID(erase.text(1, connection).run());
    BF_TRY(const bool active, has(connection, Slot::active));
    if (active) BF_TRY_VOID(move(connection, Slot::active, Slot::previous));
    BF_TRY(const bool moved, move(connection, Slot::staged, Slot::active));
    if (!moved) return damaged(connection);
    BF_TRY_VOID(read(connection, Slot::active));
    return transaction.commit();
}

Status Vault::roll_back(std::string_view connection) {
    BF_TRY(auto transaction, Transaction::begin(database_));
    BF_TRY(const bool previous, has(connection, Slot::previous));
    if (!previous) return no_such_set();
    BF_TRY(const bool staged, has(connection, Slot::staged));
    if (staged) return Unexpected{Error{ErrorKind::conflict, "a new key is staged; drop or promote it before going back to the old one"}};
    BF_TRY(const bool active, has(connection, Slot::active));
    if (active) BF_TRY_VOID(move(connection, Slot::active, Slot::staged));
    BF_TRY(const bool moved, move(connection, Slot::previous, Slot::active));
    if (!moved) return damaged(connection);
    BF_TRY_VOID(read(connection, Slot::active));
    return transaction.commit();
}

Status Vault::drop(std::string_view connection, Slot slot) {
    BF_TRY(auto transaction, Transaction::begin(database_));
    BF_TRY(auto erase, database_.prepare("DELETE FROM credential WHERE connection=? AND slot=?"));
    BF_TRY_VOID(erase.text(1, connection).integer(2, static_cast<std::int64_t>(slot)).run());
    if (database_.rows_changed() == 0) return no_such_set();
    return transaction.commit();
}

Status Vault::remove(std::string_view connection) {
    BF_TRY(auto transaction, Transaction::begin(database_));
    BF_TRY(auto erase, database_.prepare("DELETE FROM credential WHERE connection=?"));
    BF_TRY_VOID(erase.text(1, connection).run());
    if (database_.rows_changed() == 0) return no_such_set();
    return transaction.commit();
}

Status Vault::reseal_data_keys(const NamedKey& new_root) {
    BF_TRY(const auto all, rows());
    for (const auto& row : all) {
        BF_TRY(const auto stored, find(row.connection, row.slot));
        BF_TRY(const auto key, data_key(stored));
        const auto sealed = with_row_binding(sealed_.vault, row, stored.fields, stored.key_id,
                                             [&](Binding binding) { return seal(new_root, binding, key.bytes); });
        BF_TRY(auto update, database_.prepare("UPDATE credential SET data_key=? WHERE connection=? AND slot=?"));
        BF_TRY_VOID(update.bytes(1, sealed).text(2, row.connection).integer(3, static_cast<std::int64_t>(row.slot)).run());
    }
    return {};
}

}  // namespace bf::vault
