#include "server/api_replies.hpp"

#include "base/text.hpp"

namespace bf::server {
namespace {

constexpr int kPageMax = 200;

int status_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::bad_input: return 422;
        case ErrorKind::denied: return 409;
        case ErrorKind::not_found: return 404;
        case ErrorKind::conflict: return 409;
        case ErrorKind::unreachable: return 503;
        case ErrorKind::protocol: return 502;
        case ErrorKind::damaged:
        case ErrorKind::io: return 500;
    }
    return 500;
}

std::string_view title_of(int status) {
    switch (status) {
        case 400: return "Malformed request";
        case 404: return "Not found";
        case 405: return "Method not allowed";
        case 409: return "Conflict";
        case 422: return "Not accepted";
        case 503: return "Not reachable";
        default: return "Failed";
    }
}

std::string_view field_of(std::string_view code) {
    if (code.starts_with("name_")) return "name";
    if (code == "malformed_credentials" || code == "real_key_in_demo" || code.starts_with("sealed")) return "sealed";
    return {};
}

}  // namespace

ApiReply problem_reply(int status, std::string_view code, std::string_view title, std::string_view detail, std::string_view field) {
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().member("type", "about:blank").member("status", status).member("title", title).member("detail", detail);
    out.member("code", code).member("field", field.empty() ? std::nullopt : std::optional{std::string{field}}).end_object();
    return {status, std::move(body)};
}

std::optional<ApiReply> refuse_access(const ApiRequest& request, Instant now) {
    return access_reply(check_access(request.actor, request.method, request.path, now));
}

std::optional<ApiReply> access_reply(Access access) {
    switch (access) {
        case Access::allowed: return std::nullopt;
        case Access::not_for_role: return problem_reply(403, "not_for_role", "Not allowed", "Your account may not do that: ask an owner of this installation.");
        case Access::step_up_needed: return problem_reply(403, "step_up_needed", "Confirm it is you", "Give your password or one-time code again; that holds for five minutes.");
        case Access::not_for_tokens: return problem_reply(403, "not_for_tokens", "Not allowed", "That takes a person who gives password or code: sign in, or use the command line on the server.");
    }
    return not_found();
}

ApiReply error_reply(const Error& error) {
    const int status = status_of(error);
    const std::string_view code = error.code.empty() ? std::string_view{"failed"} : std::string_view{error.code};
    return problem_reply(status, code, title_of(status), error.detail, field_of(code));
}

ApiReply not_found() { return problem_reply(404, "not_found", "Not found", "There is no such path or thing."); }
ApiReply wrong_method() { return problem_reply(405, "method_not_allowed", "Method not allowed", "This path does not take that method."); }
ApiReply bad_field(std::string_view field, std::string_view sentence) { return problem_reply(422, "bad_field", "Not accepted", sentence, field); }
ApiReply malformed() { return problem_reply(400, "malformed", "Malformed request", "The body must be a JSON object."); }

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
    const auto pairs = wire::parse_query(query);
    if (!pairs) return std::nullopt;
    for (const auto& [key, value] : *pairs)
        if (key == name) return value;
    return std::nullopt;
}

std::variant<Paging, ApiReply> read_paging(std::string_view query) {
    auto paging = read_paging_of_unkept(query);
    if (const auto* found = std::get_if<Paging>(&paging); found != nullptr && found->before < 0) return bad_field("before", "before must be an entry's id.");
    return paging;
}

std::variant<Paging, ApiReply> read_paging_of_unkept(std::string_view query) {
    const auto before = parse_int(query_value(query, "before").value_or("0"));
    const auto limit = parse_int(query_value(query, "limit").value_or("50"));
    if (!before) return bad_field("before", "before must be an entry's id.");
    if (!limit || *limit < 1 || *limit > kPageMax) return bad_field("limit", "limit must be 1 to 200.");
    return Paging{*before, static_cast<int>(*limit)};
}

}  // namespace bf::server
