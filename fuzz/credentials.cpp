// What a sealed box may hold once opened: any bytes at all.
#include "signer/credentials.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace bf;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto json = crypto::Secret::take(std::string{reinterpret_cast<const char*>(data), size});
    const auto fields = signer::parse_credentials(std::move(json));
    // Unescaped is never longer than what was there.
    if (fields && fields->key.size() + fields->secret.size() > size) std::abort();
    return 0;
}
