// The engine's store: connections, their history, settings. Implements ports::Store over a Database.
#pragma once
#include "ports/store.hpp"
#include "store/database.hpp"

namespace bf::store {

class ConnectionStore final : public ports::Store {
public:
    /// The database outlives it and has the engine's schema.
    explicit ConnectionStore(Database& database) : database_{database} {}

    Result<std::vector<ports::StoredConnection>> connections() override;
    Status save(const ports::StoredConnection& connection, const std::vector<ports::StoredHistory>& history) override;
    Status remove(const std::string& id, const ports::StoredHistory& last) override;
    Result<std::vector<ports::StoredHistory>> history(const std::string& connection, std::int64_t before, int limit) override;
    Result<std::optional<std::string>> setting(const std::string& name) override;
    Status put_setting(const std::string& name, const std::string& value) override;

private:
    Database& database_;
};

}  // namespace bf::store
