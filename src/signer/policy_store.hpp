// The signer's own store of limits and their use: policy.db beside the vault, each connection's row sealed by a key that the vault keeps, so
// that a row that was changed or put in another's place does not open. What all rows are at their newest stands in a sealed digest: one row
// put back to an older copy does not fit it. How often the store was written stands in policy.mark as well: the whole file put back is older
// than that. Who puts back both is not found out by this.
//
// Writing and copying are safe from several threads; all else is for one.
#pragma once
#include "vault/envelope.hpp"
#include "vault/sqlite.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bf::signer {

class PolicyStore {
public:
    struct Row {
        std::string connection;
        std::uint64_t version{0};  ///< Older than what is stored: passed over.
        std::string bytes;
    };
    struct Found {
        std::map<std::string, std::optional<std::string>, std::less<>> rows{};  ///< Nothing: it does not open.
        bool lost{false};         ///< The file is gone or can't be read; another, empty one took its place.
        bool rolled_back{false};  ///< Older than it was, or its digest does not fit its rows.
    };

    /// A new, empty store; what may stand there of an attempt that was cut short goes.
    static Result<PolicyStore> create(const std::filesystem::path& folder, crypto::Secret key);
    /// The one that was made with `key`, and what is in it.
    static Result<PolicyStore> open(const std::filesystem::path& folder, crypto::Secret key, Found& found);

    /// All or none, on the disk when this returns.
    Status write(std::span<const Row> rows);
    Status remove(const std::string& connection);
    /// What the two files hold, of one moment.
    struct Copy {
        std::string database;
        std::string mark;
    };
    Result<Copy> copy();

    static constexpr const char* kDatabaseFile = "policy.db";
    static constexpr const char* kMarkFile = "policy.mark";

private:
    using Digest = std::array<unsigned char, 32>;
    struct Meta {
        std::uint64_t generation{0};  ///< Writes since the store was made.
        Digest digest{};
    };
    struct Inside;
    explicit PolicyStore(std::unique_ptr<Inside> inside);

public:
    PolicyStore(PolicyStore&& other) noexcept;
    PolicyStore& operator=(PolicyStore&& other) noexcept;
    ~PolicyStore();

private:
    std::unique_ptr<Inside> inside_;
};

}  // namespace bf::signer
