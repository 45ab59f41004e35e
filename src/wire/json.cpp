#include "wire/json.hpp"

#include "base/text.hpp"
#include "wire/json_walk.hpp"

#include <algorithm>

namespace bf::wire {

enum class Kind : std::uint8_t { null, boolean, number, text, array, object };

struct JsonValue::Node {
    Kind kind{Kind::null};
    bool truth{false};
    std::string_view name{};  ///< Set for members of an object.
    std::string_view text{};  ///< A string's text or a number's characters.
    const Node* first{nullptr};  ///< Members or elements, one behind the other.
    std::size_t count{0};
};

struct Json::Storage {
    std::string source;
    std::unique_ptr<std::uint8_t[]> unescaped;  ///< The strings that had escapes.
    JsonValue::Node root;
    std::vector<std::vector<JsonValue::Node>> blocks;  ///< Of children; never moved.
};

namespace {

constexpr int kDepthMax = 64;
using simdjson::ondemand::parser;

/// A parser is some ten allocations and is needed only while a tree is made: one for each thread serves the documents of usual size.
constexpr std::size_t kUsualSize = 256U << 10;
parser& parser_of_thread() {
    static thread_local parser of_thread;
    return of_thread;
}

/// RFC 8259's number grammar: on-demand hands out number tokens unread.
bool is_json_number(std::string_view text) {
    std::size_t i = 0;
    const auto digits = [&] {
        const auto from = i;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
        return i - from;
    };
    if (i < text.size() && text[i] == '-') ++i;
    const bool zero = i < text.size() && text[i] == '0';
    const auto whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (i < text.size() && text[i] == '.') {
        ++i;
        if (digits() == 0) return false;
    }
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        ++i;
        if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
        if (digits() == 0) return false;
    }
    return i == text.size();
}

/// Makes the tree. Children are collected on a stack and moved to their place together, so that a document takes a handful of allocations
/// and not one for every object.
template <class NodeT>
class Tree {
public:
    Tree(const parser& parser, std::vector<std::vector<NodeT>>& blocks, std::unique_ptr<std::uint8_t[]>& unescaped, std::size_t document_size)
        : parser_{parser}, blocks_{blocks}, unescaped_{unescaped}, document_size_{document_size} {
        stack_.reserve(32);
    }

    /// Copies the value that stands here into a node; false when it is no JSON.
    bool copy(JsonWalk& walk, NodeT& node, int depth) {
        if (depth > kDepthMax) return false;
        const auto begin = stack_.size();
        switch (walk.front()) {
            case '{': {
                node.kind = Kind::object;
                const bool good = walk.each_member([&](std::string_view name, JsonWalk& value) {
                    NodeT child;
                    if (!string(name, child.name) || !copy(value, child, depth + 1)) return false;
                    stack_.push_back(child);
                    return true;
                });
                return good && place(node, begin);
            }
            case '[': {
                node.kind = Kind::array;
                const bool good = walk.each_element([&](JsonWalk& value) {
                    NodeT child;
                    if (!copy(value, child, depth + 1)) return false;
                    stack_.push_back(child);
                    return true;
                });
                return good && place(node, begin);
            }
            default: return scalar(walk.raw(), node);
        }
    }

private:
    bool scalar(std::string_view raw, NodeT& node) {
        if (raw.starts_with('"')) {
            node.kind = Kind::text;
            return string(raw, node.text);
        }
        const auto word = without_space(raw);
        if (word == "null") return true;
        if (word == "true" || word == "false") {
            node.kind = Kind::boolean;
            node.truth = word == "true";
            return true;
        }
        node.kind = Kind::number;
        node.text = word;
        return is_json_number(word);
    }
    bool string(std::string_view raw, std::string_view& out) {
        // Between its closing quote and the next place of the structure is white space only: anything else would be a place itself.
        raw = without_space(raw);
        if (raw.size() < 2 || !raw.ends_with('"')) return false;
        out = raw.substr(1, raw.size() - 2);
        if (out.find('\\') == std::string_view::npos) return true;
        if (!unescaped_) {
            unescaped_ = std::make_unique_for_overwrite<std::uint8_t[]>(document_size_ + simdjson::SIMDJSON_PADDING);
            unescaped_end_ = unescaped_.get();
        }
        return !parser_.unescape(simdjson::ondemand::raw_json_string{reinterpret_cast<const std::uint8_t*>(out.data())}, unescaped_end_).get(out);
    }
    static std::string_view without_space(std::string_view raw) {
        const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
        while (!raw.empty() && is_space(raw.back())) raw.remove_suffix(1);
        return raw;
    }
    bool place(NodeT& node, std::size_t begin) {
        node.count = stack_.size() - begin;
        if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < node.count) {
            blocks_.emplace_back();
            blocks_.back().reserve(std::max(document_size_ / kBytesANode + 4, node.count));
        }
        auto& block = blocks_.back();
        node.first = block.data() + block.size();
        block.insert(block.end(), stack_.begin() + static_cast<std::ptrdiff_t>(begin), stack_.end());
        stack_.resize(begin);
        return true;
    }

    /// What a document of many short members has: one block mostly does.
    static constexpr std::size_t kBytesANode = 12;
    const parser& parser_;
    std::vector<std::vector<NodeT>>& blocks_;
    std::unique_ptr<std::uint8_t[]>& unescaped_;
    std::uint8_t* unescaped_end_{nullptr};
    std::size_t document_size_;
    std::vector<NodeT> stack_;
};

}  // namespace

Json::Json(std::unique_ptr<Storage> storage) : storage_{std::move(storage)} {}
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Result<Json> Json::parse(std::string_view text) {
    auto storage = std::make_unique<Storage>();
    storage->source.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    storage->source = text;
    parser own;
    auto& parser = text.size() <= kUsualSize ? parser_of_thread() : own;
    Tree<JsonValue::Node> tree{parser, storage->blocks, storage->unescaped, text.size()};
    // A bare scalar is not an answer any of our peers gives.
    const auto copy = [&](JsonWalk& walk) { return (walk.front() == '{' || walk.front() == '[') && tree.copy(walk, storage->root, 0); };
    if (!JsonWalk::through(storage->source, parser, copy)) return Unexpected{Error{ErrorKind::protocol, "not a JSON document"}};
    return Json{std::move(storage)};
}

JsonValue Json::root() const { return JsonValue{&storage_->root}; }

bool JsonValue::is_null() const { return node_ != nullptr && node_->kind == Kind::null; }
bool JsonValue::is_object() const { return node_ != nullptr && node_->kind == Kind::object; }
bool JsonValue::is_array() const { return node_ != nullptr && node_->kind == Kind::array; }
bool JsonValue::is_text() const { return node_ != nullptr && node_->kind == Kind::text; }
bool JsonValue::is_number() const { return node_ != nullptr && node_->kind == Kind::number; }

JsonValue JsonValue::operator[](std::string_view name) const {
    if (!is_object()) return {};
    for (const Node* child = node_->first; child != node_->first + node_->count; ++child)
        if (child->name == name) return JsonValue{child};
    return {};
}

JsonValue JsonValue::at(std::size_t index) const {
    if ((!is_array() && !is_object()) || index >= node_->count) return {};
    return JsonValue{node_->first + index};
}

std::size_t JsonValue::size() const { return is_array() || is_object() ? node_->count : 0; }

std::string_view JsonValue::name_at(std::size_t index) const {
    return is_object() && index < node_->count ? node_->first[index].name : std::string_view{};
}

bool JsonValue::has_duplicate_names() const {
    if (!is_object()) return false;
    for (std::size_t i = 0; i < node_->count; ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (node_->first[i].name == node_->first[k].name) return true;
    return false;
}

std::optional<std::string_view> JsonValue::text() const {
    if (!is_text()) return std::nullopt;
    return node_->text;
}

std::optional<std::string_view> JsonValue::text_or_number() const {
    if (!is_text() && !is_number()) return std::nullopt;
    return node_->text;
}

std::optional<bool> JsonValue::boolean() const {
    if (node_ == nullptr || node_->kind != Kind::boolean) return std::nullopt;
    return node_->truth;
}

std::optional<std::int64_t> JsonValue::integer() const {
    const auto characters = text_or_number();
    if (!characters) return std::nullopt;
    return parse_int(*characters);
}

std::optional<Decimal> JsonValue::decimal() const {
    const auto characters = text_or_number();
    if (!characters) return std::nullopt;
    return Decimal::read(*characters);
}

}  // namespace bf::wire
