// Backups of the vault, and their way back, as bytes.
#include "signer/codec_messages.hpp"

#include <algorithm>

namespace bf::signer {
namespace {

constexpr std::size_t kPieceMax = kMessageMax - 64;
constexpr std::size_t kHeadMax = 256;

void write(ByteWriter& out, const PublicKey& key) { out.raw({reinterpret_cast<const char*>(key.data()), key.size()}); }
void read(ByteReader& in, PublicKey& key) {
    const auto bytes = in.raw(key.size());
    std::copy(bytes.begin(), bytes.end(), key.begin());
}

}  // namespace

void write(ByteWriter& out, const BackupBeginRequest& q) {
    out.flag(q.keys);
    out.text(q.sealed);
    write(out, q.recipient);
    write(out, q.step_up);
}
void write(ByteWriter& out, const BackupNextRequest& q) { out.text(q.backup); }
void write(ByteWriter& out, const RestoreBeginRequest& q) {
    out.text(q.header);
    out.text(q.sealed);
    write(out, q.recipient);
}
void write(ByteWriter& out, const RestoreNextRequest& q) { out.text(q.bytes); }
void write(ByteWriter& out, const RestoreEndRequest& q) { out.enumeration(q.as); }
void write(ByteWriter& out, const BackupBegun& a) {
    out.text(a.header);
    out.text(a.key);
    out.text(a.backup);
    out.text(a.ledger_missing);
}
void write(ByteWriter& out, const BackupPiece& a) {
    out.text(a.bytes);
    out.flag(a.last);
}
void write(ByteWriter& out, const Restored& a) {
    out.flag(a.keys);
    out.integer(a.secrets);
    out.integer(a.damaged);
    out.flag(a.ledger);
}

void read(ByteReader& in, BackupBeginRequest& q) {
    q.keys = in.flag();
    q.sealed = in.text(kSealedMax);
    read(in, q.recipient);
    read(in, q.step_up);
}
void read(ByteReader& in, BackupNextRequest& q) { q.backup = in.text(kWordMax); }
void read(ByteReader& in, RestoreBeginRequest& q) {
    q.header = in.text(kHeadMax);
    q.sealed = in.text(kSealedMax);
    read(in, q.recipient);
}
void read(ByteReader& in, RestoreNextRequest& q) { q.bytes = in.text(kPieceMax); }
void read(ByteReader& in, RestoreEndRequest& q) { q.as = in.enumeration(RestoreAs::keep); }
void read(ByteReader& in, BackupBegun& a) {
    a.header = in.text(kHeadMax);
    a.key = in.text(kSealedMax);
    a.backup = in.text(kWordMax);
    a.ledger_missing = in.text(kSentenceMax);
}
void read(ByteReader& in, BackupPiece& a) {
    a.bytes = in.text(kPieceMax);
    a.last = in.flag();
}
void read(ByteReader& in, Restored& a) {
    a.keys = in.flag();
    a.secrets = in.integer<std::uint32_t>();
    a.damaged = in.integer<std::uint32_t>();
    a.ledger = in.flag();
}

}  // namespace bf::signer
