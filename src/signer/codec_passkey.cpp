// Passkeys as bytes.
#include "signer/codec_messages.hpp"
#include "signer/passkey.hpp"

namespace bf::signer {
namespace {

constexpr std::size_t kOriginMax = 300;

}  // namespace

void write(ByteWriter& out, const PasskeysRequest& q) { out.text(q.account); }
void write(ByteWriter& out, const PasskeyBeginRequest& q) {
    out.text(q.account);
    out.text(q.code);
    out.text(q.origin);
}
void write(ByteWriter& out, const PasskeyAddRequest& q) {
    out.text(q.account);
    out.text(q.name);
    out.text(q.client_data);
    out.text(q.authenticator_data);
}
void write(ByteWriter& out, const PasskeyChallengeRequest& q) {
    out.text(q.account);
    out.text(q.origin);
}
void write(ByteWriter& out, const PasskeyRemoveRequest& q) {
    out.text(q.account);
    out.text(q.handle);
}
void write(ByteWriter& out, const PasskeyList& a) {
    out.integer(static_cast<std::uint16_t>(a.entries.size()));
    for (const auto& one : a.entries) {
        out.text(one.handle);
        out.text(one.name);
        out.text(one.host);
        out.signed64(one.made_at.ms());
        write(out, one.used_at);
    }
}
void write(ByteWriter& out, const PasskeyAsked& a) {
    out.text(a.challenge);
    out.text(a.host);
    out.text(a.user);
    out.integer(static_cast<std::uint16_t>(a.credentials.size()));
    for (const auto& one : a.credentials) out.text(one);
}

void read(ByteReader& in, PasskeysRequest& q) { q.account = in.text(kWordMax); }
void read(ByteReader& in, PasskeyBeginRequest& q) {
    q.account = in.text(kWordMax);
    q.code = in.text(kProofMax);
    q.origin = in.text(kOriginMax);
}
void read(ByteReader& in, PasskeyAddRequest& q) {
    q.account = in.text(kWordMax);
    q.name = in.text(kPasskeyNameMax);
    q.client_data = in.text(kProofMax);
    q.authenticator_data = in.text(kProofMax);
}
void read(ByteReader& in, PasskeyChallengeRequest& q) {
    q.account = in.text(kWordMax);
    q.origin = in.text(kOriginMax);
}
void read(ByteReader& in, PasskeyRemoveRequest& q) {
    q.account = in.text(kWordMax);
    q.handle = in.text(kWordMax);
}
void read(ByteReader& in, PasskeyList& a) {
    const auto count = in.integer<std::uint16_t>();
    if (count > kPasskeysMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        auto& one = a.entries.emplace_back();
        one.handle = in.text(kWordMax);
        one.name = in.text(kPasskeyNameMax);
        one.host = in.text(kOriginMax);
        one.made_at = Instant::from_ms(in.signed64());
        read(in, one.used_at);
    }
}
void read(ByteReader& in, PasskeyAsked& a) {
    a.challenge = in.text(kWordMax);
    a.host = in.text(kOriginMax);
    a.user = in.text(kWordMax);
    const auto count = in.integer<std::uint16_t>();
    if (count > kPasskeysMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) a.credentials.emplace_back(in.text(kProofMax));
}

}  // namespace bf::signer
