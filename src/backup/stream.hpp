// Bytes of any length as a chain of authenticated chunks (libsodium's secretstream: XChaCha20-Poly1305). Each chunk holds 64 KiB and is
// tied to all before it; the last one says that it is the last. So a chunk that was changed, swapped, doubled, taken away, moved from another
// file, or an end that is missing or goes on, is found: at the chunk, before anything of it is handed over.
//
// Pure; holds one chunk at a time.
#pragma once
#include "crypto/secret.hpp"

#include <string>
#include <string_view>

namespace bf::backup {

inline constexpr std::size_t kChunk = 64 * 1024;
inline constexpr std::size_t kStreamHead = 24;
inline constexpr std::size_t kChunkMore = 17;  ///< Tag and authentication of each chunk.

class Sealer {
public:
    /// `bound` is told to both ends by other means; a stream opens with the same only.
    Sealer(const crypto::Secret& key, std::string bound);
    /// Appends to `out` what is complete by now.
    void write(std::string_view plain, std::string& out);
    /// Appends the last chunk. Nothing is written after it.
    void finish(std::string& out);

private:
    void chunk(std::string_view plain, bool last, std::string& out);
    crypto::Secret state_;
    std::string bound_;
    std::string head_;  ///< Until it was written.
    std::string waiting_;
};

class Opener {
public:
    Opener(const crypto::Secret& key, std::string bound);
    /// Appends to `plain` what is proven by now. After an error nothing more is.
    Status read(std::string_view sealed, std::string& plain);
    /// The input has ended: whether that was its end.
    Status finish(std::string& plain);

private:
    Status chunk(std::string_view sealed, bool last, std::string& plain);
    Unexpected<Error> damaged(const char* what) const;
    crypto::Secret key_;
    crypto::Secret state_;
    std::string bound_;
    std::string waiting_;
    std::uint64_t chunks_{0};
    bool begun_{false};
    bool failed_{false};
};

}  // namespace bf::backup
