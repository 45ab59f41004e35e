// What the signer keeps of its own beside the keys.
#include "vault/vault.hpp"

namespace bf::vault {
namespace {

/// The vault's id keeps items of one vault out of another.
template <class Use>
auto with_item_binding(const KeyId& vault, std::string_view kind, std::string_view name, Use&& use) {
    return use(Binding{"item", view(vault), kind, name});
}

Unexpected<Error> damaged(std::string_view kind, std::string_view name) {
    return Unexpected{Error{ErrorKind::damaged, "the stored " + std::string{kind} + " of " + std::string{name} + " fails its check"}};
}

}  // namespace

Result<std::optional<crypto::Secret>> Vault::item(std::string_view kind, std::string_view name) {
    BF_TRY(auto select, database_.prepare("SELECT sealed FROM item WHERE kind=? AND name=?"));
    BF_TRY(const bool there, select.text(1, kind).text(2, name).step());
    if (!there) return std::optional<crypto::Secret>{};
    auto opened = with_item_binding(sealed_.vault, kind, name, [&](Binding binding) { return vault::open(root_, binding, select.read(0)); });
    if (!opened) return damaged(kind, name);
    return std::optional{std::move(opened).value()};
}

Result<std::vector<std::string>> Vault::item_names(std::string_view kind) {
    BF_TRY(auto select, database_.prepare("SELECT name FROM item WHERE kind=? ORDER BY name"));
    select.text(1, kind);
    std::vector<std::string> names;
    while (true) {
        BF_TRY(const bool more, select.step());
        if (!more) return names;
        names.emplace_back(select.read(0));
    }
}

Status Vault::put_item(std::string_view kind, std::string_view name, const crypto::Secret& plain) {
    const auto sealed = with_item_binding(sealed_.vault, kind, name, [&](Binding binding) { return seal(root_, binding, plain); });
    BF_TRY(auto transaction, Transaction::begin(database_));
    BF_TRY(auto put, database_.prepare("INSERT OR REPLACE INTO item(kind, name, sealed) VALUES(?,?,?)"));
    BF_TRY_VOID(put.text(1, kind).text(2, name).bytes(3, sealed).run());
    BF_TRY(const auto back, item(kind, name));
    if (!back) return damaged(kind, name);
    return transaction.commit();
}

Status Vault::remove_item(std::string_view kind, std::string_view name) {
    BF_TRY(auto transaction, Transaction::begin(database_));
    BF_TRY(auto erase, database_.prepare("DELETE FROM item WHERE kind=? AND name=?"));
    BF_TRY_VOID(erase.text(1, kind).text(2, name).run());
    return transaction.commit();
}

Result<std::vector<std::pair<std::string, std::string>>> Vault::all_items() {
    BF_TRY(auto select, database_.prepare("SELECT kind, name FROM item ORDER BY kind, name"));
    std::vector<std::pair<std::string, std::string>> all;
    while (true) {
        BF_TRY(const bool more, select.step());
        if (!more) return all;
        all.emplace_back(select.read(0), select.read(1));
    }
}

Status Vault::reseal_items(const NamedKey& new_root) {
    BF_TRY(const auto all, all_items());
    for (const auto& [kind, name] : all) {
        BF_TRY(const auto plain, item(kind, name));
        if (!plain) return damaged(kind, name);
        const auto sealed = with_item_binding(sealed_.vault, kind, name, [&, &plain = *plain](Binding binding) { return seal(new_root, binding, plain); });
        BF_TRY(auto update, database_.prepare("UPDATE item SET sealed=? WHERE kind=? AND name=?"));
        BF_TRY_VOID(update.bytes(1, sealed).text(2, kind).text(3, name).run());
    }
    return {};
}

Status Vault::verify_items() {
    BF_TRY(const auto all, all_items());
    for (const auto& [kind, name] : all) {
        BF_TRY(const auto plain, item(kind, name));
        if (!plain) return damaged(kind, name);
    }
    return {};
}

}  // namespace bf::vault
