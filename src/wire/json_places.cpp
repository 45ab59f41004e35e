#include "wire/json_places.hpp"

#include <algorithm>

namespace bf::wire {

/// Goes through the text by the grammar of RFC 8259; false at the first character that does not belong, where `at` stays.
struct JsonPlaces::Scan {
    static constexpr int kDepthMax = 64;
    std::string_view text;
    std::map<std::string, std::size_t, std::less<>>& lines;
    std::size_t at{0};

    [[nodiscard]] std::size_t line() const {
        const auto before = text.substr(0, at);
        return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    }
    [[nodiscard]] char front() const { return at < text.size() ? text[at] : '\0'; }
    void blanks() {
        while (at < text.size() && std::string_view{" \t\r\n"}.find(text[at]) != std::string_view::npos) ++at;
    }
    bool takes(char wanted) {
        blanks();
        if (front() != wanted) return false;
        ++at;
        return true;
    }
    bool string(std::string& into) {
        if (!takes('"')) return false;
        for (; at < text.size() && text[at] != '"'; ++at) {
            if (static_cast<unsigned char>(text[at]) < 0x20) return false;
            if (text[at] == '\\' && ++at == text.size()) return false;
            into += text[at];
        }
        return takes('"');
    }
    bool scalar() {
        const auto from = at;
        while (at < text.size() && std::string_view{"+-.0123456789abcdefghijklmnopqrstuvwxyzE"}.find(text[at]) != std::string_view::npos) ++at;
        const auto word = text.substr(from, at - from);
        const bool fits = word == "true" || word == "false" || word == "null" || (!word.empty() && word.find_first_not_of("+-.0123456789eE") == std::string_view::npos);
        if (!fits) at = from;
        return fits;
    }
    bool value(const std::string& path, int depth) {
        blanks();
        if (depth > kDepthMax) return false;
        std::string ignored;
        if (front() == '"') return string(ignored);
        if (front() != '{' && front() != '[') return scalar();
        const char opens = text[at++], closes = opens == '{' ? '}' : ']';
        if (takes(closes)) return true;
        do {
            std::string name;
            blanks();
            const auto here = line();
            if (opens == '{') {
                if (!string(name)) return false;
                name = path.empty() ? name : path + "." + name;
                lines.try_emplace(name, here);
                if (!takes(':')) return false;
            }
            if (!value(opens == '{' ? name : path, depth + 1)) return false;
        } while (takes(','));
        return takes(closes);
    }
};

JsonPlaces::JsonPlaces(std::string_view text) {
    Scan scan{text, lines_};
    const bool whole = scan.value({}, 0);
    if (whole) scan.blanks();
    if (!whole || scan.at < text.size()) fault_ = scan.line();
}

std::size_t JsonPlaces::line_of(std::string_view path) const {
    for (auto part = path.substr(0, path.find('[')); !part.empty(); part = part.substr(0, part.rfind('.') == std::string_view::npos ? 0 : part.rfind('.')))
        for (const auto& [known, line] : lines_)
            if (known == part || (known.ends_with(part) && known[known.size() - part.size() - 1] == '.')) return line;
    return 0;
}

}  // namespace bf::wire
