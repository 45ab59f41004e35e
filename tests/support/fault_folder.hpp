// A folder in memory that loses power: what was written since the last sync is then there, half there or not there, sector by sector,
// as the dice say. Names and sizes of new files are durable at once, as create() promises.
#pragma once
#include "journal/file.hpp"

#include <cstring>
#include <map>
#include <random>

namespace bf::test {

class FaultFolder final : public journal::Folder {
public:
    static constexpr std::size_t kSector = 512;
    struct Disk {
        std::string durable;
        std::string now;
    };

    Result<std::vector<std::string>> list() override {
        std::vector<std::string> names;
        for (const auto& [name, disk] : files) names.push_back(name);
        return names;
    }
    Result<std::unique_ptr<journal::File>> open(const std::string& name) override {
        if (!files.contains(name)) return Unexpected{Error{ErrorKind::not_found, name}};
        return std::unique_ptr<journal::File>{std::make_unique<Opened>(*this, files[name])};
    }
    Result<std::unique_ptr<journal::File>> create(const std::string& name, std::uint64_t size) override {
        if (!step()) return Unexpected{Error{ErrorKind::io, "the disk is full", Fate::not_sent, journal::kDiskFull}};
        files[name] = {std::string(size, '\0'), std::string(size, '\0')};
        return open(name);
    }
    Status remove(const std::string& name) override {
        files.erase(name);
        return {};
    }

    /// The machine stops: of every sector written since the last sync, the dice keep the old or the new one.
    void lose_power(std::mt19937_64& dice) {
        for (auto& [name, disk] : files) {
            for (std::size_t at = 0; at < disk.now.size(); at += kSector) {
                const auto size = std::min(kSector, disk.now.size() - at);
                if (dice() % 2 == 0) std::memcpy(disk.now.data() + at, disk.durable.data() + at, size);
            }
            disk.durable = disk.now;
        }
        left_ = -1;
    }
    /// The `nth` write, sync or create from now fails (0 is the next), and all after it.
    void fail_at(int nth) { left_ = nth; }

    std::map<std::string, Disk> files;
    std::uint64_t steps{0};  ///< Writes, syncs and creations so far.

private:
    class Opened final : public journal::File {
    public:
        Opened(FaultFolder& folder, Disk& disk) : folder_{folder}, disk_{disk} {}
        [[nodiscard]] std::uint64_t size() const override { return disk_.now.size(); }
        Status read(std::uint64_t offset, std::span<char> to) override {
            std::memcpy(to.data(), disk_.now.data() + offset, to.size());
            return {};
        }
        Status write(std::uint64_t offset, std::string_view bytes) override {
            if (!folder_.step()) return Unexpected{Error{ErrorKind::io, "the write failed"}};
            if (disk_.now.size() < offset + bytes.size()) disk_.now.resize(offset + bytes.size()), disk_.durable.resize(offset + bytes.size());
            std::memcpy(disk_.now.data() + offset, bytes.data(), bytes.size());
            return {};
        }
        Status sync() override {
            if (!folder_.step()) return Unexpected{Error{ErrorKind::io, "the sync failed"}};
            disk_.durable = disk_.now;
            return {};
        }

    private:
        FaultFolder& folder_;
        Disk& disk_;
    };
    bool step() {
        ++steps;
        return left_ < 0 || left_-- > 0 || (left_ = 0, false);
    }

    int left_{-1};
};

}  // namespace bf::test
