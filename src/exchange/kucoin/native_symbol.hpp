// KuCoin's symbol of ours. A header of its own, without a source: both halves of the adapter write symbols and share nothing else.
#pragma once
#include "base/result.hpp"
#include "base/text.hpp"
#include "market/types.hpp"

#include <array>
#include <string_view>

namespace bf::exchange::kucoin {

/// `BTC-USDT`, `XBTUSDTM`: on futures bitcoin is called XBT, and perpetuals end in M. In place, without allocating.
class NativeSymbol {
public:
    explicit NativeSymbol(const market::Symbol& symbol) {
        if (!symbol.is_futures()) {
            append(symbol.base);
            append("-");
            append(symbol.quote);
            return;
        }
        append(symbol.base == "BTC" ? std::string_view{"XBT"} : std::string_view{symbol.base});
        append(symbol.quote);
        append("M");
    }
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

private:
    void append(std::string_view part) {
        BF_ASSERT(size_ + part.size() <= text_.size());
        copy_short(text_.data() + size_, part);
        size_ += part.size();
    }
    std::array<char, 64> text_;
    std::size_t size_{0};
};

}  // namespace bf::exchange::kucoin
