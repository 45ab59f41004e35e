// The protocol's bytes: id (8 bytes, little-endian, where net::CallClient puts its number), version, tag, then the fields of protocol.hpp
// in order. Both ends are ours and of one version, so the
// decoder is as strict as it can be: another version (one end was started again after an upgrade, the other was not), an unknown tag, an enumerator out of range, a text over its bound, an amount not in canonical
// form, a byte too many, and the whole message is refused. Pure: bytes in, values out; a client on any kind of socket uses it.
#pragma once
#include "base/error.hpp"
#include "signer/protocol.hpp"

#include <span>
#include <string>
#include <string_view>

namespace bf::signer {

/// Replace the content of `out`, whose memory is used again.
void encode(std::string& out, const Request& request);
void encode(std::string& out, const Reply& reply);
/// As encoding a Request that holds a SignRequest, without building one.
void encode_sign(std::string& out, std::uint64_t id, std::span<const SignItem> items);

Result<Request> decode_request(std::string_view bytes);
Result<Reply> decode_reply(std::string_view bytes);
/// Decodes into `reply`, whose memory is used again: what the engine does for each answer to a SignRequest. Another kind of answer
/// (the whole message was refused) is an Error carrying the refusal's sentence.
Result<std::uint64_t> decode_sign_reply(std::string_view bytes, SignReply& reply);

/// Decodes a whole and sound SignRequest into `request`, whose memory is used again: what the signer does most. Nothing for anything
/// else; decode_request then says what it is or what is wrong with it.
std::optional<std::uint64_t> decode_sign_request(std::string_view bytes, SignRequest& request);

/// The error code of a message from another version of BackFuture.
inline constexpr const char* kOtherVersion = "other_version";

/// A question about what opens the vault: where the signer has a user of its own, nobody else's processes ask it. Cheap; proves nothing.
bool is_of_its_own_user(std::string_view bytes);

/// A question that takes a key derivation, which must not hold up those who want a signature. Cheap; proves nothing.
bool derives_a_key(std::string_view bytes);

/// The id of a message that may be broken behind it, so that even a refusal finds its question. 0 if there is none.
std::uint64_t peek_id(std::string_view bytes);

/// Writes the reply to a SignRequest item by item as the signer works through it.
class SignReplyWriter {
public:
    SignReplyWriter(std::string& out, std::uint64_t id, std::size_t count);
    void add(const exchange::RequestList& requests);
    void add(const Refused& refused);

private:
    std::string& out_;
};

}  // namespace bf::signer
