#include "simulator/site.hpp"

#include <algorithm>

namespace bf::simulator {
namespace {

constexpr milliseconds kReorderMax{1000};  ///< A message that waits for one to overtake it goes out after that long anyway.

}  // namespace

void GuardedPusher::reply(std::string text) {
    if (!closed_) outbox_.send_text(std::move(text));
}

void GuardedPusher::close(std::uint16_t code, std::string_view reason) {
    if (closed_) return;
    closed_ = true;
    held_.clear();
    outbox_.close(code, reason);
}

void GuardedPusher::send(std::string message, bool binary) {
    if (closed_) return;
    if (binary) outbox_.send_binary(std::move(message));
    else outbox_.send_text(std::move(message));
}

void GuardedPusher::push(std::string message, bool binary) {
    if (closed_) return;
    auto& faults = exchange_.faults();
    if (faults.take(FaultKind::drop_stream, message)) return close(Outbox::kCut, "dropped");
    if (const auto late = faults.take(FaultKind::late_event, message)) {
        held_.push_back({exchange_.true_now() + late->delay, std::move(message), binary, false});
        return;
    }
    if (faults.take(FaultKind::reorder_events, message)) {
        held_.push_back({exchange_.true_now() + kReorderMax, std::move(message), binary, true});
        return;
    }
    if (faults.take(FaultKind::duplicate_event, message)) send(message, binary);
    send(std::move(message), binary);
    for (auto& held : held_)
        if (held.until_next) send(std::move(held.message), held.binary);
    std::erase_if(held_, [](const Held& held) { return held.until_next; });
}

void GuardedPusher::flush(Instant now) {
    for (auto& held : held_)
        if (held.due <= now) send(std::move(held.message), held.binary);
    std::erase_if(held_, [now](const Held& held) { return held.due <= now; });
}

std::optional<Instant> GuardedPusher::next_due() const {
    std::optional<Instant> due;
    for (const auto& held : held_) due = due ? std::min(*due, held.due) : held.due;
    return due;
}

void Site::record(const Call& call, int status, const std::string& account) {
    records.push_back({call.method, call.path, status, account, exchange.now()});
    if (records.size() > kRecordsMax) records.pop_front();
}

}  // namespace bf::simulator
