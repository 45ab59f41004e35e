#include "server/link_codec.hpp"

#include "wire/json.hpp"

namespace bf::server {
namespace {
std::string text(const wire::JsonValue& value) { return std::string{value.text().value_or("")}; }

std::string actor_json(const Actor& actor) {
    std::string json;
    const auto since = actor.stepped_up_at ? std::optional{actor.stepped_up_at->ms()} : std::nullopt;
    wire::JsonWriter{json}.begin_object().member("account", actor.account).member("role", to_string(actor.role)).member("local", actor.local)
        .member("stepped_up_at", since).end_object();
    return json;
}

/// Nothing unless it says who asks: an unnamed actor must not pass for anybody.
std::optional<Actor> read_actor(const wire::JsonValue& value) {
    const auto role = parse_role(value["role"].text().value_or(""));
    const auto local = value["local"].boolean();
    if (!role || !local) return std::nullopt;
    Actor actor{text(value["account"]), *role, *local, {}};
    if (const auto since = value["stepped_up_at"].integer()) actor.stepped_up_at = Instant::from_ms(*since);
    return actor;
}
}  // namespace

std::string encode(const LinkQuestion& question) {
    std::string json;
    wire::JsonWriter{json}.begin_object().member("id", question.id).member("method", wire::to_string(question.request.method))
        .member("path", question.request.path).member("query", question.request.query).member("body", question.request.body)
        .member("lang", question.request.language == exchange::Language::nl ? "nl" : "en").key("actor").raw(actor_json(question.request.actor)).end_object();
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
    const auto actor = read_actor((*json)["actor"]);
    if (!id || *id < 0 || !method || !actor) return std::nullopt;
    LinkQuestion question;
    question.id = static_cast<std::uint64_t>(*id);
    question.request = {*method, text((*json)["path"]), text((*json)["query"]), text((*json)["body"]),
                        (*json)["lang"].text() == "nl" ? exchange::Language::nl : exchange::Language::en, *actor};
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
