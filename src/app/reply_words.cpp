#include "app/reply_words.hpp"

#include "base/printable.hpp"

namespace bf::app {

std::string shown_text(const wire::JsonValue& value) { return printable(value.text_or_number().value_or("")); }

int say_problem(bool json, const server::ApiReply& problem, ProblemSays says) {
    const auto read = wire::Json::parse(problem.body);
    auto sentence = read ? shown_text((*read)["detail"]) : std::string{"The server gave no readable answer."};
    const auto field = read && says == ProblemSays::field_and_sentence ? shown_text((*read)["field"]) : std::string{};
    if (!field.empty()) sentence.insert(0, field + ": ");
    if (json) std::puts(problem.body.c_str());
    std::fprintf(stderr, "%s\n", sentence.c_str());
    return problem.status == 400 || problem.status == 422 ? kUsage : kFailed;
}

}  // namespace bf::app
