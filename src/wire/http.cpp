#include "wire/http.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::wire {

std::string_view to_string(Method method) {
    switch (method) {
        case Method::get: return "GET";
        case Method::post: return "POST";
        case Method::put: return "PUT";
        case Method::patch: return "PATCH";
        case Method::del: return "DELETE";
    }
    return "GET";
}

std::optional<Method> parse_method(std::string_view text) {
    for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del})
        if (to_string(method) == text) return method;
    return std::nullopt;
}

std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name) {
    for (const auto& header : headers)
        if (header.name.size() == name.size() && to_lower(header.name) == to_lower(name)) return header.value;
    return std::nullopt;
}

std::string_view Request::query() const {
    const auto at = target.find('?');
    return at == std::string::npos ? std::string_view{} : std::string_view{target}.substr(at + 1);
}

void Request::clear() {
    host.clear();
    target.clear();
    body.clear();
    // `spare` holds nothing wanted: what was set last stays as it is, to be written over.
    headers.swap(spare);
    headers.clear();
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto part : split(query, '&')) {
        if (part.empty()) continue;
        const auto equals = part.find('=');
        auto name = url_decode(part.substr(0, equals));
        auto value = url_decode(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
        if (!name || !value) return std::nullopt;
        pairs.emplace_back(std::move(*name), std::move(*value));
    }
    return pairs;
}

std::optional<Url> Url::parse(std::string_view text) {
    const bool clean = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != 0x7f && c != '\\'; });
    const auto mark = text.find("://");
    if (!clean || mark == std::string_view::npos || text.find('#') != std::string_view::npos) return std::nullopt;
    Url url;
    url.scheme = to_lower(text.substr(0, mark));
    const bool secure = url.scheme == "https" || url.scheme == "wss";
    if (!secure && url.scheme != "http" && url.scheme != "ws") return std::nullopt;
    text.remove_prefix(mark + 3);
    const auto slash = text.find_first_of("/?");
    std::string_view authority = text.substr(0, slash);
    url.target = slash == std::string_view::npos ? "/" : std::string{text.substr(slash)};
    if (url.target.front() == '?') url.target.insert(0, 1, '/');
    if (authority.find('@') != std::string_view::npos) return std::nullopt;
    std::string_view port;
    if (!authority.empty() && authority.front() == '[') {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        if (close + 1 < authority.size()) {
            if (authority[close + 1] != ':') return std::nullopt;
            port = authority.substr(close + 2);
        }
        authority = authority.substr(1, close - 1);
    } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
        port = authority.substr(colon + 1);
        authority = authority.substr(0, colon);
        if (port.empty()) return std::nullopt;
    }
    if (authority.empty()) return std::nullopt;
    url.host = to_lower(authority);
    url.port = secure ? 443 : 80;
    if (!port.empty()) {
        const auto number = parse_int(port);
        if (!number || *number < 1 || *number > 65535) return std::nullopt;
        url.port = static_cast<std::uint16_t>(*number);
    }
    return url;
}

}  // namespace bf::wire
