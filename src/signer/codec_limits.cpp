// What a key may be used for, freezes, and orders that have ended, as bytes.
#include "signer/codec_messages.hpp"
#include "signer/passkey.hpp"

#include "money/decimal_bytes.hpp"
#include "signer/policy_codec.hpp"

namespace bf::signer {

void write(ByteWriter& out, const ports::StepUp& step_up) {
    out.text(step_up.account);
    out.text(step_up.code);
}
void read(ByteReader& in, ports::StepUp& step_up) {
    step_up.account = in.text(kWordMax);
    step_up.code = in.text(kProofMax);
}

void write(ByteWriter& out, const LimitsRequest& q) { out.text(q.connection); }
void write(ByteWriter& out, const SetLimitsRequest& q) {
    out.text(q.connection);
    write_limits(out, q.limits);
    write(out, q.step_up);
}
void write(ByteWriter& out, const FreezeRequest& q) {
    out.text(q.connection);
    out.enumeration(q.level);
    write(out, q.step_up);
}
void write(ByteWriter& out, const SettleRequest& q) {
    out.integer(static_cast<std::uint16_t>(q.told.size()));
    for (const auto& one : q.told) {
        const auto* order = std::get_if<SettledOrder>(&one);
        out.flag(order != nullptr);
        const auto begin = [&out](const auto& told) {
            out.text(told.connection);
            out.text(told.symbol.base);
            out.text(told.symbol.quote);
            out.text(told.symbol.settle);
        };
        std::visit(begin, one);
        if (order == nullptr) {
            write_decimal(out, std::get<StillHeld>(one).quantity);
            continue;
        }
        out.text(order->client_order_id);
        out.flag(order->exit);
        write_decimal(out, order->filled);
    }
}
void write(ByteWriter& out, const Limits& a) { write_limit_state(out, a.state); }

void read(ByteReader& in, LimitsRequest& q) { q.connection = in.text(kConnectionMax); }
void read(ByteReader& in, SetLimitsRequest& q) {
    q.connection = in.text(kConnectionMax);
    read_limits(in, q.limits);
    read(in, q.step_up);
}
void read(ByteReader& in, FreezeRequest& q) {
    q.connection = in.text(kConnectionMax);
    q.level = in.enumeration(ports::FreezeLevel::everything);
    read(in, q.step_up);
}
void read(ByteReader& in, SettleRequest& q) {
    constexpr std::size_t kAssetMax = 20;
    const auto count = in.integer<std::uint16_t>();
    if (count == 0 || count > kBatchMax) return in.fail();
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
        const auto begin = [&in](auto& told) {
            told.connection = in.text(kConnectionMax);
            told.symbol.base = in.text(kAssetMax);
            told.symbol.quote = in.text(kAssetMax);
            told.symbol.settle = in.text(kAssetMax);
        };
        if (!in.flag()) {
            StillHeld held;
            begin(held);
            read_decimal(in, held.quantity);
            q.told.emplace_back(std::move(held));
            continue;
        }
        SettledOrder order;
        begin(order);
        order.client_order_id = in.text(kWordMax);
        order.exit = in.flag();
        read_decimal(in, order.filled);
        q.told.emplace_back(std::move(order));
    }
}
void read(ByteReader& in, Limits& a) { read_limit_state(in, a.state); }

}  // namespace bf::signer
