// Internal to the codec: the fields of each kind of message, written and read by the sources that know them; codec.cpp tells the kinds apart.
#pragma once
#include "base/bytes.hpp"
#include "signer/protocol.hpp"

namespace bf::signer {

inline constexpr std::size_t kConnectionMax = 64;
inline constexpr std::size_t kWordMax = 64;
inline constexpr std::size_t kSentenceMax = 400;
inline constexpr std::size_t kListMax = 64;  ///< Features, findings, headers, requests of one call.

inline void write(ByteWriter& out, const std::optional<Instant>& at) {
    out.flag(at.has_value());
    if (at) out.signed64(at->ms());
}
inline void read(ByteReader& in, std::optional<Instant>& at) {
    at.reset();
    if (in.flag()) at = Instant::from_ms(in.signed64());
}

// codec_keys.cpp
void write(ByteWriter&, const HelloRequest&);
void write(ByteWriter& out, const CheckShapeRequest& q);
void write(ByteWriter& out, const AddRequest& q);
void write(ByteWriter& out, const StageRequest& q);
void write(ByteWriter& out, const PromoteRequest& q);
void write(ByteWriter& out, const RollBackRequest& q);
void write(ByteWriter& out, const DropRequest& q);
void write(ByteWriter& out, const RemoveRequest& q);
void write(ByteWriter& out, const ListRequest& q);
void write(ByteWriter& out, const UnlockRequest& q);
void write(ByteWriter& out, const RewrapRequest& q);
void read(ByteReader&, HelloRequest&);
void read(ByteReader& in, CheckShapeRequest& q);
void read(ByteReader& in, AddRequest& q);
void read(ByteReader& in, StageRequest& q);
void read(ByteReader& in, PromoteRequest& q);
void read(ByteReader& in, RollBackRequest& q);
void read(ByteReader& in, DropRequest& q);
void read(ByteReader& in, RemoveRequest& q);
void read(ByteReader& in, ListRequest& q);
void read(ByteReader& in, UnlockRequest& q);
void read(ByteReader& in, RewrapRequest& q);
void write(ByteWriter&, const Done&);
void write(ByteWriter& out, const Hello& a);
void write(ByteWriter& out, const Findings& a);
void write(ByteWriter& out, const Added& a);
void write(ByteWriter& out, const Listing& a);
void read(ByteReader&, Done&);
void read(ByteReader& in, Hello& a);
void read(ByteReader& in, Findings& a);
void read(ByteReader& in, Added& a);
void read(ByteReader& in, Listing& a);

// codec_factor.cpp
void write(ByteWriter& out, const FactorStateRequest& q);
void write(ByteWriter& out, const FactorBeginRequest& q);
void write(ByteWriter& out, const FactorConfirmRequest& q);
void write(ByteWriter& out, const FactorCheckRequest& q);
void write(ByteWriter& out, const FactorRenewRequest& q);
void write(ByteWriter& out, const FactorRemoveRequest& q);
void write(ByteWriter& out, const FactorVouchRequest& q);
void read(ByteReader& in, FactorStateRequest& q);
void read(ByteReader& in, FactorBeginRequest& q);
void read(ByteReader& in, FactorConfirmRequest& q);
void read(ByteReader& in, FactorCheckRequest& q);
void read(ByteReader& in, FactorRenewRequest& q);
void read(ByteReader& in, FactorRemoveRequest& q);
void read(ByteReader& in, FactorVouchRequest& q);
void write(ByteWriter& out, const FactorState& a);
void write(ByteWriter& out, const FactorBegun& a);
void write(ByteWriter& out, const FactorCodes& a);
void write(ByteWriter& out, const FactorVerdict& a);
void read(ByteReader& in, FactorState& a);
void read(ByteReader& in, FactorBegun& a);
void read(ByteReader& in, FactorCodes& a);
void read(ByteReader& in, FactorVerdict& a);

// codec_passkey.cpp
void write(ByteWriter& out, const PasskeysRequest& q);
void write(ByteWriter& out, const PasskeyBeginRequest& q);
void write(ByteWriter& out, const PasskeyAddRequest& q);
void write(ByteWriter& out, const PasskeyChallengeRequest& q);
void write(ByteWriter& out, const PasskeyRemoveRequest& q);
void read(ByteReader& in, PasskeysRequest& q);
void read(ByteReader& in, PasskeyBeginRequest& q);
void read(ByteReader& in, PasskeyAddRequest& q);
void read(ByteReader& in, PasskeyChallengeRequest& q);
void read(ByteReader& in, PasskeyRemoveRequest& q);
void write(ByteWriter& out, const PasskeyList& a);
void write(ByteWriter& out, const PasskeyAsked& a);
void read(ByteReader& in, PasskeyList& a);
void read(ByteReader& in, PasskeyAsked& a);

// codec_limits.cpp
void write(ByteWriter& out, const ports::StepUp& step_up);
void read(ByteReader& in, ports::StepUp& step_up);
void write(ByteWriter& out, const LimitsRequest& q);
void write(ByteWriter& out, const SetLimitsRequest& q);
void write(ByteWriter& out, const FreezeRequest& q);
void write(ByteWriter& out, const SettleRequest& q);
void read(ByteReader& in, LimitsRequest& q);
void read(ByteReader& in, SetLimitsRequest& q);
void read(ByteReader& in, FreezeRequest& q);
void read(ByteReader& in, SettleRequest& q);
void write(ByteWriter& out, const Limits& a);
void read(ByteReader& in, Limits& a);

// codec_ledger.cpp
void write(ByteWriter&, const LedgerStateRequest&);
void write(ByteWriter& out, const LedgerPageRequest& q);
void write(ByteWriter& out, const LedgerOutcomesRequest& q);
void write(ByteWriter& out, const LedgerAcceptRequest& q);
void read(ByteReader&, LedgerStateRequest&);
void read(ByteReader& in, LedgerPageRequest& q);
void read(ByteReader& in, LedgerOutcomesRequest& q);
void read(ByteReader& in, LedgerAcceptRequest& q);
void write(ByteWriter& out, const LedgerStanding& a);
void write(ByteWriter& out, const LedgerPage& a);
void read(ByteReader& in, LedgerStanding& a);
void read(ByteReader& in, LedgerPage& a);

// codec_backup.cpp
void write(ByteWriter& out, const BackupBeginRequest& q);
void write(ByteWriter& out, const BackupNextRequest& q);
void write(ByteWriter& out, const RestoreBeginRequest& q);
void write(ByteWriter& out, const RestoreNextRequest& q);
void write(ByteWriter& out, const RestoreEndRequest& q);
void read(ByteReader& in, BackupBeginRequest& q);
void read(ByteReader& in, BackupNextRequest& q);
void read(ByteReader& in, RestoreBeginRequest& q);
void read(ByteReader& in, RestoreNextRequest& q);
void read(ByteReader& in, RestoreEndRequest& q);
void write(ByteWriter& out, const BackupBegun& a);
void write(ByteWriter& out, const BackupPiece& a);
void write(ByteWriter& out, const Restored& a);
void read(ByteReader& in, BackupBegun& a);
void read(ByteReader& in, BackupPiece& a);
void read(ByteReader& in, Restored& a);

}  // namespace bf::signer
