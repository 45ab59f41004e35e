// Topics of KuCoin's classic WebSocket: which ones a plan needs, and what a frame's topic says its data is.
#pragma once
#include "exchange/stream.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bf::exchange::kucoin {

/// The topics to subscribe to, each in one message: several symbols are joined where the exchange allows it.
std::vector<std::string> topics_of(const StreamPlan& plan);

enum class Content : std::uint8_t { ticker, trade, candle, book, book_snapshot, mark, order, balance, wallet, position, none };

struct TopicName {
    Content content{Content::none};
    std::string_view argument{};  ///< What stands behind the colon: a symbol, or symbol_interval.
};
TopicName parse_topic(std::string_view topic);

}  // namespace bf::exchange::kucoin
