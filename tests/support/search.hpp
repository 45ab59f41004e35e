// Looks for a secret where it must not be: in bytes, files and the memory of processes; as it is, in hex, in base64 (at each of the
// three positions in a group), and reversed.
#pragma once
#include "base/text.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace bf::test {

class Needles {
public:
    explicit Needles(const std::string& secret) {
        all_.push_back(secret);
        all_.push_back(to_hex(as_bytes(secret)));
        std::string upper = all_.back();
        std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
        all_.push_back(upper);
        all_.emplace_back(secret.rbegin(), secret.rend());
        for (std::size_t skip = 0; skip < 3; ++skip) {
            const auto whole = (secret.size() - skip) / 3 * 3;
            all_.push_back(to_base64(as_bytes(std::string_view{secret}.substr(skip, whole))));
        }
    }
    [[nodiscard]] std::size_t count(std::string_view bytes) const {
        std::size_t found = 0;
        for (const auto& needle : all_)
            for (auto at = bytes.find(needle); at != std::string_view::npos; at = bytes.find(needle, at + 1)) ++found;
        return found;
    }

private:
    std::vector<std::string> all_;
};

/// Hits in everything that can be read of the process's memory; -1 if it can't be opened.
inline long count_in_memory(const Needles& needles, pid_t pid) {
    const auto folder = "/proc/" + std::to_string(pid);
    const int memory = ::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
    if (memory < 0) return -1;
    std::ifstream maps{folder + "/maps"};
    long found = 0;
    std::string chunk;
    for (std::string line; std::getline(maps, line);) {
        unsigned long begin = 0, end = 0;
        char access = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx %c", &begin, &end, &access) != 3 || access != 'r') continue;
        constexpr unsigned long kStep = 1UL << 20;
        for (auto at = begin; at < end; at += kStep) {
            chunk.resize(std::min(end - at, kStep + 512));  // Overlapping: a hit on the border counts twice, none is missed.
            const auto got = ::pread(memory, chunk.data(), chunk.size(), static_cast<off_t>(at));
            if (got > 0) found += static_cast<long>(needles.count(std::string_view{chunk}.substr(0, static_cast<std::size_t>(got))));
        }
    }
    ::close(memory);
    return found;
}

inline std::size_t count_in_folder(const Needles& needles, const std::filesystem::path& folder) {
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder})
        if (entry.is_regular_file()) found += needles.count(file_bytes(entry.path()));
    return found;
}

}  // namespace bf::test
