// Reading the members of one JSON object of MEXC's: text or number alike, absent and null and "" as nothing, and a value that is there
// but can't be read as a fault of the whole answer, remembered by its name.
#pragma once
#include "exchange/replies.hpp"
#include "wire/json.hpp"

namespace bf::exchange::mexc {

class Fields {
public:
    explicit Fields(const wire::JsonValue& object) : object_{object} {
        if (!object.is_object()) bad_ = "an object was expected";
    }

    /// Rounded beyond 18 fraction digits.
    std::optional<Decimal> amount(std::string_view name, Rounding rounding = Rounding::towards_zero);
    std::optional<std::int64_t> integer(std::string_view name);
    std::optional<std::string> id(std::string_view name);  ///< Text or number.
    std::string text(std::string_view name);               ///< Must be there and not empty.
    std::optional<Instant> time_ms(std::string_view name);

    /// The fault of the first member that could not be read, if any.
    [[nodiscard]] const std::string& bad() const { return bad_; }
    [[nodiscard]] bool good() const { return bad_.empty(); }

private:
    /// Nothing for an absent, null or empty member.
    [[nodiscard]] wire::JsonValue member(std::string_view name) const;
    void spoil(std::string_view name) {
        if (bad_.empty()) bad_ = "unreadable field " + std::string{name};
    }
    wire::JsonValue object_;
    std::string bad_{};
};

/// How to count one contract's answers: size known or not.
struct Counting {
    std::optional<Decimal> contract_size;
    /// Base units of a number of contracts; nothing without the size.
    [[nodiscard]] std::optional<Decimal> base(const std::optional<Decimal>& contracts) const;
};
Counting counting_of(std::string_view native, const Instruments* instruments);

/// The unified symbol of a native one. Spot symbols have no separator: only the instruments, or the call itself, can split them.
std::optional<market::Symbol> symbol_of(std::string_view native, market::Market market, const Instruments* instruments);
std::optional<market::Symbol> symbol_of(std::string_view native, const Asked& asked);

/// Of an answer about one pair or a list of pairs the row of the pair that was asked for (the first, if none was): another pair's
/// prices must not stand for it.
Answer<wire::JsonValue> row_asked_for(const wire::JsonValue& data, const Asked& asked);

/// Oldest first, as they are told everywhere; nothing in the reference says that they always come so.
void order_by_time(std::vector<market::Candle>& candles);

/// Reads every element of an array with `read` (JsonValue -> Answer<T>); the first fault is the answer's.
template <class T, class Read>
Answer<std::vector<T>> read_list(const wire::JsonValue& array, Read&& read) {
    if (!array.is_array()) return Unexpected{unreadable("a list was expected")};
    std::vector<T> list;
    list.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i) {
        BF_TRY(auto item, read(array.at(i)));
        list.push_back(std::move(item));
    }
    return list;
}

}  // namespace bf::exchange::mexc
