// What the inside keeps: connections, their history, and a few settings. Every write is durable when it returns.
#pragma once
#include "base/error.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bf::ports {

/// A connection as rows: `document` is its record as JSON, the columns are what is searched for.
struct StoredConnection {
    std::string id;
    std::string name;
    std::string document;
    std::string family{"ipv4"};  ///< "ipv4" or "ipv6": what it goes out over.
};

struct StoredHistory {
    std::int64_t id{0};
    std::string connection;
    Instant at;
    std::string kind;
    std::string text;
    std::string detail;
};

class Store {
public:
    virtual ~Store() = default;
    virtual Result<std::vector<StoredConnection>> connections() = 0;
    /// Inserts or replaces, with the history entries that belong to the change, in one transaction.
    virtual Status save(const StoredConnection& connection, const std::vector<StoredHistory>& history) = 0;
    /// The connection goes; its history stays, with `last` as its end.
    virtual Status remove(const std::string& id, const StoredHistory& last) = 0;
    /// Newest first, older than `before` (0: from the newest).
    virtual Result<std::vector<StoredHistory>> history(const std::string& connection, std::int64_t before, int limit) = 0;
    virtual Result<std::optional<std::string>> setting(const std::string& name) = 0;
    virtual Status put_setting(const std::string& name, const std::string& value) = 0;
};

}  // namespace bf::ports
