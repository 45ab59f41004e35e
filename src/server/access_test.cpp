#include "server/access.hpp"

#include "server/link_codec.hpp"
#include "server/openapi.hpp"
#include "wire/json.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace bf;
using namespace bf::server;
using wire::Method;

namespace {
const Instant kNow = Instant::from_ms(1'700'000'000'000);

Actor someone(Role role, std::optional<Instant> stepped_up_at = kNow) { return {"someone", role, false, stepped_up_at}; }
}  // namespace

TEST_CASE("each role may what its row says and no more") {
    struct Row { const char* why; Role role; Method method; const char* path; Access expected; };
    const Row rows[] = {
        {"a viewer sees strategies", Role::viewer, Method::get, "/api/v1/strategies", Access::allowed},
        {"and sees one", Role::viewer, Method::get, "/api/v1/strategies/s1", Access::allowed},
        {"a viewer starts nothing", Role::viewer, Method::post, "/api/v1/strategies/s1/enable", Access::not_for_role},
        {"a trader does", Role::trader, Method::post, "/api/v1/strategies/s1/enable", Access::allowed},
        {"a trader replaces no key", Role::trader, Method::post, "/api/v1/connections/c1/rotate", Access::not_for_role},
        {"nor adds one", Role::trader, Method::post, "/api/v1/connections", Access::not_for_role},
        {"nor removes one", Role::trader, Method::del, "/api/v1/connections/c1", Access::not_for_role},
        {"nor sees people", Role::trader, Method::get, "/api/v1/people", Access::not_for_role},
        {"an owner does", Role::owner, Method::get, "/api/v1/people", Access::allowed},
        {"nobody sees nothing", Role::nobody, Method::get, "/api/v1/strategies", Access::not_for_role},
        {"a path without a row is the owner's", Role::trader, Method::get, "/api/v1/nothing", Access::not_for_role},
        {"who then hears that there is none", Role::owner, Method::get, "/api/v1/nothing", Access::allowed},
        {"a part more is another path", Role::trader, Method::post, "/api/v1/strategies/s1/enable/more", Access::not_for_role},
        {"an empty part is no id", Role::viewer, Method::get, "/api/v1/strategies/", Access::not_for_role},
        {"another method is another row", Role::viewer, Method::del, "/api/v1/strategies/s1", Access::not_for_role},
        {"no row outside the interface", Role::viewer, Method::get, "/strategies", Access::not_for_role},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(check_access(someone(row.role), row.method, row.path, kNow) == row.expected);
    }
}

TEST_CASE("a path tells the methods it takes") {
    CHECK(allowed_methods("/api/v1/strategies/s1") == "GET, HEAD, PUT, DELETE");
    CHECK(allowed_methods("/api/v1/strategies/s1/enable") == "POST");
    CHECK(allowed_methods("/api/v1/connections/c1") == "GET, HEAD, PATCH, DELETE");
    CHECK(allowed_methods("/api/v1/nothing").empty());
}

TEST_CASE("what is dangerous asks again after five minutes") {
    const auto rotate = [](const Actor& actor, Instant now) { return check_access(actor, Method::post, "/api/v1/connections/c1/rotate", now); };
    const auto owner = someone(Role::owner);
    CHECK(rotate(owner, kNow) == Access::allowed);
    CHECK(rotate(owner, kNow + kStepUpFresh) == Access::allowed);
    CHECK(rotate(owner, kNow + kStepUpFresh + milliseconds{1}) == Access::step_up_needed);
    CHECK(rotate(owner, kNow - milliseconds{1}) == Access::step_up_needed);
    CHECK(rotate(someone(Role::owner, std::nullopt), kNow) == Access::not_for_tokens);
    CHECK(rotate(Actor::at_the_console(), kNow) == Access::allowed);
    // The role comes first: nobody is asked for a password for something that stays forbidden.
    CHECK(rotate(someone(Role::trader, std::nullopt), kNow) == Access::not_for_role);
}

TEST_CASE("what brings a code itself is not asked for another before, and is nothing for a token") {
    const auto later = kNow + std::chrono::hours{24};
    for (const auto* path : {"/api/v1/second-factor/recovery-codes", "/api/v1/second-factor/remove", "/api/v1/passkeys/begin", "/api/v1/people/vera/vouch"}) {
        CAPTURE(path);
        CHECK(check_access(someone(Role::owner), Method::post, path, later) == Access::allowed);
        CHECK(check_access(someone(Role::owner, std::nullopt), Method::post, path, later) == Access::not_for_tokens);
    }
    // What takes another's factor away brings none.
    CHECK(check_access(someone(Role::owner), Method::del, "/api/v1/people/vera/second-factor", later) == Access::step_up_needed);
    CHECK(check_access(someone(Role::trader), Method::post, "/api/v1/people/vera/vouch", later) == Access::not_for_role);
}

TEST_CASE("what gives a key back what it may not do takes an owner in person") {
    const auto stale = kNow + kStepUpFresh + milliseconds{1};
    for (const bool judged : {false, true}) {
        CAPTURE(judged);
        CHECK(check_widening(someone(Role::trader), judged, kNow) == Access::not_for_role);
        CHECK(check_widening(someone(Role::owner, std::nullopt), judged, kNow) == Access::not_for_tokens);
        CHECK(check_widening(someone(Role::owner), judged, kNow) == Access::allowed);
        // Where the signer has no code to ask for, the password stands for it.
        CHECK(check_widening(someone(Role::owner), judged, stale) == (judged ? Access::allowed : Access::step_up_needed));
        CHECK(check_widening(Actor::at_the_console(), judged, stale) == Access::allowed);
    }
}

TEST_CASE("every path of the interface's document has a row of its own, and every row a path") {
    const auto document = wire::Json::parse(openapi_document());
    REQUIRE(document);
    const auto paths = (*document)["paths"];
    constexpr std::pair<const char*, Method> kMethods[] = {{"get", Method::get}, {"put", Method::put}, {"post", Method::post}, {"patch", Method::patch}, {"delete", Method::del}};
    std::set<std::pair<Method, std::string_view>> met;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const std::string path{paths.name_at(i)};
        std::string concrete = path;
        if (const auto brace = concrete.find('{'); brace != std::string::npos) concrete.replace(brace, concrete.find('}') - brace + 1, "x1");
        for (const auto& [name, method] : kMethods) {
            const auto operation = paths[path][name];
            if (!operation.exists() || operation["security"].is_array()) continue;  // An empty list: open to all.
            CAPTURE(name);
            CAPTURE(path);
            const auto rule = access_rule(method, concrete);
            REQUIRE(rule);
            CHECK(met.emplace(method, rule->path).second);
        }
    }
    for (const auto& rule : access_rules()) {
        CAPTURE(rule.path);
        CHECK(met.contains({rule.method, rule.path}));
    }
}

TEST_CASE("an actor travels with its question, and a question without one is none") {
    for (const auto& actor : {Actor::at_the_console(), someone(Role::trader), someone(Role::viewer, std::nullopt), Actor{}}) {
        const auto decoded = decode_to_engine(encode(LinkQuestion{7, {Method::get, "/api/v1/mode", {}, {}, exchange::Language::nl, actor}}));
        REQUIRE(decoded);
        const auto& back = std::get<LinkQuestion>(*decoded).request;
        CHECK(back.actor.account == actor.account);
        CHECK(back.actor.role == actor.role);
        CHECK(back.actor.local == actor.local);
        CHECK(back.actor.stepped_up_at == actor.stepped_up_at);
        CHECK(back.language == exchange::Language::nl);
    }
    CHECK_FALSE(decode_to_engine(R"({"id":1,"method":"GET","path":"/api/v1/mode","query":"","body":"","lang":"en"})"));
    CHECK_FALSE(decode_to_engine(R"({"id":1,"method":"GET","path":"/api/v1/mode","actor":{"account":"x","role":"king","local":true}})"));
}
