// libsodium's slow functions on curves, remembered: what each gives depends on its arguments alone, and a target asks most of them the same
// again for every input. Whatever an input changes is reckoned as ever. For one file of a program only; found before libsodium's by the linker.
#pragma once
#include <cstring>
#include <dlfcn.h>
#include <sodium.h>

// Which answers are remembered is no news to the fuzzer.
#define BF_UNSEEN __attribute__((no_sanitize("coverage")))

namespace bf::fuzz {

/// One answer to one question; a later one with the same place in the table takes it.
class Remembered {
public:
    static constexpr unsigned long long kOutMax = 256;  ///< A longer answer is not kept.
    struct Piece {
        const void* bytes;
        unsigned long long size;
    };
    /// The place for a question; `known()` says whether its answer is there.
    BF_UNSEEN Remembered(const char* function, const Piece* pieces, int count) {
        crypto_generichash_state state;
        crypto_generichash_init(&state, nullptr, 0, sizeof question_);
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(function), std::strlen(function) + 1);
        for (int i = 0; i < count; ++i) {
            crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&pieces[i].size), sizeof pieces[i].size);
            crypto_generichash_update(&state, static_cast<const unsigned char*>(pieces[i].bytes), pieces[i].size);
        }
        crypto_generichash_final(&state, question_, sizeof question_);
        unsigned place = 0;
        std::memcpy(&place, question_, sizeof place);
        slot_ = &slots()[place % kSlots];
    }
    [[nodiscard]] BF_UNSEEN bool known() const { return slot_->filled && sodium_memcmp(slot_->question, question_, sizeof question_) == 0; }
    /// Where the function refuses it leaves `out` as it was.
    BF_UNSEEN int tell(void* out, unsigned long long size) const { return copy(out, slot_->out, slot_->result == 0 ? size : 0), slot_->result; }
    BF_UNSEEN int keep(int result, const void* out, unsigned long long size) {
        if (size > kOutMax) return result;
        slot_->filled = true;
        slot_->result = result;
        copy(slot_->question, question_, sizeof question_);
        copy(slot_->out, out, result == 0 ? size : 0);
        return result;
    }

private:
    static constexpr unsigned kSlots = 1024;
    struct Slot {
        bool filled;
        int result;
        unsigned char question[32];
        unsigned char out[kOutMax];
    };
    BF_UNSEEN static Slot* slots() {
        static Slot all[kSlots];
        return all;
    }
    BF_UNSEEN static void copy(void* to, const void* from, unsigned long long size) {
        if (size > 0) std::memcpy(to, from, size);
    }
    unsigned char question_[32]{};
    Slot* slot_{nullptr};
};

template <class Function>
BF_UNSEEN Function* libsodium(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace bf::fuzz

extern "C" {

BF_UNSEEN int crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message, unsigned long long size, const unsigned char* key) {
    static auto* const real = bf::fuzz::libsodium<decltype(crypto_sign_verify_detached)>("crypto_sign_verify_detached");
    const bf::fuzz::Remembered::Piece pieces[] = {{signature, crypto_sign_BYTES}, {message, size}, {key, crypto_sign_PUBLICKEYBYTES}};
    bf::fuzz::Remembered answer{"verify", pieces, 3};
    return answer.known() ? answer.tell(nullptr, 0) : answer.keep(real(signature, message, size, key), nullptr, 0);
}

BF_UNSEEN int crypto_sign_detached(unsigned char* signature, unsigned long long* signature_size, const unsigned char* message, unsigned long long size, const unsigned char* key) {
    static auto* const real = bf::fuzz::libsodium<decltype(crypto_sign_detached)>("crypto_sign_detached");
    const bf::fuzz::Remembered::Piece pieces[] = {{message, size}, {key, crypto_sign_SECRETKEYBYTES}};
    bf::fuzz::Remembered answer{"sign", pieces, 2};
    if (signature_size != nullptr) *signature_size = crypto_sign_BYTES;
    return answer.known() ? answer.tell(signature, crypto_sign_BYTES) : answer.keep(real(signature, nullptr, message, size, key), signature, crypto_sign_BYTES);
}

BF_UNSEEN int crypto_sign_seed_keypair(unsigned char* public_key, unsigned char* secret_key, const unsigned char* seed) {
    static auto* const real = bf::fuzz::libsodium<decltype(crypto_sign_seed_keypair)>("crypto_sign_seed_keypair");
    const bf::fuzz::Remembered::Piece piece{seed, crypto_sign_SEEDBYTES};
    bf::fuzz::Remembered answer{"seed", &piece, 1};
    // The secret key ends with the public one.
    constexpr unsigned long long kSize = crypto_sign_SECRETKEYBYTES;
    const int result = answer.known() ? answer.tell(secret_key, kSize) : answer.keep(real(public_key, secret_key, seed), secret_key, kSize);
    std::memcpy(public_key, secret_key + crypto_sign_SEEDBYTES, crypto_sign_PUBLICKEYBYTES);
    return result;
}

BF_UNSEEN int crypto_box_keypair(unsigned char* public_key, unsigned char* secret_key) {
    randombytes_buf(secret_key, crypto_box_SECRETKEYBYTES);
    const bf::fuzz::Remembered::Piece piece{secret_key, crypto_box_SECRETKEYBYTES};
    bf::fuzz::Remembered answer{"box", &piece, 1};
    return answer.known() ? answer.tell(public_key, crypto_box_PUBLICKEYBYTES) : answer.keep(crypto_scalarmult_base(public_key, secret_key), public_key, crypto_box_PUBLICKEYBYTES);
}

BF_UNSEEN int crypto_box_seal_open(unsigned char* plain, const unsigned char* sealed, unsigned long long size, const unsigned char* public_key, const unsigned char* secret_key) {
    static auto* const real = bf::fuzz::libsodium<decltype(crypto_box_seal_open)>("crypto_box_seal_open");
    if (size < crypto_box_SEALBYTES) return -1;
    const bf::fuzz::Remembered::Piece pieces[] = {{sealed, size}, {public_key, crypto_box_PUBLICKEYBYTES}, {secret_key, crypto_box_SECRETKEYBYTES}};
    bf::fuzz::Remembered answer{"open", pieces, 3};
    return answer.known() ? answer.tell(plain, size - crypto_box_SEALBYTES) : answer.keep(real(plain, sealed, size, public_key, secret_key), plain, size - crypto_box_SEALBYTES);
}
}
