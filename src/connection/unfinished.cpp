#include "connection/unfinished.hpp"

#include "wire/json.hpp"
#include "wire/json_writer.hpp"

#include <array>

namespace bf::connection {
namespace {

constexpr const char* kSetting = "unfinished_keys";
constexpr std::array<std::string_view, 5> kKinds{"adding", "staging", "promoting", "removing", "rolling_back"};

}  // namespace

Status UnfinishedKeys::load() {
    BF_TRY(const auto text, store_.setting(kSetting));
    if (!text) return {};
    const auto json = wire::Json::parse(*text);
    if (!json) return {};
    for (std::size_t i = 0; i < json->root().size(); ++i) {
        const auto item = json->root().at(i);
        const auto kind = item["kind"].text().value_or("");
        for (std::size_t k = 0; k < kKinds.size(); ++k)
            if (kKinds[k] == kind)
                changes_[std::string{json->root().name_at(i)}] = {static_cast<Unfinished::Kind>(k), std::string{item["fingerprint"].text().value_or("")}};
    }
    return {};
}

const Unfinished* UnfinishedKeys::find(const std::string& connection) const {
    const auto at = changes_.find(connection);
    return at == changes_.end() ? nullptr : &at->second;
}

Status UnfinishedKeys::begin(const std::string& connection, Unfinished change) {
    const auto before = changes_;
    changes_[connection] = std::move(change);
    auto saved = save();
    if (!saved) changes_ = before;
    return saved;
}

void UnfinishedKeys::end(const std::string& connection) {
    if (changes_.erase(connection) > 0) static_cast<void>(save().has_value());
}

Status UnfinishedKeys::save() {
    std::string text;
    wire::JsonWriter out{text};
    out.begin_object();
    for (const auto& [connection, change] : changes_)
        out.key(connection).begin_object().member("kind", kKinds[static_cast<std::size_t>(change.kind)]).member("fingerprint", change.fingerprint).end_object();
    out.end_object();
    return store_.put_setting(kSetting, text);
}

}  // namespace bf::connection
