#include "engine/worth.hpp"

#include "engine/countable.hpp"

namespace bf::engine {

void Worth::Share::set(const std::optional<Decimal>& value) {
    clear();
    counted_ = true;
    // At a price that can't be meant it is not known.
    value_ = value && can_be_counted(*value) ? value : std::nullopt;
    if (value_)
        sum_->value += *value_;
    else
        ++sum_->unknown;
}

void Worth::Share::clear() {
    if (!counted_) return;
    counted_ = false;
    if (value_)
        sum_->value -= *value_;
    else
        --sum_->unknown;
}

Worth::Share Worth::open(const std::string& connection, const std::string& asset) {
    Share share;
    share.sum_ = &sums_[{connection, asset}];
    return share;
}

std::optional<Decimal> Worth::of(const std::string& connection, const std::string& asset) const {
    const auto found = sums_.find({connection, asset});
    if (found == sums_.end()) return Decimal{};
    if (found->second.unknown > 0) return std::nullopt;
    return found->second.value;
}

}  // namespace bf::engine
