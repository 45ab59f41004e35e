#include "wire/json_writer.hpp"

#include "base/utf8.hpp"

#include <charconv>

namespace bf::wire {
void append_json_text(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\') continue;
        if (byte >= 0x80) {
            if (const auto size = utf8_at(text.substr(i)).size; size > 0) {
                i += size - 1;
                continue;
            }
        }
        out.append(text.substr(plain_from, i - plain_from));
        plain_from = i + 1;
        out += '\\';
        if (byte >= 0x80) {
            out += "ufffd";
            continue;
        }
        switch (byte) {
            case '"': out += '"'; break;
            case '\\': out += '\\'; break;
            case '\n': out += 'n'; break;
            case '\r': out += 'r'; break;
            case '\t': out += 't'; break;
            default:
                out += "u00";
                out += kHex[byte >> 4];
                out += kHex[byte & 15];
        }
    }
    out.append(text.substr(plain_from));
    out += '"';
}

void JsonWriter::separate() {
    if (after_key_)
        after_key_ = false;
    else if (!first_)
        out_ += ',';
    first_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_json_text(out_, name);
    out_ += ':';
    after_key_ = true;
    return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
    separate();
    append_json_text(out_, value);
    return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
    separate();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
    return *this;
}

JsonWriter& JsonWriter::number(const Decimal& value) {
    separate();
    char digits[64];
    out_.append(digits, value.write(digits));
    return *this;
}

JsonWriter& JsonWriter::amount(const Decimal& value) {
    separate();
    char digits[64];
    out_ += '"';
    out_.append(digits, value.write(digits));
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

JsonWriter& JsonWriter::raw_members(std::string_view json) { return json.empty() ? *this : raw(json); }

}  // namespace bf::wire
