#include "app/explain_command.hpp"

#include "app/exit_code.hpp"
#include "app/utf8_mark.hpp"
#include "trading/case.hpp"
#include "trading/report.hpp"
#include "wire/json_writer.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

namespace bf::app {
namespace {

constexpr std::size_t kCaseBytesMax = 16U << 20U;

/// What is wrong with a member reads on from its name; what is wrong with the file stands behind its.
int refuse(const std::string& error, const std::string& where, const char* between = " ") {
    std::string json;
    wire::JsonWriter{json}.begin_object().member("error", error).member("where", where).end_object();
    std::puts(json.c_str());
    std::fprintf(stderr, "The case can't be read: %s%s%s.\n", where.c_str(), where.empty() ? "" : between, error.c_str());
    return kUsage;
}

/// At most one byte more than is allowed, so that a longer one is noticed.
std::string read_some(std::istream& in) {
    std::string text(kCaseBytesMax + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

std::optional<std::string> read_case_text(const std::string& file) {
    if (file == "-") return read_some(std::cin);
    std::ifstream in{file, std::ios::binary};
    if (!in || in.peek() == std::ifstream::traits_type::eof()) return std::nullopt;
    return read_some(in);
}

void print(const trading::Decision& decision, const trading::Signal& signal) {
    std::printf("%s\n\n", trading::sentence(decision, signal, trading::Language::en).c_str());
    for (const auto& verdict : decision.verdicts()) {
        const bool stops = verdict.stop != trading::Stop::none;
        const auto result = trading::to_string(verdict.result), code = trading::to_string(verdict.code);
        const auto words = stops ? trading::sentence(verdict, decision, signal, trading::Language::en) : std::string{};
        std::printf("  %d %-7.*s %-28.*s %s\n", verdict.stage, static_cast<int>(result.size()), result.data(), static_cast<int>(code.size()), code.data(), words.c_str());
    }
}

}  // namespace

int explain(const ExplainOptions& options) {
    const auto text = read_case_text(options.case_file);
    if (!text) return refuse("the file can't be read or is empty", options.case_file, ": ");
    if (text->size() > kCaseBytesMax) return refuse("the case is larger than 16 MiB", options.case_file, ": ");
    const auto read = trading::Case::read(without_utf8_mark(*text));
    if (!read) return refuse(trading::sentence(read.error(), trading::Language::en), read.error().field);
    const auto decision = read->decide();
    if (!options.json) {
        print(decision, read->signal());
        return kDone;
    }
    std::string json;
    wire::JsonWriter out{json};
    trading::write_json(out, decision, read->signal(), trading::Language::en);
    std::puts(json.c_str());
    return kDone;
}

}  // namespace bf::app
