// The journal's folder on a real disk.
#pragma once
#include "journal/file.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace bf::journal {

/// Files are 0600. Writing a segment full of zeros takes as long as writing it (an unwritten extent would make every later sync write
/// the file's tables as well), so a thread keeps one ready: create() of that size then only gives it its name.
class DiskFolder final : public Folder {
public:
    /// `path` exists. `ready_size`: the size to keep a file of ready; 0: none.
    explicit DiskFolder(std::string path, std::uint64_t ready_size = 0);
    ~DiskFolder() override;
    DiskFolder(const DiskFolder&) = delete;
    DiskFolder& operator=(const DiskFolder&) = delete;

    Result<std::vector<std::string>> list() override;
    Result<std::unique_ptr<File>> open(const std::string& name) override;
    Result<std::unique_ptr<File>> create(const std::string& name, std::uint64_t size) override;
    Status remove(const std::string& name) override;

private:
    [[nodiscard]] std::string in_folder(const std::string& name) const { return path_ + "/" + name; }
    void keep_ready();
    Status sync_names() const;

    std::string path_;
    std::uint64_t ready_size_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ready_{false};    ///< The file stands there, complete.
    bool wanted_{true};    ///< One was asked for since the last was begun.
    bool stopped_{false};
    std::thread maker_;
};

}  // namespace bf::journal
