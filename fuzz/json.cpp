// The JSON tree over any bytes: every look-up on it is safe, and what our writer prints of it reads the same.
#include "input.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

using namespace bf;

namespace {

void walk(const wire::JsonValue& value, wire::JsonWriter& out) {
    (void)value["no such member"].text();
    (void)value.at(value.size()).decimal();
    (void)value.integer();
    (void)value.has_duplicate_names();
    if (value.is_object()) {
        out.begin_object();
        for (std::size_t i = 0; i < value.size(); ++i) {
            out.key(value.name_at(i));
            walk(value.at(i), out);
        }
        out.end_object();
    } else if (value.is_array()) {
        out.begin_array();
        for (std::size_t i = 0; i < value.size(); ++i) walk(value.at(i), out);
        out.end_array();
    } else if (const auto text = value.text()) {
        out.text(*text);
    } else if (const auto truth = value.boolean()) {
        out.raw(*truth ? "true" : "false");
    } else if (const auto number = value.text_or_number()) {
        out.raw(*number);
    } else {
        out.null();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto json = wire::Json::parse({reinterpret_cast<const char*>(data), size});
    if (!json) return 0;
    std::string once, twice;
    wire::JsonWriter first{once};
    walk(json->root(), first);
    const auto again = wire::Json::parse(once);
    fuzz::must(again.has_value(), "what is written can be read");
    wire::JsonWriter second{twice};
    walk(again->root(), second);
    fuzz::must(once == twice, "written, read and written again is the same");
    return 0;
}
