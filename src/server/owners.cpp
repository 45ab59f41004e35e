#include "server/owners.hpp"

#include "wire/json.hpp"

namespace bf::server {

ApiRequest owners_request(const std::vector<std::string>& owners) {
    ApiRequest request{wire::Method::post, std::string{kOwnersPath}, {}, {}, exchange::Language::en, {}};
    wire::JsonWriter out{request.body};
    out.begin_object().key("owners").begin_array();
    for (std::size_t i = 0; i < owners.size() && i < kOwnersMax; ++i) out.text(owners[i]);
    out.end_array().end_object();
    return request;
}

std::optional<std::vector<std::string>> owners_told(const ApiRequest& request) {
    if (request.path != kOwnersPath || request.method != wire::Method::post) return std::nullopt;
    const auto json = wire::Json::parse(request.body);
    if (!json || !(*json)["owners"].is_array()) return std::nullopt;
    std::vector<std::string> owners;
    const auto list = (*json)["owners"];
    for (std::size_t i = 0; i < list.size() && i < kOwnersMax; ++i) owners.emplace_back(list.at(i).text().value_or(""));
    return owners;
}

}  // namespace bf::server
