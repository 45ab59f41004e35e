// Changes of keys that take two steps, one at the signer and one in the store. Each is written down before its first step, so that a
// process that ends in between leaves no secret that nobody knows of: the next start finishes or undoes what stands here.
#pragma once
#include "ports/store.hpp"

#include <map>
#include <optional>
#include <string>

namespace bf::connection {

struct Unfinished {
    enum class Kind : std::uint8_t {
        adding,     ///< The secret may be at the signer, the connection not yet in the store.
        staging,    ///< A new key may stand beside the old one.
        promoting,  ///< The new key may have taken over; `fingerprint` is its.
        removing,   ///< The secret may be wiped already, the connection still in the store.
        rolling_back,  ///< The old key may be in use again; `fingerprint` is its.
    };
    Kind kind{Kind::adding};
    std::string fingerprint{};
};

class UnfinishedKeys {
public:
    explicit UnfinishedKeys(ports::Store& store) : store_{store} {}

    Status load();
    /// Durable when it returns. One for each connection: a later one replaces it.
    Status begin(const std::string& connection, Unfinished change);
    /// Done with it. That this is not written in time costs a question at the next start, nothing more.
    void end(const std::string& connection);
    [[nodiscard]] const std::map<std::string, Unfinished>& all() const { return changes_; }
    [[nodiscard]] const Unfinished* find(const std::string& connection) const;

private:
    Status save();
    ports::Store& store_;
    std::map<std::string, Unfinished> changes_;
};

}  // namespace bf::connection
