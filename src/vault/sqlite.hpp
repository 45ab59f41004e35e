// As much of SQLite as the vault needs, with owners and Results. Not the store of the server: that one speaks to two databases and
// is linked with far more than the process that holds keys should carry.
#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace bf::vault {

/// One prepared statement. Texts and bytes read from it are valid until the next step.
class Statement {
public:
    Statement& text(int position, std::string_view value);
    Statement& bytes(int position, std::string_view value);
    Statement& integer(int position, std::int64_t value);

    /// True: there is a row to read.
    Result<bool> step();
    /// Runs it to its end; for statements without rows.
    Status run();

    [[nodiscard]] std::string_view read(int column) const;  ///< A text or bytes; empty for NULL.
    [[nodiscard]] std::int64_t read_integer(int column) const;

private:
    friend class Database;
    struct Finish {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_{statement} {}
    std::unique_ptr<sqlite3_stmt, Finish> statement_;
};

class Database {
public:
    /// Opens a file that exists, alone: a second opener gets a conflict. Checks that it is sound.
    static Result<Database> open(const std::filesystem::path& file);

    Status run(const char* sql);
    Result<Statement> prepare(const char* sql);
    Result<std::int64_t> integer(const char* sql);
    [[nodiscard]] int rows_changed() const;
    /// The bytes of the file as it stands, with what `change` does to the copy, which is in memory.
    Result<std::string> copy(const std::function<Status(Database& copy)>& change);

private:
    struct Close {
        void operator()(sqlite3* database) const noexcept;
    };
    explicit Database(sqlite3* database) : database_{database} {}
    std::unique_ptr<sqlite3, Close> database_;
};

/// Everything until `commit`, or nothing.
class Transaction {
public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_{std::exchange(other.database_, nullptr)} {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Status commit();

private:
    explicit Transaction(Database& database) : database_{&database} {}
    Database* database_;
};

}  // namespace bf::vault
