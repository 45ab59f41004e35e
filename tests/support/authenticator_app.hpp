// What an authenticator app shows, worked out by liboath.
#pragma once
#include "base/time.hpp"

#include <cstdlib>
#include <liboath/oath.h>
#include <string>

namespace bf::test {

/// The code of six digits for that moment; empty when the secret is not base32.
inline std::string app_shows(const std::string& base32, Instant at) {
    char* seed = nullptr;
    std::size_t size = 0;
    if (oath_base32_decode(base32.data(), base32.size(), &seed, &size) != OATH_OK) return {};
    char code[7]{};
    const int made = oath_totp_generate(seed, size, static_cast<time_t>(at.ms() / 1000), OATH_TOTP_DEFAULT_TIME_STEP_SIZE, OATH_TOTP_DEFAULT_START_TIME, 6, code);
    std::free(seed);
    return made == OATH_OK ? code : std::string{};
}

}  // namespace bf::test
