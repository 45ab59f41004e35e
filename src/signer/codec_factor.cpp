// Second factors as bytes.
#include "signer/codec_messages.hpp"
#include "signer/passkey.hpp"

namespace bf::signer {
namespace {

void write_account_and_code(ByteWriter& out, const auto& q) {
    out.text(q.account);
    out.text(q.code);
}
void read_account_and_code(ByteReader& in, auto& q) {
    q.account = in.text(kWordMax);
    q.code = in.text(kProofMax);
}

}  // namespace

void write(ByteWriter& out, const FactorStateRequest& q) { out.text(q.account); }
void write(ByteWriter& out, const FactorBeginRequest& q) { out.text(q.account); }
void write(ByteWriter& out, const FactorConfirmRequest& q) {
    write_account_and_code(out, q);
    out.flag(q.may_count);
}
void write(ByteWriter& out, const FactorCheckRequest& q) { write_account_and_code(out, q); }
void write(ByteWriter& out, const FactorRenewRequest& q) { write_account_and_code(out, q); }
void write(ByteWriter& out, const FactorRemoveRequest& q) { write_account_and_code(out, q); }
void write(ByteWriter& out, const FactorVouchRequest& q) {
    write_account_and_code(out, q);
    out.text(q.by);
}
void write(ByteWriter& out, const FactorState& a) {
    out.flag(a.on);
    out.flag(a.trusted);
    out.integer(a.recovery_left);
    out.flag(a.falls_at.has_value());
    if (a.falls_at) out.signed64(a.falls_at->ms());
}
void write(ByteWriter& out, const FactorBegun& a) { out.text(a.secret); }
void write(ByteWriter& out, const FactorCodes& a) {
    out.integer(static_cast<std::uint16_t>(a.codes.size()));
    for (const auto& code : a.codes) out.text(code);
}
void write(ByteWriter& out, const FactorVerdict& a) {
    out.enumeration(a.kind);
    out.integer(a.wait_s);
    out.flag(a.trusted);
    out.flag(a.by_recovery);
    out.flag(a.fall_cancelled);
    out.integer(a.recovery_left);
}

void read(ByteReader& in, FactorStateRequest& q) { q.account = in.text(kWordMax); }
void read(ByteReader& in, FactorBeginRequest& q) { q.account = in.text(kWordMax); }
void read(ByteReader& in, FactorConfirmRequest& q) {
    read_account_and_code(in, q);
    q.may_count = in.flag();
}
void read(ByteReader& in, FactorCheckRequest& q) { read_account_and_code(in, q); }
void read(ByteReader& in, FactorRenewRequest& q) { read_account_and_code(in, q); }
void read(ByteReader& in, FactorRemoveRequest& q) { read_account_and_code(in, q); }
void read(ByteReader& in, FactorVouchRequest& q) {
    read_account_and_code(in, q);
    q.by = in.text(kWordMax);
}
void read(ByteReader& in, FactorState& a) {
    a.on = in.flag();
    a.trusted = in.flag();
    a.recovery_left = in.integer<std::uint32_t>();
    if (in.flag()) a.falls_at = Instant::from_ms(in.signed64());
}
void read(ByteReader& in, FactorBegun& a) { a.secret = in.text(kWordMax); }
void read(ByteReader& in, FactorCodes& a) {
    const auto count = in.integer<std::uint16_t>();
    if (count > kListMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) a.codes.emplace_back(in.text(kWordMax));
}
void read(ByteReader& in, FactorVerdict& a) {
    a.kind = in.enumeration(FactorVerdict::Kind::copied);
    a.wait_s = in.integer<std::uint32_t>();
    a.trusted = in.flag();
    a.by_recovery = in.flag();
    a.fall_cancelled = in.flag();
    a.recovery_left = in.integer<std::uint32_t>();
}

}  // namespace bf::signer
