#include "backup/stream.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <sodium.h>

namespace bf::backup {
namespace {

using State = crypto_secretstream_xchacha20poly1305_state;
static_assert(kStreamHead == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(kChunkMore == crypto_secretstream_xchacha20poly1305_ABYTES);
static_assert(std::is_trivially_copyable_v<State>);

/// Lends the state, which holds the stream's key, from its locked memory.
template <class Use>
auto with_state(crypto::Secret& secret, Use&& use) {
    return secret.fill([&](std::span<unsigned char> bytes) { return use(reinterpret_cast<State*>(bytes.data())); });
}

crypto::Secret copy_of(const crypto::Secret& key) {
    auto copy = crypto::Secret::zeros(key.size());
    key.reveal([&](std::string_view from) { copy.fill([&](std::span<unsigned char> into) { std::copy(from.begin(), from.end(), into.begin()); }); });
    return copy;
}

unsigned char* writable(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

}  // namespace

Sealer::Sealer(const crypto::Secret& key, std::string bound) : state_{crypto::Secret::zeros(sizeof(State))}, bound_{std::move(bound)}, head_(kStreamHead, '\0') {
    BF_ASSERT(key.size() == crypto_secretstream_xchacha20poly1305_KEYBYTES);
    with_state(state_, [&](State* state) {
        key.reveal([&](std::string_view secret_key) { crypto_secretstream_xchacha20poly1305_init_push(state, writable(head_.data()), as_bytes(secret_key).data()); });
    });
}

void Sealer::chunk(std::string_view plain, bool last, std::string& out) {
    out += head_;
    head_.clear();
    const auto before = out.size();
    out.resize(before + plain.size() + kChunkMore);
    const auto tag = last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    with_state(state_, [&](State* state) {
        crypto_secretstream_xchacha20poly1305_push(state, writable(out.data() + before), nullptr, as_bytes(plain).data(), plain.size(), as_bytes(bound_).data(),
                                                   bound_.size(), static_cast<unsigned char>(tag));
    });
}

void Sealer::write(std::string_view plain, std::string& out) {
    waiting_ += plain;
    std::size_t done = 0;
    // A full one waits too: it may be the last.
    for (; waiting_.size() - done > kChunk; done += kChunk) chunk(std::string_view{waiting_}.substr(done, kChunk), false, out);
    waiting_.erase(0, done);
}

void Sealer::finish(std::string& out) {
    chunk(waiting_, true, out);
    waiting_.clear();
}

Opener::Opener(const crypto::Secret& key, std::string bound) : key_{copy_of(key)}, state_{crypto::Secret::zeros(sizeof(State))}, bound_{std::move(bound)} {}

Unexpected<Error> Opener::damaged(const char* what) const {
    return Unexpected{Error{ErrorKind::damaged, "The backup is damaged: part " + std::to_string(chunks_ + 1) + ' ' + what + '.', Fate::not_sent, "backup_damaged"}};
}

Status Opener::chunk(std::string_view sealed, bool last, std::string& plain) {
    if (sealed.size() < kChunkMore) return damaged("is missing or cut short");
    const auto before = plain.size();
    plain.resize(before + sealed.size() - kChunkMore);
    unsigned char tag = 0;
    const bool opened = with_state(state_, [&](State* state) {
        return crypto_secretstream_xchacha20poly1305_pull(state, writable(plain.data() + before), nullptr, &tag, as_bytes(sealed).data(), sealed.size(),
                                                          as_bytes(bound_).data(), bound_.size()) == 0;
    });
    const auto wanted = last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    if (opened && tag == wanted) {
        ++chunks_;
        return {};
    }
    plain.resize(before);
    failed_ = true;
    if (!opened) return damaged("fails its check");
    return damaged(last ? "is not the last, and nothing follows it" : "is the last, and something follows it");
}

Status Opener::read(std::string_view sealed, std::string& plain) {
    if (failed_) return damaged("fails its check");
    waiting_ += sealed;
    std::size_t done = 0;
    if (!begun_) {
        if (waiting_.size() < kStreamHead) return {};
        with_state(state_, [&](State* state) {
            key_.reveal([&](std::string_view key) {
                BF_ASSERT(crypto_secretstream_xchacha20poly1305_init_pull(state, as_bytes(waiting_).data(), as_bytes(key).data()) == 0);
            });
        });
        begun_ = true;
        done = kStreamHead;
    }
    constexpr auto kSize = kChunk + kChunkMore;
    for (; waiting_.size() - done > kSize; done += kSize) BF_TRY_VOID(chunk(std::string_view{waiting_}.substr(done, kSize), false, plain));
    waiting_.erase(0, done);
    return {};
}

Status Opener::finish(std::string& plain) {
    if (failed_ || !begun_) return damaged("is missing or cut short");
    auto last = chunk(waiting_, true, plain);
    waiting_.clear();
    failed_ = true;  // Nothing follows.
    return last;
}

}  // namespace bf::backup
