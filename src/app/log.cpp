#include "app/log.hpp"

#include "base/printable.hpp"

#include <array>
#include <chrono>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace bf::app {
namespace {

constexpr std::array<std::string_view, 3> kLevels{"info", "warning", "error"};
constexpr std::array<spdlog::level::level_enum, 3> kSpdlogLevels{spdlog::level::info, spdlog::level::warn, spdlog::level::err};

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string json_line(std::int64_t time_ms, Log::Level level, std::string_view process, std::string_view event, std::string_view sentence,
                      std::initializer_list<Log::Field> fields) {
    std::string line;
    wire::JsonWriter out{line};
    out.begin_object().member("time", time_ms).member("level", kLevels[static_cast<std::size_t>(level)]).member("process", process);
    out.member("event", event).member("message", sentence);
    for (const auto& field : fields) {
        if (const auto* number = std::get_if<std::int64_t>(&field.value))
            out.member(field.name, *number);
        else
            out.member(field.name, std::get<std::string>(field.value));
    }
    out.end_object();
    return line;
}

Log::Log(std::string process, Form form)
    : process_{std::move(process)}, form_{form}, out_{std::make_shared<spdlog::logger>(process_, std::make_shared<spdlog::sinks::stderr_sink_mt>())} {
    // The whole line is ours: spdlog writes it at once and in one piece.
    out_->set_pattern("%v");
    out_->flush_on(spdlog::level::info);
}

Log::~Log() = default;

void Log::say(Level level, std::string_view event, std::string_view sentence, std::initializer_list<Field> fields) {
    const auto line = form_ == Form::json ? json_line(now_ms(), level, process_, event, sentence, fields) : printable(sentence);
    out_->log(kSpdlogLevels[static_cast<std::size_t>(level)], spdlog::string_view_t{line.data(), line.size()});
}

void Log::note(std::string_view event, std::string_view sentence, std::initializer_list<Field> fields) {
    if (form_ == Form::json) say(Level::info, event, sentence, fields);
}

}  // namespace bf::app
