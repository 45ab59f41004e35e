#include "app/usage_error.hpp"

#include "wire/json_writer.hpp"

#include <CLI/Error.hpp>

#include <algorithm>

namespace bf::app {
namespace {

const CLI::App* command_named(const CLI::App& app, const std::string& word) {
    const auto commands = app.get_subcommands([&word](const CLI::App* command) { return command->get_name() == word && !command->get_group().empty(); });
    return commands.empty() ? nullptr : commands.front();
}

/// "a, b and c" of the commands people are meant to find.
std::string commands_of(const CLI::App& app) {
    std::string list;
    const auto commands = app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
    for (std::size_t i = 0; i < commands.size(); ++i)
        list += (i == 0 ? "" : i + 1 == commands.size() ? " and " : ", ") + commands[i]->get_name();
    return list;
}

/// What CLI11 says of a value ("action: Main not in {show,set}", "Could not convert: group = abc"), in words; as it is where it says something else.
std::string in_words(const std::string& sentence) {
    static constexpr std::string_view kNotIn = " not in {", kNoNumber = "Could not convert: ", kIs = " = ";
    if (const auto colon = sentence.find(": "), among = sentence.find(kNotIn); colon < among && among != std::string::npos && sentence.back() == '}') {
        std::string known;
        auto list = sentence.substr(among + kNotIn.size());
        list.pop_back();
        for (std::size_t from = 0, comma = 0; comma != std::string::npos; from = comma + 1) {
            comma = list.find(',', from);
            known += (from == 0 ? "" : comma == std::string::npos ? " or " : ", ") + list.substr(from, comma == std::string::npos ? comma : comma - from);
        }
        return sentence.substr(0, colon) + " must be " + known + ", not '" + sentence.substr(colon + 2, among - colon - 2) + "'";
    }
    if (const auto is = sentence.find(kIs); sentence.starts_with(kNoNumber) && is != std::string::npos)
        return sentence.substr(kNoNumber.size(), is - kNoNumber.size()) + " must be a number, not '" + sentence.substr(is + kIs.size()) + "'";
    return sentence;
}

}  // namespace

std::string option_in(const std::string& sentence) {
    const auto begin = sentence.find("--");
    if (begin == std::string::npos) return {};
    const auto end = std::find_if(sentence.begin() + static_cast<std::ptrdiff_t>(begin), sentence.end(),
                                  [](char c) { return c != '-' && (c < 'a' || c > 'z'); });
    return {sentence.begin() + static_cast<std::ptrdiff_t>(begin), end};
}

std::string usage_json(const std::string& sentence) {
    const auto option = option_in(sentence);
    std::string json;
    wire::JsonWriter{json}.begin_object().member("error", sentence).member("where", option.empty() ? std::string{"standard input"} : option).end_object();
    return json;
}

UsageError explain_usage(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words) {
    const CLI::App* command = &app;
    std::string path;
    std::size_t at = 0;
    for (; at < words.size() && !words[at].starts_with('-'); ++at) {
        const CLI::App* next = command_named(*command, words[at]);
        if (next == nullptr) break;
        command = next;
        path += (path.empty() ? "" : " ") + words[at];
    }
    const std::string whose = path.empty() ? "backfuture" : "backfuture " + path;
    const bool wants_command = !command->get_subcommands([](const CLI::App*) { return true; }).empty();
    if (wants_command && at < words.size() && !words[at].starts_with('-'))
        return {"There is no command \"" + words[at] + "\" of " + whose + ": there are " + commands_of(*command) + ".", words[at]};
    if (wants_command) return {"Which command of " + whose + "? There are " + commands_of(*command) + ".", path.empty() ? "command" : path};
    // By type: the name of an ExtrasError is its command's.
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
        // The first word that no option of this command took; never what stands behind its "=", which may be a secret put there in error.
        for (std::size_t i = at; i < words.size(); ++i) {
            const std::string option = words[i].substr(0, words[i].find('='));
            if (option.starts_with('-') && command->get_option_no_throw(option) == nullptr) return {"There is no option " + option + " of " + whose + ".", option};
        }
        return {"There is a word too many behind " + whose + ".", path};
    }
    const std::string sentence = error.what();
    const std::string option = option_in(sentence);
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
        // "new-name is required": a word without dashes.
        const auto missing = option.empty() ? sentence.substr(0, sentence.find(" is required")) : option;
        return {whose + " needs " + missing + ".", option.empty() ? path : option};
    }
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr && sentence.find("At Most 1") != std::string::npos) return {whose + " takes " + option + " once.", option};
    return {whose + ": " + in_words(sentence) + ".", option.empty() ? path : option};
}

}  // namespace bf::app
