#include "signer/policy_store.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "vault/key_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

namespace bf::signer {
namespace {

using vault::Binding;
using vault::Database;
using vault::Transaction;

constexpr const char* kSchema =
    "PRAGMA application_id=1111904305; PRAGMA user_version=1;"
    "CREATE TABLE policy(connection TEXT PRIMARY KEY, version INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE meta(id INTEGER PRIMARY KEY CHECK(id=1), sealed BLOB NOT NULL) STRICT;";
constexpr std::size_t kMarkSlot = 512;  ///< A sector: written whole or not at all.
constexpr std::size_t kMacSize = 32;
constexpr std::size_t kMarkSize = sizeof(std::uint64_t) + kMacSize;

Unexpected<Error> io(const char* what) { return Unexpected{Error{ErrorKind::io, std::string{"the limits "} + what + ": " + std::strerror(errno)}}; }

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_{fd} {}
    Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

Status make_file(const std::filesystem::path& path, std::size_t size) {
    ::unlink(path.c_str());
    const Descriptor made{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (made.get() < 0) return io("can't be kept");
    const std::string zeros(size, '\0');
    if (size > 0 && ::pwrite(made.get(), zeros.data(), size, 0) != static_cast<ssize_t>(size)) return io("can't be kept");
    return ::fsync(made.get()) == 0 ? Status{} : io("can't be kept");
}

std::filesystem::path database_in(const std::filesystem::path& folder) { return folder / PolicyStore::kDatabaseFile; }
std::filesystem::path mark_in(const std::filesystem::path& folder) { return folder / PolicyStore::kMarkFile; }

}  // namespace

struct PolicyStore::Inside {
    Inside(Database opened, Descriptor mark_file, crypto::Secret secret) : database{std::move(opened)}, mark{std::move(mark_file)}, key{key_id(secret), std::move(secret)} {}

    static vault::KeyId key_id(const crypto::Secret& secret) {
        vault::KeyId id{};
        secret.reveal([&id](std::string_view bytes) { keyed(bytes, "key id", {}, reinterpret_cast<unsigned char*>(id.data()), id.size()); });
        return id;
    }
    /// A keyed hash of `text`; `use` keeps different uses apart.
    static void keyed(std::string_view secret, std::string_view use, std::string_view text, unsigned char* out, std::size_t size) {
        std::string whole;
        ByteWriter writer{whole};
        writer.text(use);
        writer.text(text);
        BF_ASSERT(crypto_generichash(out, size, as_bytes(whole).data(), whole.size(), as_bytes(secret).data(), secret.size()) == 0);
    }
    [[nodiscard]] Digest mac(std::string_view use, std::string_view text) const {
        Digest digest{};
        key.bytes.reveal([&](std::string_view secret) { keyed(secret, use, text, digest.data(), digest.size()); });
        return digest;
    }
    [[nodiscard]] Digest of_row(std::string_view connection, std::uint64_t version) const {
        std::string text;
        ByteWriter out{text};
        out.text(connection);
        out.integer(version);
        return mac("row", text);
    }
    static void toggle(Digest& digest, const Digest& other) {
        for (std::size_t i = 0; i < digest.size(); ++i) digest[i] ^= other[i];
    }
    /// The row is now of that version; 0: gone.
    void turn(Digest& digest, const std::string& connection, std::uint64_t version) const {
        const auto there = versions.find(connection);
        if (there != versions.end()) toggle(digest, of_row(connection, there->second));
        if (version != 0) toggle(digest, of_row(connection, version));
    }

    Status put_meta(const Meta& next) {
        std::string bytes;
        ByteWriter out{bytes};
        out.integer(next.generation);
        out.raw({reinterpret_cast<const char*>(next.digest.data()), next.digest.size()});
        BF_TRY(auto put, database.prepare("INSERT OR REPLACE INTO meta(id, sealed) VALUES(1, ?)"));
        return put.bytes(1, vault::seal(key, Binding{"policy meta"}, crypto::Secret::take(std::move(bytes)))).run();
    }
    Result<Meta> read_meta() {
        BF_TRY(auto select, database.prepare("SELECT sealed FROM meta"));
        BF_TRY(const bool there, select.step());
        if (!there) return Unexpected{Error{ErrorKind::damaged, "the limits have lost their digest"}};
        BF_TRY(const auto plain, vault::open(key, Binding{"policy meta"}, select.read(0)));
        return plain.reveal([](std::string_view bytes) -> Result<Meta> {
            ByteReader in{bytes};
            Meta read;
            read.generation = in.integer<std::uint64_t>();
            const auto digest = in.raw(read.digest.size());
            if (!in.at_end()) return Unexpected{Error{ErrorKind::damaged, "the limits' digest can't be read"}};
            std::memcpy(read.digest.data(), digest.data(), digest.size());
            return read;
        });
    }
    /// After the store itself: so the mark is never ahead of a sound store.
    Status put_mark(std::uint64_t generation) {
        std::string bytes;
        ByteWriter out{bytes};
        out.integer(generation);
        const auto proof = mac("mark", bytes);
        out.raw({reinterpret_cast<const char*>(proof.data()), proof.size()});
        const auto at = static_cast<off_t>(generation % 2 * kMarkSlot);
        if (::pwrite(mark.get(), bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size()) || ::fdatasync(mark.get()) != 0) return io("could not be marked");
        return {};
    }
    /// The newest of the two; nothing if neither is sound.
    [[nodiscard]] std::optional<std::uint64_t> read_mark() const {
        std::optional<std::uint64_t> newest;
        for (const std::size_t slot : {0U, 1U}) {
            char bytes[kMarkSize];
            if (::pread(mark.get(), bytes, sizeof bytes, static_cast<off_t>(slot * kMarkSlot)) != static_cast<ssize_t>(sizeof bytes)) continue;
            const auto proof = mac("mark", {bytes, sizeof(std::uint64_t)});
            if (sodium_memcmp(proof.data(), bytes + sizeof(std::uint64_t), proof.size()) != 0) continue;
            ByteReader in{{bytes, sizeof(std::uint64_t)}};
            const auto generation = in.integer<std::uint64_t>();
            newest = std::max(newest.value_or(0), generation);
        }
        return newest;
    }

    std::mutex mutex;
    Database database;
    Descriptor mark;
    vault::NamedKey key;
    Meta meta{};
    std::map<std::string, std::uint64_t, std::less<>> versions;
};

PolicyStore::PolicyStore(std::unique_ptr<Inside> inside) : inside_{std::move(inside)} {}
PolicyStore::PolicyStore(PolicyStore&& other) noexcept = default;
PolicyStore& PolicyStore::operator=(PolicyStore&& other) noexcept = default;
PolicyStore::~PolicyStore() = default;

Result<PolicyStore> PolicyStore::create(const std::filesystem::path& folder, crypto::Secret key) {
    BF_ASSERT(sodium_init() >= 0);
    ::unlink((database_in(folder).native() + "-journal").c_str());
    BF_TRY_VOID(make_file(database_in(folder), 0));
    BF_TRY_VOID(make_file(mark_in(folder), 2 * kMarkSlot));
    BF_TRY(auto database, Database::open(database_in(folder)));
    Descriptor mark{::open(mark_in(folder).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (mark.get() < 0) return io("can't be kept");
    auto inside = std::make_unique<Inside>(std::move(database), std::move(mark), std::move(key));
    BF_TRY(auto transaction, Transaction::begin(inside->database));
    BF_TRY_VOID(inside->database.run(kSchema));
    BF_TRY_VOID(inside->put_meta(inside->meta));
    BF_TRY_VOID(transaction.commit());
    BF_TRY_VOID(inside->put_mark(0));
    BF_TRY_VOID(vault::sync_folder(folder));
    return PolicyStore{std::move(inside)};
}

Result<PolicyStore> PolicyStore::open(const std::filesystem::path& folder, crypto::Secret key, Found& found) {
    BF_ASSERT(sodium_init() >= 0);
    found = {};
    const auto file = database_in(folder);
    std::error_code ignored;
    auto database = std::filesystem::exists(file, ignored) ? Database::open(file) : Result<Database>{Unexpected{Error{ErrorKind::damaged, "the limits are gone"}}};
    const auto sound = [&]() -> bool { return database && database->integer("SELECT COUNT(*) FROM policy").has_value() && database->integer("SELECT COUNT(*) FROM meta").has_value(); };
    if (!sound()) {
        // A disk that does not answer now may do so later: nothing is put in the place of what may be whole.
        if (!database && database.error().kind != ErrorKind::damaged) return Unexpected{std::move(database).error()};
        if (database) { const auto closed = std::move(*database); }
        std::filesystem::rename(file, file.native() + ".damaged", ignored);
        found.lost = true;
        return create(folder, std::move(key));
    }
    BF_TRY_VOID(vault::check_private(file));
    bool mark_lost = false;
    Descriptor mark{::open(mark_in(folder).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (mark.get() < 0) {
        mark_lost = true;
        BF_TRY_VOID(make_file(mark_in(folder), 2 * kMarkSlot));
    }
    auto inside = std::make_unique<Inside>(std::move(*database), mark_lost ? Descriptor{::open(mark_in(folder).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)} : std::move(mark),
                                           std::move(key));
    Digest digest{};
    {
        BF_TRY(auto select, inside->database.prepare("SELECT connection, version, sealed FROM policy ORDER BY connection"));
        while (true) {
            BF_TRY(const bool more, select.step());
            if (!more) break;
            std::string connection{select.read(0)};
            const auto version = static_cast<std::uint64_t>(select.read_integer(1));
            Inside::toggle(digest, inside->of_row(connection, version));
            const auto text = std::to_string(version);
            const auto plain = vault::open(inside->key, Binding{"policy", connection, text}, select.read(2));
            inside->versions[connection] = version;
            auto& row = found.rows[connection];
            if (plain) row = plain->reveal([](std::string_view bytes) { return std::string{bytes}; });
        }
    }
    const auto meta = inside->read_meta();
    const auto newest = inside->read_mark();
    if (meta) inside->meta = *meta;
    found.rolled_back = !meta || sodium_memcmp(meta->digest.data(), digest.data(), digest.size()) != 0 || !newest || *newest > meta->generation;
    // From here on what is there is what counts.
    inside->meta.digest = digest;
    if (newest) inside->meta.generation = std::max(inside->meta.generation, *newest);
    return PolicyStore{std::move(inside)};
}

Status PolicyStore::write(std::span<const Row> rows) {
    auto& in = *inside_;
    const std::lock_guard lock{in.mutex};
    auto next = in.meta;
    ++next.generation;
    BF_TRY(auto transaction, Transaction::begin(in.database));
    std::vector<const Row*> written;
    for (const auto& row : rows) {
        const auto there = in.versions.find(row.connection);
        if (there != in.versions.end() && there->second >= row.version) continue;
        const auto text = std::to_string(row.version);
        const auto sealed = vault::seal(in.key, Binding{"policy", row.connection, text}, crypto::Secret::take(std::string{row.bytes}));
        BF_TRY(auto put, in.database.prepare("INSERT OR REPLACE INTO policy(connection, version, sealed) VALUES(?,?,?)"));
        BF_TRY_VOID(put.text(1, row.connection).integer(2, static_cast<std::int64_t>(row.version)).bytes(3, sealed).run());
        in.turn(next.digest, row.connection, row.version);
        written.push_back(&row);
    }
    if (written.empty()) return {};
    BF_TRY_VOID(in.put_meta(next));
    BF_TRY_VOID(transaction.commit());
    in.meta = next;
    for (const auto* row : written) in.versions[row->connection] = row->version;
    return in.put_mark(next.generation);
}

Status PolicyStore::remove(const std::string& connection) {
    auto& in = *inside_;
    const std::lock_guard lock{in.mutex};
    if (!in.versions.contains(connection)) return {};
    auto next = in.meta;
    ++next.generation;
    BF_TRY(auto transaction, Transaction::begin(in.database));
    BF_TRY(auto erase, in.database.prepare("DELETE FROM policy WHERE connection=?"));
    BF_TRY_VOID(erase.text(1, connection).run());
    in.turn(next.digest, connection, 0);
    BF_TRY_VOID(in.put_meta(next));
    BF_TRY_VOID(transaction.commit());
    in.meta = next;
    in.versions.erase(in.versions.find(connection));
    return in.put_mark(next.generation);
}

Result<PolicyStore::Copy> PolicyStore::copy() {
    auto& in = *inside_;
    const std::lock_guard lock{in.mutex};
    Copy copy;
    BF_TRY(copy.database, in.database.copy([](Database&) -> Status { return {}; }));
    copy.mark.resize(2 * kMarkSlot);
    if (::pread(in.mark.get(), copy.mark.data(), copy.mark.size(), 0) != static_cast<ssize_t>(copy.mark.size())) return io("can't be read");
    return copy;
}

}  // namespace bf::signer
