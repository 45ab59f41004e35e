#include "simulator/kucoin/routes.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace bf::simulator::kucoin {

wire::Response refuse(std::string_view code, std::string_view message, int status) {
    wire::Response response{status, {{"Content-Type", "application/json"}}, {}};
    JsonWriter{response.body}.begin_object().member("code", code).member("msg", message).end_object();
    return response;
}

Page read_page(const Call& call, std::size_t total, std::size_t size_max) {
    Page page;
    page.total = total;
    const auto number = parse_int(call.parameter("currentPage")).value_or(1);
    const auto size = parse_int(call.parameter("pageSize")).value_or(50);
    page.number = static_cast<std::size_t>(std::max<std::int64_t>(number, 1));
    page.size = std::min(static_cast<std::size_t>(std::max<std::int64_t>(size, 1)), size_max);
    return page;
}

void write_page(JsonWriter& out, const Page& page) {
    out.member("currentPage", page.number).member("pageSize", page.size).member("totalNum", page.total);
    out.member("totalPage", (page.total + page.size - 1) / page.size);
}

void write_rate(JsonWriter& out, std::string_view name, const Decimal& value) {
    out.key(name);
    if (value.is_zero()) return void(out.raw("0"));
    if (abs(value) >= Decimal::from_parts(1, 3)) return void(out.number(value));
    // Java prints such doubles as d.dE-n, and so does the exchange.
    std::string digits = std::to_string(static_cast<std::int64_t>(abs(value).mantissa()));
    const int exponent = value.scale() - static_cast<int>(digits.size()) + 1;
    digits.insert(1, digits.size() == 1 ? ".0" : ".");
    out.raw((value.is_negative() ? "-" : "") + digits + "E-" + std::to_string(exponent));
}

std::string currency(const std::string& asset) { return asset == "BTC" ? "XBT" : asset; }

void write_text_or_null(JsonWriter& out, std::string_view name, std::string_view text) {
    out.key(name);
    if (text.empty()) out.null();
    else out.text(text);
}

std::optional<Instant> read_ms(const Call& call, std::string_view name) {
    const auto ms = parse_int(call.parameter(name));
    return ms ? std::optional{Instant::from_ms(*ms)} : std::nullopt;
}

}  // namespace bf::simulator::kucoin
