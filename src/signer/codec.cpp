#include "signer/codec.hpp"

#include "money/decimal_bytes.hpp"
#include "signer/call_codec.hpp"
#include "signer/codec_messages.hpp"

namespace bf::signer {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kIdSize = 8;

void start(ByteWriter& out, std::size_t tag, std::uint64_t id) {
    out.cut(0);
    out.integer(id);
    out.integer(kVersion);
    out.integer(static_cast<std::uint8_t>(tag));
}

// Signing stands here, with the code that is called for every order.
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
void write(ByteWriter& out, const Refused& a) {
    out.enumeration(a.reason);
    out.text(std::string_view{a.detail}.substr(0, kSentenceMax));
    out.flag(a.call.has_value());
    if (a.call) write_call_error(out, *a.call);
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
void read(ByteReader& in, Refused& a) {
    a.reason = in.enumeration(Refusal::step_up);
    a.detail = in.text(kSentenceMax);
    if (in.flag()) a.call = read_call_error(in);
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
    if (in.integer<std::uint8_t>() != kVersion)
        return Unexpected{Error{ErrorKind::protocol, "The signer and this process are of different versions of BackFuture: restart both.", Fate::unknown, kOtherVersion}};
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

bool is_of_its_own_user(std::string_view bytes) {
    ByteReader in{bytes};
    in.integer<std::uint64_t>();
    const auto version = in.integer<std::uint8_t>();
    const auto tag = in.integer<std::uint8_t>();
    if (!in.ok() || version != kVersion) return false;
    return tag == TagOf<UnlockRequest, Question>::value || tag == TagOf<RewrapRequest, Question>::value;
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
