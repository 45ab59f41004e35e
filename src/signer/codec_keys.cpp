// Keys and the vault they lie in, as bytes: added, staged, listed, removed; unlocked and wrapped anew.
#include "signer/codec_messages.hpp"

#include "signer/policy_codec.hpp"

#include <cstring>

namespace bf::signer {
namespace {

constexpr std::size_t kEntriesMax = 20'000;

void write(ByteWriter& out, const std::vector<exchange::ShapeFinding>& findings) {
    out.integer(static_cast<std::uint16_t>(findings.size()));
    for (const auto& finding : findings) {
        out.text(finding.field);
        out.flag(finding.fatal);
        out.enumeration(finding.kind);
    }
}
void read(ByteReader& in, std::vector<exchange::ShapeFinding>& findings) {
    const auto count = in.integer<std::uint16_t>();
    if (count > kListMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        auto& finding = findings.emplace_back();
        finding.field = in.text(kWordMax);
        finding.fatal = in.flag();
        finding.kind = in.enumeration(exchange::ShapeFinding::Kind::not_simulated);
    }
}

}  // namespace

void write(ByteWriter&, const HelloRequest&) {}
void write(ByteWriter& out, const CheckShapeRequest& q) {
    out.enumeration(q.exchange);
    out.text(q.sealed);
}
void write(ByteWriter& out, const AddRequest& q) {
    out.text(q.connection);
    out.enumeration(q.exchange);
    out.enumeration(q.keep);
    out.text(q.sealed);
    out.flag(q.limits.has_value());
    if (q.limits) write_limits(out, *q.limits);
}
void write(ByteWriter& out, const StageRequest& q) {
    out.text(q.connection);
    out.text(q.sealed);
}
void write(ByteWriter& out, const PromoteRequest& q) { out.text(q.connection); }
void write(ByteWriter& out, const RollBackRequest& q) { out.text(q.connection); }
void write(ByteWriter& out, const DropRequest& q) {
    out.text(q.connection);
    out.enumeration(q.slot);
}
void write(ByteWriter& out, const RemoveRequest& q) { out.text(q.connection); }
void write(ByteWriter& out, const ListRequest& q) { out.text(q.after); }
void write(ByteWriter& out, const UnlockRequest& q) { out.text(q.sealed); }
void write(ByteWriter& out, const RewrapRequest& q) {
    out.enumeration(q.change);
    out.text(q.sealed);
    write(out, q.step_up);
}
void write(ByteWriter&, const Done&) {}
void write(ByteWriter& out, const Hello& a) {
    out.raw({reinterpret_cast<const char*>(a.public_key.data()), a.public_key.size()});
    out.text(a.fingerprint);
    out.enumeration(a.vault);
    out.text(std::string_view{a.vault_detail}.substr(0, kSentenceMax));
    out.integer(static_cast<std::uint16_t>(a.features.size()));
    for (const auto& feature : a.features) {
        out.text(feature.name);
        out.flag(feature.on);
        out.text(std::string_view{feature.detail}.substr(0, kSentenceMax));
    }
    out.enumeration(a.opener);
}
void write(ByteWriter& out, const Findings& a) { write(out, a.findings); }
void write(ByteWriter& out, const Added& a) {
    out.flag(a.kept);
    out.text(a.key_fingerprint);
    write(out, a.findings);
}
void write(ByteWriter& out, const Listing& a) {
    out.integer(static_cast<std::uint16_t>(a.entries.size()));
    for (const auto& entry : a.entries) {
        out.text(entry.connection);
        out.enumeration(entry.slot);
        out.flag(entry.exchange.has_value());
        if (entry.exchange) out.enumeration(*entry.exchange);
        out.enumeration(entry.keep);
        out.flag(entry.damaged);
        out.text(entry.key_fingerprint);
    }
    out.flag(a.more);
}

void read(ByteReader&, HelloRequest&) {}
void read(ByteReader& in, CheckShapeRequest& q) {
    q.exchange = in.enumeration(exchange::ExchangeId::bybit);
    q.sealed = in.text(kSealedMax);
}
void read(ByteReader& in, AddRequest& q) {
    q.connection = in.text(kConnectionMax);
    q.exchange = in.enumeration(exchange::ExchangeId::bybit);
    q.keep = in.enumeration(Keep::memory);
    q.sealed = in.text(kSealedMax);
    if (in.flag()) read_limits(in, q.limits.emplace());
}
void read(ByteReader& in, StageRequest& q) {
    q.connection = in.text(kConnectionMax);
    q.sealed = in.text(kSealedMax);
}
void read(ByteReader& in, PromoteRequest& q) { q.connection = in.text(kConnectionMax); }
void read(ByteReader& in, RollBackRequest& q) { q.connection = in.text(kConnectionMax); }
void read(ByteReader& in, DropRequest& q) {
    q.connection = in.text(kConnectionMax);
    q.slot = in.enumeration(Slot::previous);
}
void read(ByteReader& in, RemoveRequest& q) { q.connection = in.text(kConnectionMax); }
void read(ByteReader& in, ListRequest& q) { q.after = in.text(kConnectionMax); }
void read(ByteReader& in, UnlockRequest& q) { q.sealed = in.text(kSealedMax); }
void read(ByteReader& in, RewrapRequest& q) {
    q.change = in.enumeration(Rewrap::new_root_key);
    q.sealed = in.text(kSealedMax);
    read(in, q.step_up);
    // Only a new passphrase comes with something; one that comes with the others would silently not be used.
    if (q.sealed.empty() == (q.change == Rewrap::to_passphrase)) in.fail();
}
void read(ByteReader&, Done&) {}
void read(ByteReader& in, Hello& a) {
    const auto key = in.raw(a.public_key.size());
    if (in.ok()) std::memcpy(a.public_key.data(), key.data(), key.size());
    a.fingerprint = in.text(kWordMax);
    a.vault = in.enumeration(VaultState::failed);
    a.vault_detail = in.text(kSentenceMax);
    const auto count = in.integer<std::uint16_t>();
    if (count > kListMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        auto& feature = a.features.emplace_back();
        feature.name = in.text(kWordMax);
        feature.on = in.flag();
        feature.detail = in.text(kSentenceMax);
    }
    a.opener = in.enumeration(Opener::passphrase_credential);
}
void read(ByteReader& in, Findings& a) { read(in, a.findings); }
void read(ByteReader& in, Added& a) {
    a.kept = in.flag();
    a.key_fingerprint = in.text(kWordMax);
    read(in, a.findings);
}
void read(ByteReader& in, Listing& a) {
    const auto count = in.integer<std::uint16_t>();
    if (count > kEntriesMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        auto& entry = a.entries.emplace_back();
        entry.connection = in.text(kConnectionMax);
        entry.slot = in.enumeration(Slot::previous);
        if (in.flag()) entry.exchange = in.enumeration(exchange::ExchangeId::bybit);
        entry.keep = in.enumeration(Keep::memory);
        entry.damaged = in.flag();
        entry.key_fingerprint = in.text(kWordMax);
    }
    a.more = in.flag();
}

}  // namespace bf::signer
