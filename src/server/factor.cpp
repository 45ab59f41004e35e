#include "server/factor.hpp"

#include "wire/json.hpp"

namespace bf::server {

ApiRequest to_request(const FactorQuestion& question) {
    ApiRequest request{wire::Method::post, std::string{kFactorRoot} + question.act, {}, {}, exchange::Language::en, {}};
    wire::JsonWriter{request.body}.begin_object().member("account", question.account).member("code", question.code).member("by", question.by).member("may_count", question.may_count)
        .member("origin", question.passkey.origin).member("name", question.passkey.name).member("client_data", question.passkey.client_data)
        .member("authenticator_data", question.passkey.authenticator_data).member("id", question.passkey.id).end_object();
    return request;
}

std::optional<FactorQuestion> factor_question(const ApiRequest& request) {
    if (!request.path.starts_with(kFactorRoot) || request.method != wire::Method::post) return std::nullopt;
    const auto json = wire::Json::parse(request.body);
    if (!json) return std::nullopt;
    const auto account = (*json)["account"].text(), code = (*json)["code"].text();
    if (!account || !code) return std::nullopt;
    const auto text = [&json](std::string_view name) { return std::string{(*json)[name].text().value_or("")}; };
    return FactorQuestion{request.path.substr(kFactorRoot.size()), std::string{*account}, std::string{*code}, text("by"), (*json)["may_count"].boolean().value_or(false),
                          {text("origin"), text("name"), text("client_data"), text("authenticator_data"), text("id")}};
}

ApiReply to_reply(const FactorAnswer& answer) {
    if (answer.problem) return *answer.problem;
    std::string body;
    wire::JsonWriter out{body};
    out.begin_object().member("verdict", answer.verdict).member("wait_s", answer.wait_s).member("by_recovery", answer.by_recovery);
    out.member("fall_cancelled", answer.fall_cancelled).member("on", answer.on).member("trusted", answer.trusted);
    out.member("recovery_left", answer.recovery_left).member("falls_at", answer.falls_at).member("secret", answer.secret).key("codes").begin_array();
    for (const auto& code : answer.codes) out.text(code);
    out.end_array();
    if (answer.asked) {
        out.key("asked");
        write_asked(out, *answer.asked);
    }
    out.key("passkeys");
    write_passkeys(out, answer.passkeys);
    out.end_object();
    return {200, std::move(body)};
}

void write_asked(wire::JsonWriter& out, const FactorAnswer::Asked& asked) {
    out.begin_object().member("challenge", asked.challenge).member("host", asked.host).member("user", asked.user).key("credentials").begin_array();
    for (const auto& one : asked.credentials) out.text(one);
    out.end_array().end_object();
}

void write_passkeys(wire::JsonWriter& out, const std::vector<PasskeyInfo>& passkeys) {
    out.begin_array();
    for (const auto& one : passkeys)
        out.begin_object().member("id", one.id).member("name", one.name).member("host", one.host).member("made_at", one.made_at).member("used_at", one.used_at).end_object();
    out.end_array();
}

FactorAnswer factor_answer(const ApiReply& reply) {
    const auto json = reply.status == 200 ? wire::Json::parse(reply.body) : Result<wire::Json>{Unexpected{Error{}}};
    FactorAnswer answer;
    if (!json) {
        answer.problem = reply.status == 200 ? problem_reply(502, "factor_protocol", "Failed", "The engine gave an answer that can't be read.") : reply;
        return answer;
    }
    const auto flag = [&](std::string_view name) { return (*json)[name].boolean().value_or(false); };
    answer.verdict = (*json)["verdict"].text().value_or("");
    answer.wait_s = (*json)["wait_s"].integer().value_or(0);
    answer.by_recovery = flag("by_recovery");
    answer.fall_cancelled = flag("fall_cancelled");
    answer.on = flag("on");
    answer.trusted = flag("trusted");
    answer.recovery_left = (*json)["recovery_left"].integer().value_or(0);
    answer.falls_at = (*json)["falls_at"].integer();
    answer.secret = (*json)["secret"].text().value_or("");
    const auto word = [](const wire::JsonValue& of, std::string_view name) { return std::string{of[name].text().value_or("")}; };
    if (const auto asked = (*json)["asked"]; asked.is_object()) {
        answer.asked = {word(asked, "challenge"), word(asked, "host"), word(asked, "user"), {}};
        for (std::size_t i = 0; i < asked["credentials"].size(); ++i) answer.asked->credentials.emplace_back(asked["credentials"].at(i).text().value_or(""));
    }
    for (std::size_t i = 0; i < (*json)["passkeys"].size(); ++i) {
        const auto one = (*json)["passkeys"].at(i);
        answer.passkeys.push_back({word(one, "id"), word(one, "name"), word(one, "host"), one["made_at"].integer().value_or(0), one["used_at"].integer()});
    }
    for (std::size_t i = 0; i < (*json)["codes"].size(); ++i) answer.codes.emplace_back((*json)["codes"].at(i).text().value_or(""));
    return answer;
}

}  // namespace bf::server
