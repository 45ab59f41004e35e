#include "signer/codec.hpp"

#include "base/bytes.hpp"
#include "money/decimal_bytes.hpp"
#include "signer/call_codec.hpp"
#include "signer/passkey.hpp"
#include "signer/policy_codec.hpp"

#include <algorithm>

namespace bf::signer {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kIdSize = 8;
constexpr std::size_t kConnectionMax = 64;
constexpr std::size_t kWordMax = 64;
constexpr std::size_t kSentenceMax = 400;
constexpr std::size_t kOriginMax = 300;
constexpr std::size_t kEntriesMax = 20'000;
constexpr std::size_t kHeadMax = 256;
constexpr std::size_t kPieceMax = kMessageMax - 64;
constexpr std::size_t kListMax = 64;  ///< Features, findings, headers, requests of one call.

void start(ByteWriter& out, std::size_t tag, std::uint64_t id) {
    out.cut(0);
    out.integer(id);
    out.integer(kVersion);
    out.integer(static_cast<std::uint8_t>(tag));
}

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
}
void write(ByteWriter& out, std::span<const SignItem> items) {
    out.integer(static_cast<std::uint16_t>(items.size()));
    for (const auto& item : items) {
        out.text(item.connection);
        out.enumeration(item.slot);
        out.signed64(item.at.ms());
        out.signed64(item.deadline.ms());
        write_call(out, item.call);
        out.text(item.purpose.word);
        out.integer(item.purpose.group);
        out.text(item.purpose.strategy);
        out.flag(item.reference.has_value());
        if (!item.reference) continue;
        write_decimal(out, item.reference->price);
        out.signed64(item.reference->at.ms());
    }
}
void write(ByteWriter& out, const SignRequest& q) { write(out, std::span{q.items}); }
void write(ByteWriter& out, const FactorStateRequest& q) { out.text(q.account); }
void write(ByteWriter& out, const FactorBeginRequest& q) { out.text(q.account); }
void write_account_and_code(ByteWriter& out, const auto& q) {
    out.text(q.account);
    out.text(q.code);
}
void write(ByteWriter& out, const FactorConfirmRequest& q) { write_account_and_code(out, q); }
void write(ByteWriter& out, const FactorCheckRequest& q) { write_account_and_code(out, q); }
void write(ByteWriter& out, const FactorRenewRequest& q) { write_account_and_code(out, q); }
void write(ByteWriter& out, const FactorRemoveRequest& q) { write_account_and_code(out, q); }
void write(ByteWriter& out, const FactorVouchRequest& q) {
    write_account_and_code(out, q);
    out.text(q.by);
}
void write(ByteWriter& out, const PasskeysRequest& q) { out.text(q.account); }
void write(ByteWriter& out, const PasskeyBeginRequest& q) {
    write_account_and_code(out, q);
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
void write(ByteWriter& out, const ports::StepUp& step_up) {
    out.text(step_up.account);
    out.text(step_up.code);
}
void write(ByteWriter& out, const LimitsRequest& q) { out.text(q.connection); }
void write(ByteWriter& out, const SetLimitsRequest& q) {
    out.text(q.connection);
    write_limits(out, q.limits);
    write(out, q.step_up);
}
void write(ByteWriter& out, const FreezeRequest& q) {
    out.text(q.connection);
    out.enumeration(q.level);
    write(out, q.step_up);
}
void write(ByteWriter& out, const SettleRequest& q) {
    out.integer(static_cast<std::uint16_t>(q.orders.size()));
    for (const auto& order : q.orders) {
        out.text(order.connection);
        out.text(order.client_order_id);
        out.text(order.symbol.base);
        out.text(order.symbol.quote);
        out.text(order.symbol.settle);
        out.flag(order.exit);
        write_decimal(out, order.filled);
    }
}

void write(ByteWriter& out, const PublicKey& key) { out.raw({reinterpret_cast<const char*>(key.data()), key.size()}); }
void write(ByteWriter& out, const BackupBeginRequest& q) {
    out.flag(q.keys);
    out.text(q.sealed);
    write(out, q.recipient);
}
void write(ByteWriter& out, const BackupNextRequest& q) { out.text(q.backup); }
void write(ByteWriter& out, const RestoreBeginRequest& q) {
    out.text(q.header);
    out.text(q.sealed);
    write(out, q.recipient);
}
void write(ByteWriter& out, const RestoreNextRequest& q) { out.text(q.bytes); }
void write(ByteWriter& out, const RestoreEndRequest& q) { out.enumeration(q.as); }

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
    // Only a new passphrase comes with something; one that comes with the others would silently not be used.
    if (q.sealed.empty() == (q.change == Rewrap::to_passphrase)) in.fail();
}
void read(ByteReader& in, SignRequest& q) {
    const auto count = in.integer<std::uint16_t>();
    if (count == 0 || count > kBatchMax) return in.fail();
    q.items.resize(count);
    for (auto& item : q.items) {
        if (!in.ok()) return;
        item.connection = in.text(kConnectionMax);
        item.slot = in.enumeration(Slot::previous);
        item.at = Instant::from_ms(in.signed64());
        item.deadline = Instant::from_ms(in.signed64());
        read_call(in, item.call);
        item.purpose.word = in.text(kWordMax);
        item.purpose.group = in.integer<std::uint64_t>();
        item.purpose.strategy = in.text(kWordMax);
        item.reference.reset();
        if (!in.flag()) continue;
        auto& reference = item.reference.emplace();
        read_decimal(in, reference.price);
        reference.at = Instant::from_ms(in.signed64());
    }
}
void read(ByteReader& in, ports::StepUp& step_up) {
    step_up.account = in.text(kWordMax);
    step_up.code = in.text(kProofMax);
}
void read(ByteReader& in, LimitsRequest& q) { q.connection = in.text(kConnectionMax); }
void read(ByteReader& in, SetLimitsRequest& q) {
    q.connection = in.text(kConnectionMax);
    read_limits(in, q.limits);
    read(in, q.step_up);
}
void read(ByteReader& in, FreezeRequest& q) {
    q.connection = in.text(kConnectionMax);
    q.level = in.enumeration(ports::FreezeLevel::everything);
    read(in, q.step_up);
}
void read(ByteReader& in, SettleRequest& q) {
    constexpr std::size_t kAssetMax = 20;
    const auto count = in.integer<std::uint16_t>();
    if (count == 0 || count > kBatchMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        auto& order = q.orders.emplace_back();
        order.connection = in.text(kConnectionMax);
        order.client_order_id = in.text(kWordMax);
        order.symbol.base = in.text(kAssetMax);
        order.symbol.quote = in.text(kAssetMax);
        order.symbol.settle = in.text(kAssetMax);
        order.exit = in.flag();
        read_decimal(in, order.filled);
    }
}
void read(ByteReader& in, FactorStateRequest& q) { q.account = in.text(kWordMax); }
void read(ByteReader& in, FactorBeginRequest& q) { q.account = in.text(kWordMax); }
void read_account_and_code(ByteReader& in, auto& q) {
    q.account = in.text(kWordMax);
    q.code = in.text(kProofMax);
}
void read(ByteReader& in, FactorConfirmRequest& q) { read_account_and_code(in, q); }
void read(ByteReader& in, FactorCheckRequest& q) { read_account_and_code(in, q); }
void read(ByteReader& in, FactorRenewRequest& q) { read_account_and_code(in, q); }
void read(ByteReader& in, FactorRemoveRequest& q) { read_account_and_code(in, q); }
void read(ByteReader& in, FactorVouchRequest& q) {
    read_account_and_code(in, q);
    q.by = in.text(kWordMax);
}
void read(ByteReader& in, PasskeysRequest& q) { q.account = in.text(kWordMax); }
void read(ByteReader& in, PasskeyBeginRequest& q) {
    read_account_and_code(in, q);
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

template <std::size_t N>
void write_bytes(ByteWriter& out, const std::array<unsigned char, N>& bytes) {
    out.raw({reinterpret_cast<const char*>(bytes.data()), N});
}
template <std::size_t N>
void read_bytes(ByteReader& in, std::array<unsigned char, N>& bytes) {
    const auto raw = in.raw(N);
    if (in.ok()) std::memcpy(bytes.data(), raw.data(), N);
}
void write(ByteWriter& out, const std::optional<Instant>& at) {
    out.flag(at.has_value());
    if (at) out.signed64(at->ms());
}
std::optional<Instant> read_instant(ByteReader& in) {
    if (!in.flag()) return std::nullopt;
    return Instant::from_ms(in.signed64());
}
void write(ByteWriter&, const LedgerStateRequest&) {}
void write(ByteWriter& out, const LedgerPageRequest& q) {
    out.integer(q.query.before);
    out.integer(q.query.limit);
    out.text(q.query.connection);
    out.flag(q.query.use.has_value());
    if (q.query.use) out.enumeration(*q.query.use);
    write(out, q.query.from);
    write(out, q.query.to);
}
void write(ByteWriter& out, const LedgerOutcomesRequest& q) {
    out.integer(static_cast<std::uint16_t>(q.outcomes.size()));
    for (const auto& one : q.outcomes) {
        out.text(one.connection);
        out.text(one.operation);
        out.text(one.result);
        out.text(std::string_view{one.detail}.substr(0, kSentenceMax));
        out.text(one.client_order_id);
        out.text(one.order_id);
        out.flag(one.filled.has_value());
        if (one.filled) write_decimal(out, *one.filled);
        write_bytes(out, one.digest);
    }
}
void write(ByteWriter& out, const LedgerAcceptRequest& q) { out.text(q.who); }

void read(ByteReader&, LedgerStateRequest&) {}
void read(ByteReader& in, LedgerPageRequest& q) {
    q.query.before = in.integer<std::uint64_t>();
    q.query.limit = in.integer<std::uint32_t>();
    q.query.connection = in.text(kConnectionMax);
    if (in.flag()) q.query.use = in.enumeration(kLastUseClass);
    q.query.from = read_instant(in);
    q.query.to = read_instant(in);
}
void read(ByteReader& in, LedgerOutcomesRequest& q) {
    const auto count = in.integer<std::uint16_t>();
    if (count == 0 || count > kBatchMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        auto& one = q.outcomes.emplace_back();
        one.connection = in.text(kConnectionMax);
        one.operation = in.text(kWordMax);
        one.result = in.text(kWordMax);
        one.detail = in.text(kSentenceMax);
        one.client_order_id = in.text(kWordMax);
        one.order_id = in.text(kWordMax);
        if (in.flag()) read_decimal(in, one.filled.emplace());
        read_bytes(in, one.digest);
    }
}
void read(ByteReader& in, LedgerAcceptRequest& q) { q.who = in.text(kWordMax); }

void write(ByteWriter& out, const LedgerStanding& a) {
    out.enumeration(a.state);
    out.text(std::string_view{a.detail}.substr(0, kSentenceMax));
    out.flag(a.head.has_value());
    if (a.head) {
        out.integer(a.head->segment);
        out.integer(a.head->sequence);
        out.signed64(a.head->at.ms());
        write_bytes(out, a.head->link);
        write_bytes(out, a.head->public_key);
    }
    out.integer(static_cast<std::uint16_t>(a.breaches.size()));
    for (const auto& one : a.breaches) {
        out.text(one.kind);
        out.integer(one.segment);
        out.integer(one.offset);
        out.integer(one.sequence);
        out.text(std::string_view{one.detail}.substr(0, kSentenceMax));
        out.flag(one.accepted);
    }
}
void write(ByteWriter& out, const LedgerPage& a) {
    out.integer(static_cast<std::uint16_t>(a.entries.size()));
    for (const auto& entry : a.entries) {
        std::string body;
        ByteWriter inner{body};
        write_entry(inner, entry);
        out.text(body);
    }
    out.integer(a.next);
}
void read(ByteReader& in, LedgerStanding& a) {
    a.state = in.enumeration(LedgerState::failed);
    a.detail = in.text(kSentenceMax);
    if (in.flag()) {
        auto& head = a.head.emplace();
        head.segment = in.integer<std::uint64_t>();
        head.sequence = in.integer<std::uint64_t>();
        head.at = Instant::from_ms(in.signed64());
        read_bytes(in, head.link);
        read_bytes(in, head.public_key);
    }
    const auto count = in.integer<std::uint16_t>();
    if (count > LedgerStanding::kBreachesMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        auto& one = a.breaches.emplace_back();
        one.kind = in.text(kWordMax);
        one.segment = in.integer<std::uint64_t>();
        one.offset = in.integer<std::uint64_t>();
        one.sequence = in.integer<std::uint64_t>();
        one.detail = in.text(kSentenceMax);
        one.accepted = in.flag();
    }
}
void read(ByteReader& in, LedgerPage& a) {
    const auto count = in.integer<std::uint16_t>();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        auto entry = read_entry(in.text(LedgerEntry::kBodyMax));
        if (!entry) return in.fail();
        a.entries.push_back(std::move(*entry));
    }
    a.next = in.integer<std::uint64_t>();
}
void read(ByteReader& in, PublicKey& key) {
    const auto bytes = in.raw(key.size());
    std::copy(bytes.begin(), bytes.end(), key.begin());
}
void read(ByteReader& in, BackupBeginRequest& q) {
    q.keys = in.flag();
    q.sealed = in.text(kSealedMax);
    read(in, q.recipient);
}
void read(ByteReader& in, BackupNextRequest& q) { q.backup = in.text(kWordMax); }
void read(ByteReader& in, RestoreBeginRequest& q) {
    q.header = in.text(kHeadMax);
    q.sealed = in.text(kSealedMax);
    read(in, q.recipient);
}
void read(ByteReader& in, RestoreNextRequest& q) { q.bytes = in.text(kPieceMax); }
void read(ByteReader& in, RestoreEndRequest& q) { q.as = in.enumeration(RestoreAs::keep); }

void write(ByteWriter& out, const Refused& a) {
    out.enumeration(a.reason);
    out.text(std::string_view{a.detail}.substr(0, kSentenceMax));
    out.flag(a.call.has_value());
    if (a.call) write_call_error(out, *a.call);
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
}
void write(ByteWriter& out, const std::vector<exchange::ShapeFinding>& findings) {
    out.integer(static_cast<std::uint16_t>(findings.size()));
    for (const auto& finding : findings) {
        out.text(finding.field);
        out.flag(finding.fatal);
        out.enumeration(finding.kind);
    }
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
void write(ByteWriter& out, const exchange::RequestList& requests) {
    out.integer(static_cast<std::uint8_t>(requests.size()));
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto& request = requests[i];
        out.enumeration(request.method);
        out.text(request.host);
        out.text(request.target);
        out.integer(static_cast<std::uint8_t>(request.headers.size()));
        for (const auto& header : request.headers) {
            out.text(header.name);
            out.text(header.value);
        }
        out.text(request.body);
    }
}
void write(ByteWriter& out, const SignReply& a) {
    out.integer(static_cast<std::uint16_t>(a.items.size()));
    for (const auto& item : a.items) {
        out.flag(item.refused.has_value());
        if (item.refused)
            write(out, *item.refused);
        else
            write(out, item.requests);
    }
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

void write(ByteWriter& out, const Limits& a) { write_limit_state(out, a.state); }

void read(ByteReader& in, Refused& a) {
    a.reason = in.enumeration(Refusal::step_up);
    a.detail = in.text(kSentenceMax);
    if (in.flag()) a.call = read_call_error(in);
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
void read(ByteReader& in, exchange::RequestList& requests) {
    const auto count = in.integer<std::uint8_t>();
    if (count > kListMax) return in.fail();
    for (std::uint8_t i = 0; i < count && in.ok(); ++i) {
        auto& request = requests.add();
        request.method = in.enumeration(wire::Method::del);
        request.host = in.text(kMessageMax);
        request.target = in.text(kMessageMax);
        const auto headers = in.integer<std::uint8_t>();
        if (headers > kListMax) return in.fail();
        // In the memory of the headers that were here the last time.
        request.headers.swap(request.spare);
        request.headers.resize(headers);
        for (auto& header : request.headers) {
            header.name = in.text(kMessageMax);
            header.value = in.text(kMessageMax);
        }
        request.body = in.text(kMessageMax);
    }
}
void read(ByteReader& in, SignReply& a) {
    const auto count = in.integer<std::uint16_t>();
    if (count > kBatchMax) return in.fail();
    a.items.resize(count);
    for (auto& item : a.items) {
        item.refused.reset();
        item.requests.clear();
        if (!in.ok()) return;
        if (in.flag())
            read(in, item.refused.emplace());
        else
            read(in, item.requests);
    }
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
void read(ByteReader& in, PasskeyList& a) {
    const auto count = in.integer<std::uint16_t>();
    if (count > kPasskeysMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        auto& one = a.entries.emplace_back();
        one.handle = in.text(kWordMax);
        one.name = in.text(kPasskeyNameMax);
        one.host = in.text(kOriginMax);
        one.made_at = Instant::from_ms(in.signed64());
        one.used_at = read_instant(in);
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
void read(ByteReader& in, FactorVerdict& a) {
    a.kind = in.enumeration(FactorVerdict::Kind::copied);
    a.wait_s = in.integer<std::uint32_t>();
    a.trusted = in.flag();
    a.by_recovery = in.flag();
    a.fall_cancelled = in.flag();
    a.recovery_left = in.integer<std::uint32_t>();
}

void read(ByteReader& in, Limits& a) { read_limit_state(in, a.state); }
void write(ByteWriter& out, const BackupBegun& a) {
    out.text(a.header);
    out.text(a.key);
    out.text(a.backup);
}
void write(ByteWriter& out, const BackupPiece& a) {
    out.text(a.bytes);
    out.flag(a.last);
}
void write(ByteWriter& out, const Restored& a) {
    out.flag(a.keys);
    out.integer(a.secrets);
    out.integer(a.damaged);
}
void read(ByteReader& in, BackupBegun& a) {
    a.header = in.text(kHeadMax);
    a.key = in.text(kSealedMax);
    a.backup = in.text(kWordMax);
}
void read(ByteReader& in, BackupPiece& a) {
    a.bytes = in.text(kPieceMax);
    a.last = in.flag();
}
void read(ByteReader& in, Restored& a) {
    a.keys = in.flag();
    a.secrets = in.integer<std::uint32_t>();
    a.damaged = in.integer<std::uint32_t>();
}

/// Makes the alternative numbered `tag` and reads it.
template <std::size_t I = 0, class Variant>
bool read_alternative(ByteReader& in, std::size_t tag, Variant& into) {
    if constexpr (I == std::variant_size_v<Variant>) {
        return false;
    } else {
        if (tag != I) return read_alternative<I + 1>(in, tag, into);
        read(in, into.template emplace<I>());
        return true;
    }
}

Unexpected<Error> not_ours(const char* what) {
    return Unexpected{Error{ErrorKind::protocol, std::string{"a message that is not the signer's protocol: "} + what}};
}

template <class Message, class Variant>
Result<Message> decode(std::string_view bytes, Variant Message::*part) {
    if (bytes.size() > kMessageMax) return not_ours("too long");
    ByteReader in{bytes};
    Message message;
    message.id = in.integer<std::uint64_t>();
    if (in.integer<std::uint8_t>() != kVersion) return not_ours("another version");
    const auto tag = in.integer<std::uint8_t>();
    if (!read_alternative(in, tag, message.*part)) return not_ours("unknown kind");
    if (!in.ok()) return not_ours("a field does not fit");
    if (!in.at_end()) return not_ours("bytes left over");
    return message;
}

template <class T, class Variant>
struct TagOf;
template <class T, class... Types>
struct TagOf<T, std::variant<Types...>> {
    static constexpr std::size_t value = [] {
        std::size_t at = 0;
        for (const bool same : {std::is_same_v<T, Types>...}) {
            if (same) break;
            ++at;
        }
        return at;
    }();
};

}  // namespace

void encode(std::string& out, const Request& request) {
    ByteWriter writer{out};
    start(writer, request.question.index(), request.id);
    std::visit([&writer](const auto& question) { write(writer, question); }, request.question);
}

void encode(std::string& out, const Reply& reply) {
    ByteWriter writer{out};
    start(writer, reply.answer.index(), reply.id);
    std::visit([&writer](const auto& answer) { write(writer, answer); }, reply.answer);
}

void encode_sign(std::string& out, std::uint64_t id, std::span<const SignItem> items) {
    ByteWriter writer{out};
    start(writer, TagOf<SignRequest, Question>::value, id);
    write(writer, items);
}

Result<Request> decode_request(std::string_view bytes) { return decode<Request>(bytes, &Request::question); }
Result<Reply> decode_reply(std::string_view bytes) { return decode<Reply>(bytes, &Reply::answer); }

Result<std::uint64_t> decode_sign_reply(std::string_view bytes, SignReply& reply) {
    ByteReader in{bytes};
    const auto id = in.integer<std::uint64_t>();
    const auto version = in.integer<std::uint8_t>();
    const auto tag = in.integer<std::uint8_t>();
    if (version != kVersion || tag != TagOf<SignReply, Answer>::value) {
        BF_TRY(const auto other, decode_reply(bytes));
        const auto* refused = std::get_if<Refused>(&other.answer);
        if (refused == nullptr) return not_ours("an answer to something else");
        return Unexpected{Error{ErrorKind::denied, refused->detail, Fate::not_sent, std::string{to_string(refused->reason)}}};
    }
    read(in, reply);
    if (!in.at_end()) return not_ours("a field does not fit");
    return id;
}

std::optional<std::uint64_t> decode_sign_request(std::string_view bytes, SignRequest& request) {
    if (bytes.size() > kMessageMax) return std::nullopt;
    ByteReader in{bytes};
    const auto id = in.integer<std::uint64_t>();
    if (in.integer<std::uint8_t>() != kVersion || in.integer<std::uint8_t>() != TagOf<SignRequest, Question>::value) return std::nullopt;
    read(in, request);
    return in.at_end() ? std::optional{id} : std::nullopt;
}

bool derives_a_key(std::string_view bytes) {
    ByteReader in{bytes};
    in.integer<std::uint64_t>();
    const auto version = in.integer<std::uint8_t>();
    const auto tag = in.integer<std::uint8_t>();
    if (!in.ok() || version != kVersion) return false;
    return tag == TagOf<RewrapRequest, Question>::value || tag == TagOf<BackupBeginRequest, Question>::value || tag == TagOf<RestoreBeginRequest, Question>::value;
}

std::uint64_t peek_id(std::string_view bytes) {
    if (bytes.size() < kIdSize) return 0;
    ByteReader in{bytes};
    return in.integer<std::uint64_t>();
}

SignReplyWriter::SignReplyWriter(std::string& out, std::uint64_t id, std::size_t count) : out_{out} {
    ByteWriter writer{out_};
    start(writer, TagOf<SignReply, Answer>::value, id);
    writer.integer(static_cast<std::uint16_t>(count));
}

void SignReplyWriter::add(const exchange::RequestList& requests) {
    // Room for the refusals of all that may follow, so that one long item never spoils the message.
    constexpr std::size_t kRoom = kBatchMax * 1000;
    ByteWriter writer{out_};
    const auto before = writer.position();
    writer.flag(false);
    write(writer, requests);
    if (writer.position() + kRoom <= kMessageMax) return;
    writer.cut(before);
    add(Refused{Refusal::too_large, "the signed requests don't fit one message; ask for fewer at once", {}});
}

void SignReplyWriter::add(const Refused& refused) {
    ByteWriter writer{out_};
    writer.flag(true);
    write(writer, refused);
}

}  // namespace bf::signer
