#include "app/command_words.hpp"

#include "app/exit_code.hpp"
#include "app/signer_place.hpp"
#include "signer/client.hpp"
#include "wire/json_writer.hpp"

#include <cstdio>
#include <ctime>

namespace bf::app {

int say_error(bool json, const Error& error) {
    if (json) {
        std::string text;
        wire::JsonWriter{text}.begin_object().member("error", error.detail).member("code", error.code).end_object();
        std::puts(text.c_str());
    }
    std::fprintf(stderr, "%s\n", error.detail.c_str());
    return error.kind == ErrorKind::bad_input && error.code.empty() ? kUsage : kFailed;
}

std::string shown_size(std::uint64_t bytes) {
    if (bytes < 1'000'000) return std::to_string((bytes + 999) / 1000) + " kB";
    const auto tenths = (bytes + 50'000) / 100'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

std::string shown_time(Instant at) {
    const std::time_t seconds = at.ms() / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return text;
}

Result<signer::PublicKey> signer_key_of(const std::string& data) {
    BF_TRY(const auto place, SignerPlace::of(data));
    BF_TRY(auto link, place.connect());
    BF_TRY(const auto hello, signer::Client{std::move(link)}.hello());
    return hello.public_key;
}

}  // namespace bf::app
