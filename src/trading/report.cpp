#include "trading/report.hpp"

namespace bf::trading {
namespace {

void write(wire::JsonWriter& out, std::string_view name, const Number& value) {
    out.key(name);
    if (value.known())
        out.amount(value.value());
    else
        out.null();
}

void write(wire::JsonWriter& out, std::string_view name, const Figure& figure) {
    out.key(name);
    switch (figure.kind) {
        case Figure::Kind::said:  // In the sentences, which have a language.
        case Figure::Kind::none: out.text({}); return;  // Always text: scripts compare it without asking first.
        case Figure::Kind::word: out.text(figure.word); return;
        case Figure::Kind::fault: out.text(sentence_with_field(*figure.fault, Language::en)); return;
        case Figure::Kind::number:
            if (figure.number.known())
                out.amount(figure.number.value());
            else
                out.text("out of range");
    }
}

void write_order(wire::JsonWriter& out, const std::optional<OrderPlan>& order) {
    out.key("order");
    if (!order) {
        out.null();
        return;
    }
    out.begin_object().member("side", market::to_string(order->side)).member("type", market::to_string(order->type));
    if (order->type == market::OrderType::limit)
        out.member("price", order->price);
    else
        out.member("price", nullptr).member("worst_price", order->price);
    out.member("quantity", order->quantity).member("reduce_only", order->reduce_only).end_object();
}

}  // namespace

void write_json(wire::JsonWriter& out, const std::optional<GroupFigures>& figures) {
    if (!figures) {
        out.null();
        return;
    }
    out.begin_object();
    write(out, "average", figures->average);
    write(out, "break_even", figures->break_even);
    write(out, "take_profit", figures->take_profit);
    write(out, "exit_price", figures->exit_price);
    write(out, "liquidation_price", figures->liquidation.value_or(Number::out_of_range()));
    write(out, "margin_used", figures->margin_used);
    out.key("zone");
    if (figures->zone.past())
        out.text("past");
    else if (figures->zone.in_zone())
        out.number(figures->zone.number);
    else
        out.null();
    out.member("state", to_string(figures->state)).end_object();
}

void write_json(wire::JsonWriter& out, const Decision& decision, const Signal& signal, Language language) {
    out.begin_object().member("outcome", to_string(decision.outcome)).key("primary");
    if (decision.primary)
        out.text(to_string(*decision.primary));
    else
        out.null();
    out.key("failed").begin_array();
    for (const auto& verdict : decision.verdicts())
        if (verdict.stop != Stop::none) out.text(to_string(verdict.code));
    out.end_array().key("verdicts").begin_array();
    for (const auto& verdict : decision.verdicts()) {
        out.begin_object().member("stage", verdict.stage).member("code", to_string(verdict.code)).member("result", to_string(verdict.result));
        write(out, "actual", verdict.actual);
        write(out, "limit", verdict.limit);
        out.end_object();
    }
    out.end_array().member("route", to_string(decision.via));
    write_order(out, decision.order);
    out.key("group");
    write_json(out, decision.before);
    out.key("after");
    write_json(out, decision.after);
    out.member("sentence", sentence(decision, signal, language)).end_object();
}

}  // namespace bf::trading
