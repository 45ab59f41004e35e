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
    out.integer(static_cast<std::uint16_t>(q.orders.size()));
    for (const auto& order : q.orders) {
        out.text(order.connection);
        out.text(order.client_order_id);
        out.text(order.symbol.base);
        out.text(order.symbol.quote);
        out.text(order.symbol.settle);
        out.flag(order.exit);
        write_decimal(out, order.filled);
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
        auto& order = q.orders.emplace_back();
        order.connection = in.text(kConnectionMax);
        order.client_order_id = in.text(kWordMax);
        order.symbol.base = in.text(kAssetMax);
        order.symbol.quote = in.text(kAssetMax);
        order.symbol.settle = in.text(kAssetMax);
        order.exit = in.flag();
        read_decimal(in, order.filled);
    }
}
void read(ByteReader& in, Limits& a) { read_limit_state(in, a.state); }

}  // namespace bf::signer
