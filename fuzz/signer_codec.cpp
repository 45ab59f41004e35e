// The signer's protocol from the wire: whatever decodes must encode to the very same bytes, and nothing may crash. The first byte
// chooses between questions, answers, and answers to be signed.
#include "signer/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace bf::signer;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    std::string again;
    if (data[0] % 3 == 0) {
        const auto request = decode_request(bytes);
        if (!request) return 0;
        encode(again, *request);
        if (again != bytes) std::abort();
    } else if (data[0] % 3 == 1) {
        const auto reply = decode_reply(bytes);
        if (!reply) return 0;
        encode(again, *reply);
        if (again != bytes) std::abort();
    } else {
        static SignReply reply;
        (void)decode_sign_reply(bytes, reply).has_value();
    }
    return 0;
}
