// HTTP messages as values: what would be sent, what came back. No socket in sight.
#pragma once
#include "base/text.hpp"

#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::wire {

enum class Method : std::uint8_t { get, post, put, patch, del };
std::string_view to_string(Method method);
std::optional<Method> parse_method(std::string_view text);

struct Header {
    std::string name;
    std::string value;
};

struct HeaderView {
    std::string_view name;
    std::string_view value;
};

/// The value of the first header with that name, compared without case; nothing if there is none.
std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name);

/// A request to an exchange. `host` is always the exchange's real one ("api.mexc.com"): re-pointing to a simulator happens in the
/// transport, so that what is signed never depends on it.
struct Request {
    Method method{Method::get};
    std::string host;
    std::string target;  ///< Path with query, percent-encoded, as it goes on the wire.
    std::vector<Header> headers;
    std::string body;

    [[nodiscard]] std::string_view path() const { return std::string_view{target}.substr(0, target.find('?')); }
    [[nodiscard]] std::string_view query() const;
    void set(std::string name, std::string value) { headers.push_back({std::move(name), std::move(value)}); }
    /// Makes these the headers, in the memory of those that stand or that `clear` kept: a request written the same way again allocates nothing. Inline, so that
    /// names that are literals are compared without a call.
    template <std::same_as<HeaderView>... Headers>
    void set_headers(const Headers&... all) {
        if (headers.empty()) headers.swap(spare);
        headers.resize(sizeof...(all));
        [[maybe_unused]] auto header = headers.begin();
        (put(*header++, all), ...);
    }
    /// Empties it, keeping its memory for the next use.
    void clear();

    std::vector<Header> spare{};  ///< Headers of an earlier use, kept for their memory only. Means nothing.

private:
    static void put(Header& header, const HeaderView& as) {
        // Written the same way as the last time, the name stands already.
        if (header.name.size() != as.name.size() || std::memcmp(header.name.data(), as.name.data(), as.name.size()) != 0) header.name = as.name;
        overwrite(header.value, as.value);
    }
};

struct Response {
    int status{0};
    std::vector<Header> headers;
    std::string body;
};

/// `name=value&name=value`, both decoded, in the order sent. Nothing for a broken escape.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

/// Scheme, host with port, and path of an absolute http(s)/ws(s) URL.
struct Url {
    std::string scheme;
    std::string host;
    std::uint16_t port{0};  ///< Filled in from the scheme when absent.
    std::string target;     ///< Begins with '/', query included.

    /// Refuses everything but http, https, ws and wss with a host; user names, fragments and control characters.
    static std::optional<Url> parse(std::string_view text);
    [[nodiscard]] bool is_secure() const { return scheme == "https" || scheme == "wss"; }
};

}  // namespace bf::wire
