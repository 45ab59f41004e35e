// The private socket of unified accounts. Names as in the fixtures of github.com/JKorf/Kucoin.Net (commit 04e948d), read September 2026;
// never tried against the exchange. Low traffic: read by the tree of wire/json.hpp.
#include "exchange/kucoin/replies/control.hpp"
#include "exchange/kucoin/replies/session.hpp"
#include "exchange/kucoin/replies/words.hpp"

#include <algorithm>

namespace bf::exchange::kucoin {
namespace {

using wire::JsonValue;

std::optional<market::Amount> fee_of(JsonValue d) {
    const auto asset = text_of(d["fC"]);
    const auto amount = d["f"].decimal();
    if (!asset || !amount) return std::nullopt;
    return market::Amount{*asset, *amount};
}

class UnifiedSession final : public Control {
public:
    UnifiedSession(const StreamPlan& plan, const Instruments* instruments) : plan_{plan}, instruments_{instruments} {}

    Answer<void> on_text(std::string_view text, StreamSink& sink) override {
        const auto json = wire::Json::parse(text);
        if (!json) return Unexpected{unreadable("a KuCoin stream frame is not JSON")};
        const auto root = json->root();
        const auto topic = root["T"].text();
        if (topic) {
            if (event(*topic, root["d"], sink)) return {};
            return Unexpected{unreadable("a KuCoin stream event lacks what it must have")};
        }
        if (root["message"].text() == "welcome" || root["data"].text() == "welcome" || root["type"].text() == "welcome") {
            welcome(subscriptions());
            return {};
        }
        if (root["type"].text() == "pong") return {};
        const auto id = root["id"].text_or_number().value_or("");
        if (root["result"].boolean() == true) {
            acknowledged(id);
            return {};
        }
        if (root["result"].boolean() == false || root["type"].text() == "error") {
            const auto reason = root["reason"].exists() ? root["reason"] : root["data"];
            return refused(id, root["code"].text_or_number().value_or(""), reason.text().value_or(""));
        }
        return Unexpected{unreadable("a KuCoin stream frame of an unknown type")};
    }

private:
    [[nodiscard]] std::vector<std::string> subscriptions() const {
        std::vector<std::string> all;
        for (const auto& topic : plan_.topics) {
            // ccxt asks for UNIFIED, which covers both markets; events of the other one are dropped below.
            std::string_view channel, kind = "tradeType";
            switch (topic.kind) {
                case TopicKind::orders: channel = "orderAll"; break;
                case TopicKind::fills: channel = "execution"; break;
                case TopicKind::balances: channel = "balance"; kind = "accountType"; break;
                case TopicKind::positions:
                    if (plan_.market == market::Market::futures) channel = "positionAll";
                    break;
                default: break;
            }
            if (channel.empty()) continue;
            std::string text = R"("action":"subscribe","channel":")";
            text.append(channel).append(R"(",")").append(kind).append(R"(":"UNIFIED")");
            if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(std::move(text));
        }
        return all;
    }

    bool event(std::string_view topic, JsonValue d, StreamSink& sink) {
        if (topic.starts_with("balance")) return balance(d, sink);
        // Only spot symbols have a dash.
        const auto symbol = d["s"].text();
        if (!symbol) return false;
        const bool futures = symbol->find('-') == std::string_view::npos;
        if (futures != (plan_.market == market::Market::futures)) return true;
        if (topic.starts_with("orderAll")) return order(d, sink);
        if (topic.starts_with("execution")) return fill(d, sink);
        if (topic.starts_with("positionAll")) return position(d, sink);
        return true;
    }

    template <class Thing>
    bool names(JsonValue d, Thing& thing) const {
        thing.native_symbol = d["s"].text().value_or("");
        thing.symbol = symbol_of(thing.native_symbol, plan_.market, instruments_);
        return !thing.native_symbol.empty();
    }

    bool order(JsonValue d, StreamSink& sink) const {
        market::Order order;
        order.id = text_of(d["oi"]);
        if (!order.id || !names(d, order)) return false;
        order.client_order_id = text_of(d["ci"]);
        if (const auto side = d["S"].text()) order.side = side_of(*side);
        if (const auto type = d["oT"].text()) order.type = order_type_of(*type);
        order.price = d["p"].decimal();
        // As in the lists: untold, an order of futures counts nobody knows in what.
        const auto unit = d["qU"].text().value_or(plan_.market == market::Market::futures ? "" : "BASECCY");
        const auto counted = unit == "BASECCY" || unit == "QUOTECCY" ? market::Market::spot : market::Market::futures;
        const auto* contract = unit == "UNIT" ? contract_size_of(instruments_, order.native_symbol) : nullptr;
        if (unit == "QUOTECCY") {
            order.native_quantity = text_of(d["q"]);
        } else {
            auto size = size_of(d["q"], counted, contract);
            order.quantity = size.quantity;
            order.native_quantity = std::move(size.native);
        }
        order.filled = size_of(d["fS"], counted, contract).quantity;
        order.average = d["aP"].decimal();
        if (auto fee = fee_of(d)) order.fees.push_back(std::move(*fee));
        if (const auto status = d["os"].integer()) order.status = unified_status(*status);
        if (const auto time_in_force = d["tIF"].text()) order.time_in_force = time_in_force_of(*time_in_force);
        order.created_at = time_of(d["O"]);
        sink.on_order(order);
        return true;
    }

    bool fill(JsonValue d, StreamSink& sink) const {
        market::Fill fill;
        fill.id = text_of(d["ti"]);
        if (!fill.id || !names(d, fill)) return false;
        fill.order_id = text_of(d["oi"]);
        fill.client_order_id = text_of(d["ci"]);
        if (const auto side = d["S"].text()) fill.side = side_of(*side);
        fill.price = d["p"].decimal();
        auto size = size_of(d["q"], plan_.market, contract_size_of(instruments_, fill.native_symbol));
        fill.quantity = size.quantity;
        fill.native_quantity = std::move(size.native);
        fill.fee = fee_of(d);
        if (const auto role = d["lR"].text()) fill.liquidity = liquidity_of(*role);
        fill.at = time_of(d["E"]);
        sink.on_fill(fill);
        return true;
    }

    static bool balance(JsonValue d, StreamSink& sink) {
        const auto asset = text_of(d["c"]);
        if (!asset) return false;
        sink.on_balance({*asset, d["a"].decimal(), d["h"].decimal(), d["b"].decimal()});
        return true;
    }

    bool position(JsonValue d, StreamSink& sink) const {
        market::Position position;
        const auto contracts = d["q"].decimal();
        if (!contracts || !names(d, position)) return false;
        const auto side = d["pS"].text().value_or("BOTH");
        const bool is_short = side == "SHORT" || (side != "LONG" && contracts->is_negative());
        position.side = is_short ? market::PositionSide::short_side : market::PositionSide::long_side;
        auto size = size_of(d["q"], market::Market::futures, contract_size_of(instruments_, position.native_symbol));
        if (size.quantity) position.quantity = abs(*size.quantity);
        if (size.native) position.native_quantity = abs(*contracts).to_string();
        position.entry_price = d["eP"].decimal();
        position.mark_price = d["mP"].decimal();
        position.liquidation_price = d["lP"].decimal();
        position.leverage = d["l"].decimal();
        position.unrealized_pnl = d["uPL"].decimal();
        if (const auto mode = d["mM"].text()) position.margin_mode = margin_mode_of(*mode);
        sink.on_position(position);
        return true;
    }

    StreamPlan plan_;
    const Instruments* instruments_;
};

}  // namespace

std::unique_ptr<StreamSession> open_unified_session(const StreamPlan& plan, const Instruments* instruments) {
    return std::make_unique<UnifiedSession>(plan, instruments);
}

}  // namespace bf::exchange::kucoin
