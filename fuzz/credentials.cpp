// What a sealed box may hold once opened: any bytes at all. What is read of it is looked at as each exchange's key.
#include "exchange/catalogue/calls/calls_of.hpp"
#include "input.hpp"
#include "signer/credentials.hpp"
#include "signer/service_words.hpp"

using namespace bf;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto json = crypto::Secret::take(std::string{reinterpret_cast<const char*>(data), size});
    const auto fields = signer::parse_credentials(std::move(json));
    if (!fields) return fuzz::must(!fields.error().detail.empty(), "a refusal has a sentence"), 0;
    fuzz::must(fields->key.size() + fields->secret.size() <= size, "unescaped is never longer than what was there");
    for (const auto id : {exchange::ExchangeId::mexc, exchange::ExchangeId::kucoin})
        for (const auto& finding : signer::shape_of(exchange::calls_of(id)->info(), *fields, size % 2 == 1)) fuzz::must(!finding.field.empty(), "a finding names its field");
    return 0;
}
