#include "backtest/trade_json.hpp"

#include "base/text.hpp"
#include "wire/json.hpp"

namespace bf::backtest {
namespace {

/// Of one trade with all that an exchange told of it.
constexpr std::size_t kElementMax = 64 * 1024;
constexpr std::size_t kListFields = 7;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// The elements of a list that comes in pieces, each as the text it is; one that two pieces share is put together.
class Elements {
public:
    Elements(Pieces pieces, const std::string& name) : pieces_{std::move(pieces)}, name_{name} {}

    /// Nothing at the end of the list, behind which nothing may stand.
    Result<std::optional<std::string_view>> next() {
        if (number_ == 0) {
            BF_TRY(const bool begun, begin());
            if (!begun) return bad_input(name_ + ": it is no list of trades.");
        }
        BF_TRY(auto c, peek());
        if (c == ']') return end();
        if (number_ > 0) {
            if (c && c != ',') return refuse("between trades there is a comma, not " + shown({&*c, 1}));
            if (c) rest_.remove_prefix(1);
            BF_TRY(c, peek());
        }
        ++number_;
        if (c && c != '{' && c != '[') return refuse("a trade is an object or a list, not " + shown({&*c, 1}));
        if (c) return element();
        return cut_off();
    }
    [[nodiscard]] std::size_t number() const { return number_; }

    [[nodiscard]] Unexpected<Error> refuse(const std::string& what) const { return refuse(TradeRefusal{what, number_}); }
    [[nodiscard]] Unexpected<Error> refuse(const TradeRefusal& refusal) const { return bad_input(name_ + ", trade " + std::to_string(refusal.place) + ": " + refusal.what + "."); }

private:
    [[nodiscard]] Unexpected<Error> cut_off() const { return refuse("the file ends in the middle of it; it seems to be cut off"); }

    Result<bool> begin() {
        BF_TRY(auto c, peek());
        for (const char mark : {'\xef', '\xbb', '\xbf'}) {
            if (c != mark) continue;
            rest_.remove_prefix(1);
            BF_TRY(c, peek());
        }
        if (c != '[') return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// The next that is no blank, still to be read; nothing at the end of the file.
    Result<std::optional<char>> peek() {
        while (true) {
            while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
            if (!rest_.empty()) return std::optional{rest_.front()};
            BF_TRY(rest_, pieces_());
            if (rest_.empty()) return std::optional<char>{};
        }
    }
    Result<std::optional<std::string_view>> end() {
        rest_.remove_prefix(1);
        BF_TRY(const auto behind, peek());
        if (behind) return refuse("something stands behind the end of the list");
        return std::optional<std::string_view>{};
    }
    /// From its first bracket to the one that closes it. Whether all between is JSON is seen by who parses it.
    Result<std::optional<std::string_view>> element() {
        joined_.clear();
        std::size_t depth = 0;
        bool text = false, escaped = false;
        while (true) {
            for (std::size_t i = 0; i < rest_.size(); ++i) {
                const char c = rest_[i];
                if (text) {
                    text = escaped || c != '"';
                    escaped = !escaped && c == '\\';
                    continue;
                }
                if (c == '"') text = true;
                if (c == '[' || c == '{') ++depth;
                if ((c != ']' && c != '}') || --depth > 0) continue;
                const auto part = rest_.substr(0, i + 1);
                rest_.remove_prefix(i + 1);
                if (joined_.size() + part.size() > kElementMax) return too_large();
                if (joined_.empty()) return std::optional{part};
                joined_ += part;
                return std::optional{std::string_view{joined_}};
            }
            if (joined_.size() + rest_.size() > kElementMax) return too_large();
            joined_ += rest_;
            BF_TRY(rest_, pieces_());
            if (rest_.empty()) return cut_off();
        }
    }
    [[nodiscard]] Unexpected<Error> too_large() const { return refuse("it is larger than any trade"); }

    Pieces pieces_;
    const std::string& name_;
    std::string_view rest_;
    std::string joined_;
    std::size_t number_{0};
};

struct Found {
    wire::JsonValue id, time, price, quantity;
    [[nodiscard]] bool whole() const { return time.exists() && price.exists() && quantity.exists(); }
};

Found find_members(const wire::JsonValue& object) {
    Found found;
    for (std::size_t i = 0; i < object.size(); ++i) {
        const auto value = object.at(i);
        switch (trade_field(to_lower(object.name_at(i)))) {
            case TradeField::id: found.id = value; break;
            case TradeField::time: found.time = value; break;
            case TradeField::price: found.price = value; break;
            case TradeField::base_quantity: found.quantity = value; break;
            case TradeField::quantity:
                if (!found.quantity.exists()) found.quantity = value;
                break;
            case TradeField::other: break;
        }
    }
    return found;
}

Found find_places(const wire::JsonValue& list) { return {list.at(1), list.at(0), list.at(4), list.at(5)}; }

bool is_side(const wire::JsonValue& value) { return value.text() == "buy" || value.text() == "sell"; }

/// What stands there, or the rest of a sentence.
Result<std::string_view, std::string> written(const wire::JsonValue& value, const char* what) {
    if (!value.exists()) return Unexpected{std::string{"it has no "} + what};
    if (value.is_null()) return Unexpected{std::string{"its "} + what + " is null: nothing is known of it"};
    const auto text = value.text_or_number();
    if (!text) return Unexpected{std::string{"its "} + what + " is neither a number nor a text"};
    return *text;
}

std::optional<TradeRefusal> take(TradeRecords& records, const wire::JsonValue& trade, std::uint64_t place) {
    const auto refuse = [place](std::string what) { return TradeRefusal{std::move(what), place}; };
    if (trade.is_array() && trade.size() < kListFields)
        return refuse("it has " + std::to_string(trade.size()) + " fields; a trade as freqtrade keeps it has timestamp, id, type, side, price, amount and cost");
    const auto found = trade.is_array() ? find_places(trade) : find_members(trade);
    const auto time = written(found.time, "time");
    if (!time) return refuse(time.error());
    const auto price = written(found.price, "price");
    if (!price) return refuse(price.error());
    const auto quantity = written(found.quantity, "quantity");
    if (!quantity) return refuse(quantity.error());
    return records.take({found.id.text_or_number().value_or(""), *time, *price, *quantity}, place);
}

}  // namespace

bool looks_like_json_trades(std::string_view bytes) {
    const std::string name;
    Elements elements{one_piece(bytes), name};
    const auto first = elements.next();
    if (!first || !*first) return false;
    const auto json = wire::Json::parse(**first);
    if (!json) return false;
    const auto root = json->root();
    return root.is_array() ? root.size() >= kListFields && is_side(root.at(3)) : find_members(root).whole();
}

Result<ReadTrades> read_trade_json(Pieces pieces, const std::string& name, milliseconds interval) {
    Elements elements{std::move(pieces), name};
    TradeRecords records{interval};
    bool lists = false;
    while (true) {
        BF_TRY(const auto element, elements.next());
        if (!element) break;
        const auto json = wire::Json::parse(*element);
        if (!json) return elements.refuse("it is no JSON");
        lists = json->root().is_array();
        if (auto refused = take(records, json->root(), elements.number())) return elements.refuse(*refused);
    }
    if (auto refused = records.finish()) return elements.refuse(*refused);
    if (records.trades() == 0) return bad_input(name + " holds no trades.");
    return std::move(records).result(lists ? "freqtrade's trades, JSON lists" : "trades, JSON objects as ccxt has them");
}

}  // namespace bf::backtest
