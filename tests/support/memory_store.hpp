// The store's port in memory, with a disk that can be full and a copy that a "restart" goes on from.
#pragma once
#include "ports/store.hpp"

#include <algorithm>
#include <map>

namespace bf::test {

class MemoryStore final : public ports::Store {
public:
    bool full{false};  ///< Every write is refused.

    Result<std::vector<ports::StoredConnection>> connections() override {
        std::vector<ports::StoredConnection> all;
        for (const auto& [id, row] : rows_) all.push_back(row);
        return all;
    }
    Status save(const ports::StoredConnection& connection, const std::vector<ports::StoredHistory>& history) override {
        if (full) return no_room();
        rows_[connection.id] = connection;
        for (const auto& entry : history) append(entry);
        return {};
    }
    Status remove(const std::string& id, const ports::StoredHistory& last) override {
        if (full) return no_room();
        rows_.erase(id);
        append(last);
        return {};
    }
    Result<std::vector<ports::StoredHistory>> history(const std::string& connection, std::int64_t before, int limit) override {
        std::vector<ports::StoredHistory> found;
        for (auto at = history_.rbegin(); at != history_.rend() && found.size() < static_cast<std::size_t>(limit); ++at)
            if (at->connection == connection && (before <= 0 || at->id < before)) found.push_back(*at);
        return found;
    }
    Result<std::optional<std::string>> setting(const std::string& name) override {
        const auto found = settings_.find(name);
        return found == settings_.end() ? std::nullopt : std::optional{found->second};
    }
    Status put_setting(const std::string& name, const std::string& value) override {
        if (full) return no_room();
        settings_[name] = value;
        return {};
    }

    [[nodiscard]] std::vector<std::string> kinds(const std::string& connection) const {
        std::vector<std::string> kinds;
        for (const auto& entry : history_)
            if (entry.connection == connection) kinds.push_back(entry.kind);
        return kinds;
    }
    [[nodiscard]] int count(const std::string& connection, std::string_view kind) const {
        return static_cast<int>(std::count_if(history_.begin(), history_.end(), [&](const auto& entry) { return entry.connection == connection && entry.kind == kind; }));
    }
    /// Everything that was ever written, for a look whether a secret is in it.
    [[nodiscard]] std::string everything() const {
        std::string all;
        for (const auto& [id, row] : rows_) all += row.name + row.document;
        for (const auto& entry : history_) all += entry.text + entry.detail;
        for (const auto& [name, value] : settings_) all += value;
        return all;
    }
    void damage(const std::string& id) { rows_[id].document = "{\"format\":1,"; }

private:
    static Unexpected<Error> no_room() { return Unexpected{Error{ErrorKind::io, "The disk is full: nothing was written.", Fate::not_sent, "disk_full"}}; }
    void append(ports::StoredHistory entry) {
        entry.id = static_cast<std::int64_t>(history_.size()) + 1;
        history_.push_back(std::move(entry));
    }
    std::map<std::string, ports::StoredConnection> rows_;
    std::vector<ports::StoredHistory> history_;
    std::map<std::string, std::string> settings_;
};

}  // namespace bf::test
