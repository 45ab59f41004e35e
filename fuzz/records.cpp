// The journal's records of orders: what is understood is written the same again, and can be taken into the books of a fresh start.
#include "engine/orders.hpp"
#include "input.hpp"

using namespace bf;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input{data, size};
    const auto kind = static_cast<engine::RecordKind>(input.below(6));
    const auto bytes = input.rest();
    const auto record = engine::read_record(kind, bytes);
    if (!record) return 0;
    std::string again;
    engine::write_record(again, *record);
    const bool of_before = kind == engine::RecordKind::intent && bytes[0] == 1;
    fuzz::must(again == bytes || of_before, "a record is written in one form");
    fuzz::must(engine::kind_of(*record) == kind, "a record is of the kind it was read as");
    engine::Orders orders{1};
    const auto first = orders.replay(kind, bytes);
    fuzz::must(first.has_value() == (kind == engine::RecordKind::intent), "an intent begins an order; nothing else stands alone");
    fuzz::must(!first || orders.replay(kind, bytes).has_value(), "the same intent again is no second order");
    fuzz::must(orders.unfinished() == (first ? 1U : 0U), "one intent, one order");
    return 0;
}
