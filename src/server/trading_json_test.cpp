#include "server/trading_json.hpp"

#include "wire/json.hpp"

#include <doctest/doctest.h>

using namespace bf;
using exchange::Language;

namespace {
std::string said(const engine::HistoryKeeper::Unkept& unkept, Language language, bool unreadable = false) {
    std::string text;
    wire::JsonWriter out{text};
    out.begin_object();
    server::write_unkept(out, unkept, language, unreadable);
    out.end_object();
    const auto json = wire::Json::parse(text).value();
    return json["unkept"].is_null() ? std::string{} : std::string{json["unkept"]["sentence"].text().value()};
}
bool contains(const std::string& text, const char* words) { return text.find(words) != std::string::npos; }
}  // namespace

TEST_CASE("what the history lacks, or holds in memory alone, is said with its figures in both languages, and nothing when it is whole") {
    CHECK(said({}, Language::en).empty());
    CHECK(contains(said({.groups = 2, .decisions = 1}, Language::en), "is 2 closed groups and 1 decision. If BackFuture is stopped before that"));
    CHECK(contains(said({.groups = 1}, Language::nl), "is 1 gesloten groep. Wordt BackFuture eerder gestopt"));
    const engine::HistoryKeeper::Unkept lost{.lost_groups = 1, .lost_decisions = 40};
    CHECK(said(lost, Language::en).starts_with("The history is incomplete: it lacks 1 closed group and 40 decisions"));
    CHECK(said(lost, Language::nl).starts_with("De geschiedenis is onvolledig: er ontbreken 1 gesloten groep en 40 beslissingen"));
    CHECK(said({}, Language::en, true) == "The database can't be read now: decisions that were kept before are not shown.");
    const auto all = said({.decisions = 3, .lost_decisions = 2}, Language::en, true);
    CHECK(contains(all, "not shown. The database has not taken everything yet"));
    CHECK(contains(all, "gone. The history is incomplete"));
}
