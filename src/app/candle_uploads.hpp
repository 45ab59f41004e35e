// Files that a page sends in pieces, on their way to an import: each in a folder of its own, gone when it was imported, dropped or forgotten.
#pragma once
#include "net/loop.hpp"
#include "server/candle_api.hpp"

#include <map>

namespace bf::app {

class CandleUploads {
public:
    using Upload = server::CandleDesk::Upload;

    /// `folder`: of the candle sets.
    CandleUploads(net::Loop& loop, const std::string& folder);
    ~CandleUploads();
    CandleUploads(const CandleUploads&) = delete;
    CandleUploads& operator=(const CandleUploads&) = delete;
    /// Those of an earlier life are gone.
    Status prepare();

    Result<Upload> begin(const std::string& name, std::uint64_t bytes);
    [[nodiscard]] std::optional<Upload> find(const std::string& id) const;
    Result<Upload> add(const std::string& id, std::uint64_t offset, std::span<const unsigned char> bytes);
    Status drop(const std::string& id);

    /// Where these lie, all of them whole; from now on they are being imported.
    Result<std::vector<std::string>> take(const std::vector<std::string>& ids);
    /// They were, or could not be.
    void imported(const std::vector<std::string>& ids);

private:
    struct Kept {
        Upload upload;
        std::string folder, path;
        int fd{-1};
        std::chrono::microseconds touched{0};
        bool importing{false};
    };
    void sweep();
    void remove(Kept& kept);

    net::Loop& loop_;
    std::string folder_;
    std::uint64_t last_id_{0};
    std::map<std::string, Kept> kept_;
    std::optional<ports::Timers::Id> sweep_timer_;
};

}  // namespace bf::app
