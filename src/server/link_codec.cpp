#include "server/link_codec.hpp"

#include "wire/json.hpp"

namespace bf::server {
namespace {
std::string text(const wire::JsonValue& value) { return std::string{value.text().value_or("")}; }
}  // namespace

std::string encode(const LinkQuestion& question) {
    std::string json;
    wire::JsonWriter{json}.begin_object().member("id", question.id).member("method", wire::to_string(question.request.method))
        .member("path", question.request.path).member("query", question.request.query).member("body", question.request.body)
        .member("lang", question.request.language == exchange::Language::nl ? "nl" : "en").end_object();
    return json;
}

std::string encode(const LinkAnswer& answer) {
    std::string json;
    wire::JsonWriter{json}.begin_object().member("id", answer.id).member("status", answer.reply.status).member("body", answer.reply.body).end_object();
    return json;
}

std::string encode(const LinkEvent& event) {
    std::string json;
    wire::JsonWriter{json}.begin_object().key("event").begin_object().member("en", event.en).member("nl", event.nl).end_object().end_object();
    return json;
}

std::string wants_events() { return R"({"id":0,"events":true})"; }

std::optional<std::variant<LinkQuestion, WantsEvents>> decode_to_engine(std::string_view message) {
    const auto json = wire::Json::parse(message);
    if (!json) return std::nullopt;
    if ((*json)["events"].boolean().value_or(false)) return WantsEvents{};
    const auto id = (*json)["id"].integer();
    const auto method = wire::parse_method((*json)["method"].text().value_or(""));
    if (!id || *id < 0 || !method) return std::nullopt;
    LinkQuestion question;
    question.id = static_cast<std::uint64_t>(*id);
    question.request = {*method, text((*json)["path"]), text((*json)["query"]), text((*json)["body"]),
                        (*json)["lang"].text() == "nl" ? exchange::Language::nl : exchange::Language::en};
    return question;
}

std::optional<std::variant<LinkAnswer, LinkEvent>> decode_from_engine(std::string_view message) {
    const auto json = wire::Json::parse(message);
    if (!json) return std::nullopt;
    if (const auto event = (*json)["event"]; event.is_object()) return LinkEvent{text(event["en"]), text(event["nl"])};
    const auto id = (*json)["id"].integer();
    const auto status = (*json)["status"].integer();
    if (!id || !status) return std::nullopt;
    return LinkAnswer{static_cast<std::uint64_t>(*id), {static_cast<int>(*status), text((*json)["body"])}};
}

}  // namespace bf::server
