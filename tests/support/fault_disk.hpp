// A disk that fails when told: SQLite's file layer wrapped, every write, cut, sync and deletion counted. At the chosen one it fails,
// or the process ends in the middle of it, half of the bytes written, as kill -9 or a power cut would have it.
#pragma once
#include <cstring>
#include <sqlite3.h>
#include <unistd.h>

namespace bf::test {

class FaultDisk {
public:
    enum class Fault { none, error, full, end_of_process };

    FaultDisk() {
        real_ = sqlite3_vfs_find(nullptr);
        self_ = this;
        vfs_ = *real_;
        vfs_.zName = "fault";
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        vfs_.xOpen = &FaultDisk::open;
        vfs_.xDelete = &FaultDisk::remove;
        sqlite3_vfs_register(&vfs_, 1);
    }
    FaultDisk(const FaultDisk&) = delete;
    FaultDisk& operator=(const FaultDisk&) = delete;
    ~FaultDisk() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(real_, 1);
        self_ = nullptr;
    }

    /// The `nth` operation from now (0 is the next) and, for errors, all after it.
    void fail_at(int nth, Fault fault) {
        left_ = nth;
        fault_ = fault;
        happened_ = false;
    }
    void heal() { fault_ = Fault::none; }
    [[nodiscard]] bool happened() const { return happened_; }

private:
    struct File {
        sqlite3_file base;
        [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };
    static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

    /// Nothing: go on. Else what to answer.
    int strike() {
        if (fault_ == Fault::none || left_-- > 0) return SQLITE_OK;
        happened_ = true;
        if (fault_ == Fault::end_of_process) ::_exit(99);
        return fault_ == Fault::full ? SQLITE_FULL : SQLITE_IOERR;
    }

    static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
        static const sqlite3_io_methods methods = make_methods();
        auto* const real_file = real(file);
        file->pMethods = nullptr;
        const int opened = self_->real_->xOpen(self_->real_, name, real_file, flags, out);
        if (opened == SQLITE_OK) file->pMethods = &methods;
        return opened;
    }
    static int remove(sqlite3_vfs*, const char* name, int sync) {
        const int struck = self_->strike();
        return struck != SQLITE_OK ? struck : self_->real_->xDelete(self_->real_, name, sync);
    }
    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
        // The torn half comes first, so that it is there if the process ends now.
        if (self_->fault_ == Fault::end_of_process && self_->left_ == 0) real(file)->pMethods->xWrite(real(file), bytes, size / 2, at);
        const int struck = self_->strike();
        return struck != SQLITE_OK ? struck : real(file)->pMethods->xWrite(real(file), bytes, size, at);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        const int struck = self_->strike();
        return struck != SQLITE_OK ? struck : real(file)->pMethods->xTruncate(real(file), size);
    }
    static int sync(sqlite3_file* file, int flags) {
        const int struck = self_->strike();
        return struck != SQLITE_OK ? struck : real(file)->pMethods->xSync(real(file), flags);
    }
    static sqlite3_io_methods make_methods() {
        sqlite3_io_methods methods{};
        methods.iVersion = 1;
        methods.xClose = [](sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); };
        methods.xRead = [](sqlite3_file* file, void* bytes, int size, sqlite3_int64 at) { return real(file)->pMethods->xRead(real(file), bytes, size, at); };
        methods.xWrite = &FaultDisk::write;
        methods.xTruncate = &FaultDisk::truncate;
        methods.xSync = &FaultDisk::sync;
        methods.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); };
        methods.xLock = [](sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); };
        methods.xUnlock = [](sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); };
        methods.xCheckReservedLock = [](sqlite3_file* file, int* out) { return real(file)->pMethods->xCheckReservedLock(real(file), out); };
        methods.xFileControl = [](sqlite3_file* file, int op, void* arg) { return real(file)->pMethods->xFileControl(real(file), op, arg); };
        methods.xSectorSize = [](sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); };
        methods.xDeviceCharacteristics = [](sqlite3_file*) { return 0; };
        return methods;
    }

    static inline FaultDisk* self_{nullptr};
    sqlite3_vfs vfs_{};
    sqlite3_vfs* real_{nullptr};
    int left_{0};
    Fault fault_{Fault::none};
    bool happened_{false};
};

}  // namespace bf::test
