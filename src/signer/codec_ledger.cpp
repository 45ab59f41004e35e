// The ledger of uses as bytes.
#include "signer/codec_messages.hpp"

#include "money/decimal_bytes.hpp"

#include <cstring>

namespace bf::signer {
namespace {

template <std::size_t N>
void write_bytes(ByteWriter& out, const std::array<unsigned char, N>& bytes) {
    out.raw({reinterpret_cast<const char*>(bytes.data()), N});
}
template <std::size_t N>
void read_bytes(ByteReader& in, std::array<unsigned char, N>& bytes) {
    const auto raw = in.raw(N);
    if (in.ok()) std::memcpy(bytes.data(), raw.data(), N);
}

}  // namespace

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

void read(ByteReader&, LedgerStateRequest&) {}
void read(ByteReader& in, LedgerPageRequest& q) {
    q.query.before = in.integer<std::uint64_t>();
    q.query.limit = in.integer<std::uint32_t>();
    q.query.connection = in.text(kConnectionMax);
    if (in.flag()) q.query.use = in.enumeration(kLastUseClass);
    read(in, q.query.from);
    read(in, q.query.to);
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

}  // namespace bf::signer
