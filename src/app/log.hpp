// What a process says on standard error about itself: a sentence for people, or with --json-log one JSON object a line for programs.
// Takes words and numbers only; nothing here can be handed a secret.
#pragma once
#include "wire/json_writer.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace spdlog {
class logger;
}

namespace bf::app {

class Log {
public:
    enum class Form : std::uint8_t { people, json };
    enum class Level : std::uint8_t { info, warning, error };
    struct Field {
        std::string_view name;
        std::variant<std::int64_t, std::string> value;

        Field(std::string_view field, std::int64_t number) : name{field}, value{number} {}
        Field(std::string_view field, std::string text) : name{field}, value{std::move(text)} {}
    };

    /// `process` as people know it: "serve", "engine", "web", "signer".
    Log(std::string process, Form form);
    ~Log();

    /// `event` is a stable word for programs, `sentence` for people. The fields stand in the JSON only.
    void say(Level level, std::string_view event, std::string_view sentence, std::initializer_list<Field> fields = {});
    /// For programs only: too much for a person's console.
    void note(std::string_view event, std::string_view sentence, std::initializer_list<Field> fields = {});
    [[nodiscard]] Form form() const { return form_; }

private:
    std::string process_;
    Form form_;
    std::shared_ptr<spdlog::logger> out_;  ///< Shared with spdlog's own registry of sinks.
};

/// One line as --json-log writes it, without its end.
std::string json_line(std::int64_t time_ms, Log::Level level, std::string_view process, std::string_view event, std::string_view sentence,
                      std::initializer_list<Log::Field> fields);

}  // namespace bf::app
