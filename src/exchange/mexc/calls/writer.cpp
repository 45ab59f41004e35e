#include "exchange/mexc/calls/writer.hpp"

namespace bf::exchange::mexc {
using wire::HeaderView;
namespace {

constexpr std::string_view kRestHost = "api.mexc.com";
constexpr std::string_view kJson = "application/json";

/// Headers of a signed futures request over `parameters`. No Recv-Window: its unit is disputed between the documentation (seconds) and
/// clients (milliseconds), and the default of 10 s is what we want.
void set_futures_headers(wire::Request& request, const SigningKey& key, Instant at, std::string_view parameters) {
    Text time, code;
    time.put(at);
    code.put_hex(key.sign_futures(time.view(), parameters));
    key.reveal_access([&](std::string_view access) {
        request.set_headers(HeaderView{"ApiKey", access}, HeaderView{"Request-Time", time.view()}, HeaderView{"Signature", code.view()},
                            HeaderView{"Content-Type", kJson});
    });
}

}  // namespace

void SpotRequest::sign(const SigningKey& key, Instant at) {
    // 5000 ms is the documented default; sent all the same, so that a change of the default changes nothing for us.
    text_.put(text_.size() < query_at_ ? "?timestamp=" : "&timestamp=").put(at).put("&recvWindow=5000");
    const auto code = key.sign_spot(text_.view().substr(query_at_));
    text_.put("&signature=").put_hex(code);
    key.reveal_access([this](std::string_view access) {
        // A signed POST without the type is refused with 700013.
        request_.set_headers(HeaderView{"X-MEXC-APIKEY", access}, HeaderView{"Content-Type", kJson});
    });
    send();
}

void SpotRequest::send_unsigned() {
    request_.headers.clear();
    send();
}

void SpotRequest::send() {
    overwrite(request_.host, kRestHost);
    overwrite(request_.target, text_.view());
    request_.body.clear();
}

void FuturesQuery::sign(const SigningKey& key, Instant at) {
    const auto text = text_.view();
    set_futures_headers(request_, key, at, text.substr(std::min(text.size(), path_size_ + 1)));
    send();
}

void FuturesQuery::send_unsigned() {
    request_.headers.clear();
    send();
}

void FuturesQuery::send() {
    overwrite(request_.host, kRestHost);
    overwrite(request_.target, text_.view());
    request_.body.clear();
}

void FuturesBody::sign(const SigningKey& key, Instant at) {
    text_.put('}');
    overwrite(request_.host, kRestHost);
    overwrite(request_.body, text_.view());
    set_futures_headers(request_, key, at, text_.view());
}

void write_id_list(wire::Request& request, std::string_view path, std::string_view id, const SigningKey& key, Instant at) {
    request.method = wire::Method::post;
    request.host = kRestHost;
    request.target = path;
    Text body;
    request.body = body.put("[\"").put(id).put("\"]").view();
    set_futures_headers(request, key, at, request.body);
}

void write_login_frame(wire::Request& request, const SigningKey& key, Instant at) {
    request.clear();
    Text time, frame;
    time.put(at);
    frame.put(R"({"subscribe":false,"method":"login","param":{"apiKey":")");
    key.put_access(frame);
    frame.put(R"(","reqTime":")").put(time.view()).put(R"(","signature":")").put_hex(key.sign_futures(time.view(), {})).put(R"("}})");
    request.body = frame.view();
}

}  // namespace bf::exchange::mexc
