#include "signer/ledger_chain.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "signer/fingerprint.hpp"

#include <algorithm>
#include <sodium.h>

namespace bf::signer {
namespace {

constexpr std::string_view kHeaderMark{"BFLEDG1\n"};
constexpr std::string_view kHeadMark{"BFLHEAD1"};
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kAnchorMark{"backfuture-ledger-1"};

template <std::size_t N>
std::string_view view_of(const std::array<unsigned char, N>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), N};
}
template <std::size_t N>
void take(ByteReader& in, std::array<unsigned char, N>& into) {
    const auto bytes = in.raw(N);
    if (bytes.size() == N) std::memcpy(into.data(), bytes.data(), N);
}

bool only_zeros(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

crypto::Secret derive(const crypto::Secret& seed, std::string_view purpose) {
    auto derived = crypto::Secret::zeros(32);
    derived.fill([&](std::span<unsigned char> into) {
        seed.reveal([&](std::string_view bytes) {
            crypto_generichash(into.data(), into.size(), as_bytes(purpose).data(), purpose.size(), as_bytes(bytes).data(), bytes.size());
        });
    });
    return derived;
}

bool verify(const LedgerPublicKey& key, std::string_view bytes, const LedgerSignature& signature) {
    return crypto_sign_verify_detached(signature.data(), as_bytes(bytes).data(), bytes.size(), key.data()) == 0;
}

template <std::size_t N>
bool from_hex(std::string_view text, std::array<unsigned char, N>& into) {
    std::size_t size = 0;
    const char* end = nullptr;
    return text.size() == 2 * N && sodium_hex2bin(into.data(), N, text.data(), text.size(), nullptr, &size, &end) == 0 && size == N && end == text.data() + text.size();
}

}  // namespace

LedgerKeys::LedgerKeys(const crypto::Secret& seed) : signing_{crypto::Secret::zeros(crypto_sign_SECRETKEYBYTES)}, tagging_{derive(seed, "backfuture ledger tag")} {
    const auto signing_seed = derive(seed, "backfuture ledger head");
    signing_.fill([&](std::span<unsigned char> into) {
        signing_seed.reveal([&](std::string_view bytes) { crypto_sign_seed_keypair(public_key_.data(), into.data(), as_bytes(bytes).data()); });
    });
}

LedgerSignature LedgerKeys::sign(std::string_view bytes) const {
    LedgerSignature signature{};
    signing_.reveal([&](std::string_view key) { crypto_sign_detached(signature.data(), nullptr, as_bytes(bytes).data(), bytes.size(), as_bytes(key).data()); });
    return signature;
}

LedgerTag LedgerKeys::tag(const LedgerLink& link) const {
    LedgerTag tag{};
    tagging_.reveal([&](std::string_view key) { crypto_generichash(tag.data(), tag.size(), link.data(), link.size(), as_bytes(key).data(), key.size()); });
    return tag;
}

std::string ledger_fingerprint(const LedgerPublicKey& key) { return fingerprint_of(key); }

std::string write_header(const LedgerHeader& header, const LedgerKeys& keys) {
    std::string bytes;
    ByteWriter out{bytes};
    out.raw(kHeaderMark);
    out.integer(kVersion);
    out.integer(std::uint32_t{header.after_break ? 1U : 0U});
    out.integer(header.segment);
    out.integer(header.first_sequence);
    out.signed64(header.begun.ms());
    out.raw(view_of(header.public_key));
    out.raw(view_of(header.previous));
    const auto signature = keys.sign(bytes);
    out.raw(view_of(signature));
    bytes.resize(kLedgerHeaderSize, '\0');
    return bytes;
}

std::optional<ReadHeader> read_header(std::string_view bytes) {
    if (bytes.size() < kLedgerHeaderSize) return std::nullopt;
    ByteReader in{bytes.substr(0, kLedgerHeaderSize)};
    ReadHeader read;
    auto& header = read.header;
    bool sound = in.raw(kHeaderMark.size()) == kHeaderMark;
    sound = in.integer<std::uint32_t>() == kVersion && sound;
    const auto flags = in.integer<std::uint32_t>();
    header.after_break = flags == 1;
    header.segment = in.integer<std::uint64_t>();
    header.first_sequence = in.integer<std::uint64_t>();
    header.begun = Instant::from_ms(in.signed64());
    take(in, header.public_key);
    take(in, header.previous);
    constexpr std::size_t kSigned = 8 + 4 + 4 + 8 + 8 + 8 + 32 + 32;
    LedgerSignature signature{};
    take(in, signature);
    read.sound = sound && flags <= 1 && verify(header.public_key, bytes.substr(0, kSigned), signature) &&
                 only_zeros(bytes.substr(kSigned + signature.size(), kLedgerHeaderSize - kSigned - signature.size()));
    return read;
}

LedgerLink first_link(std::string_view header_bytes) {
    LedgerLink link{};
    const auto bytes = as_bytes(header_bytes.substr(0, kLedgerHeaderSize));
    crypto_generichash(link.data(), link.size(), bytes.data(), bytes.size(), nullptr, 0);
    return link;
}

LedgerLink next_link(const LedgerLink& before, std::string_view length_and_body) {
    LedgerLink link{};
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, link.size());
    crypto_generichash_update(&state, before.data(), before.size());
    crypto_generichash_update(&state, as_bytes(length_and_body).data(), length_and_body.size());
    crypto_generichash_final(&state, link.data(), link.size());
    return link;
}

std::string write_head(const LedgerHead& head, const LedgerKeys& keys) {
    std::string bytes;
    ByteWriter out{bytes};
    out.raw(kHeadMark);
    out.integer(head.segment);
    out.integer(head.sequence);
    out.signed64(head.at.ms());
    out.raw(view_of(head.link));
    out.raw(view_of(head.public_key));
    const auto signature = keys.sign(bytes);
    out.raw(view_of(signature));
    bytes.resize(kLedgerHeadSize, '\0');
    return bytes;
}

std::optional<LedgerHead> read_head(std::string_view bytes) {
    if (bytes.size() < kLedgerHeadSize) return std::nullopt;
    bytes = bytes.substr(0, kLedgerHeadSize);
    ByteReader in{bytes};
    if (in.raw(kHeadMark.size()) != kHeadMark) return std::nullopt;
    LedgerHead head;
    head.segment = in.integer<std::uint64_t>();
    head.sequence = in.integer<std::uint64_t>();
    head.at = Instant::from_ms(in.signed64());
    take(in, head.link);
    take(in, head.public_key);
    constexpr std::size_t kSigned = 8 + 8 + 8 + 8 + 32 + 32;
    LedgerSignature signature{};
    take(in, signature);
    if (!verify(head.public_key, bytes.substr(0, kSigned), signature) || !only_zeros(bytes.substr(kSigned + signature.size()))) return std::nullopt;
    return head;
}

std::string anchor_text(const LedgerHead& head) {
    return std::string{kAnchorMark} + ":" + std::to_string(head.sequence) + ":" + to_hex(head.link) + ":" + to_hex(head.public_key);
}

std::optional<LedgerAnchor> parse_anchor(std::string_view text) {
    const auto parts = split(trim(text), ':');
    if (parts.size() != 4 || parts[0] != kAnchorMark) return std::nullopt;
    const auto sequence = parse_int(parts[1]);
    LedgerAnchor anchor;
    if (!sequence || *sequence < 0 || !from_hex(parts[2], anchor.link) || !from_hex(parts[3], anchor.public_key)) return std::nullopt;
    anchor.sequence = static_cast<std::uint64_t>(*sequence);
    return anchor;
}

}  // namespace bf::signer
