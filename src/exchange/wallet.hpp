// What a futures account holds without the profit that is still open, where an exchange's answer about balances tells it.
#pragma once
#include "exchange/replies.hpp"

namespace bf::exchange {

/// A further face of an exchange's replies, of those whose answer tells it: only there can futures money be followed to the last unit,
/// since equity moves with every price.
class WalletReplies {
public:
    virtual ~WalletReplies() = default;
    /// Of an answer to `balances` on futures: free money and what orders and positions hold, by asset, open profit left out.
    virtual Answer<std::vector<market::Amount>> wallets(const wire::Response&, const Asked&) const = 0;
};

}  // namespace bf::exchange
