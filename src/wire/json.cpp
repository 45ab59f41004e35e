#include "wire/json.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <simdjson.h>

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
    simdjson::padded_string source;
    simdjson::ondemand::parser parser;  ///< Owns the unescaped strings.
    JsonValue::Node root;
    std::vector<std::vector<JsonValue::Node>> blocks;  ///< Of children; never moved.
};

namespace {

constexpr int kDepthMax = 64;
using simdjson::ondemand::json_type;

/// Makes the tree. Children are collected on a stack and moved to their place together, so that a document takes a handful of allocations
/// and not one for every object.
template <class NodeT>
class Tree {
public:
    Tree(std::vector<std::vector<NodeT>>& blocks, std::size_t document_size) : blocks_{blocks}, block_size_{document_size / kBytesANode + 4} { stack_.reserve(32); }

    /// Copies one on-demand value into a node. Any simdjson error ends the document: after a fatal one its iterator must not be touched.
    template <class Value>
    simdjson::error_code copy(Value&& value, NodeT& node, int depth) {
        if (depth > kDepthMax) return simdjson::DEPTH_ERROR;
        json_type type;
        if (const auto error = value.type().get(type)) return error;
        switch (type) {
            case json_type::null: {
                node.kind = Kind::null;
                bool is_null = false;
                if (const auto error = value.is_null().get(is_null)) return error;
                return is_null ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
            }
            case json_type::boolean: {
                node.kind = Kind::boolean;
                return value.get_bool().get(node.truth);
            }
            case json_type::number: {
                node.kind = Kind::number;
                node.text = trim(value.raw_json_token());
                return simdjson::SUCCESS;
            }
            case json_type::string: {
                node.kind = Kind::text;
                return value.get_string().get(node.text);
            }
            case json_type::array: {
                node.kind = Kind::array;
                simdjson::ondemand::array array;
                if (const auto error = value.get_array().get(array)) return error;
                const auto begin = stack_.size();
                for (auto element : array) {
                    simdjson::ondemand::value from;
                    if (const auto error = std::move(element).get(from)) return error;
                    NodeT child;
                    if (const auto error = copy(from, child, depth + 1)) return error;
                    stack_.push_back(child);
                }
                place(node, begin);
                return simdjson::SUCCESS;
            }
            case json_type::object: {
                node.kind = Kind::object;
                simdjson::ondemand::object object;
                if (const auto error = value.get_object().get(object)) return error;
                const auto begin = stack_.size();
                for (auto member : object) {
                    simdjson::ondemand::field field;
                    if (const auto error = std::move(member).get(field)) return error;
                    NodeT child;
                    if (const auto error = field.unescaped_key().get(child.name)) return error;
                    if (const auto error = copy(field.value(), child, depth + 1)) return error;
                    stack_.push_back(child);
                }
                place(node, begin);
                return simdjson::SUCCESS;
            }
        }
        return simdjson::TAPE_ERROR;
    }

private:
    void place(NodeT& node, std::size_t begin) {
        node.count = stack_.size() - begin;
        if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < node.count) {
            blocks_.emplace_back();
            blocks_.back().reserve(std::max(block_size_, node.count));
        }
        auto& block = blocks_.back();
        node.first = block.data() + block.size();
        block.insert(block.end(), stack_.begin() + static_cast<std::ptrdiff_t>(begin), stack_.end());
        stack_.resize(begin);
    }

    /// What a document of many short members has: one block mostly does.
    static constexpr std::size_t kBytesANode = 12;
    std::vector<std::vector<NodeT>>& blocks_;
    std::size_t block_size_;
    std::vector<NodeT> stack_;
};

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

template <class NodeT>
bool numbers_are_sound(const std::vector<std::vector<NodeT>>& blocks) {
    for (const auto& block : blocks)
        for (const auto& node : block)
            if (node.kind == Kind::number && !is_json_number(node.text)) return false;
    return true;
}

}  // namespace

Json::Json(std::unique_ptr<Storage> storage) : storage_{std::move(storage)} {}
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Result<Json> Json::parse(std::string_view text) {
    auto storage = std::make_unique<Storage>();
    storage->source = simdjson::padded_string(text);
    simdjson::ondemand::document document;
    const auto unreadable = [] { return Unexpected{Error{ErrorKind::protocol, "not a JSON document"}}; };
    if (storage->parser.iterate(storage->source).get(document)) return unreadable();
    json_type type;
    if (document.type().get(type)) return unreadable();
    // A bare scalar is not an answer any of our peers gives, and on-demand reads scalars of the root differently.
    if (type != json_type::object && type != json_type::array) return unreadable();
    simdjson::ondemand::value value;
    if (document.get_value().get(value)) return unreadable();
    Tree<JsonValue::Node> tree{storage->blocks, text.size()};
    if (tree.copy(value, storage->root, 0)) return unreadable();
    // At the end there is no location left to tell; anything else is text after the document.
    const char* rest = nullptr;
    if (document.current_location().get(rest) != simdjson::OUT_OF_BOUNDS) return unreadable();
    if (!numbers_are_sound(storage->blocks)) return unreadable();
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
    const auto value = Decimal::parse_scientific(*characters);
    if (!value) return std::nullopt;
    return *value;
}

}  // namespace bf::wire
