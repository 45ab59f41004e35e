#include "server/web_facts.hpp"

#include "wire/json.hpp"

namespace bf::server {

ApiRequest web_facts_request(const WebFacts& facts) {
    ApiRequest request{wire::Method::post, std::string{kWebFactsPath}, {}, {}, exchange::Language::en, {}};
    wire::JsonWriter out{request.body};
    out.begin_object().key("owners").begin_array();
    for (std::size_t i = 0; i < facts.owners.size() && i < kOwnersMax; ++i) out.text(facts.owners[i]);
    out.end_array().member("certificate_until", facts.certificate_until ? std::optional{facts.certificate_until->ms()} : std::nullopt).end_object();
    return request;
}

std::optional<WebFacts> web_facts_told(const ApiRequest& request) {
    if (request.path != kWebFactsPath || request.method != wire::Method::post) return std::nullopt;
    const auto json = wire::Json::parse(request.body);
    if (!json || !(*json)["owners"].is_array()) return std::nullopt;
    WebFacts facts;
    const auto list = (*json)["owners"];
    for (std::size_t i = 0; i < list.size() && i < kOwnersMax; ++i) facts.owners.emplace_back(list.at(i).text().value_or(""));
    constexpr std::int64_t kYear9999 = 253'402'300'799'000;
    if (const auto until = (*json)["certificate_until"].integer(); until && *until >= 0 && *until <= kYear9999) facts.certificate_until = Instant::from_ms(*until);
    return facts;
}

ApiReply web_facts_reply(const std::vector<std::string>& hook_hashes) {
    ApiReply reply{200, {}};
    wire::JsonWriter out{reply.body};
    out.begin_object().key("hooks").begin_array();
    for (const auto& hash : hook_hashes) out.text(hash);
    out.end_array().end_object();
    return reply;
}

std::optional<std::vector<std::string>> hooks_told(const ApiReply& reply) {
    const auto json = reply.status == 200 ? wire::Json::parse(reply.body) : Result<wire::Json>{Unexpected{Error{}}};
    if (!json || !(*json)["hooks"].is_array()) return std::nullopt;
    std::vector<std::string> hashes;
    const auto list = (*json)["hooks"];
    for (std::size_t i = 0; i < list.size(); ++i) hashes.emplace_back(list.at(i).text().value_or(""));
    return hashes;
}

}  // namespace bf::server
