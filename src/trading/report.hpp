// A decision as JSON in the stable shape of `backfuture explain`, for LIVE and the API too.
#pragma once
#include "trading/decision.hpp"
#include "trading/sentence.hpp"
#include "wire/json_writer.hpp"

namespace bf::trading {

void write_json(wire::JsonWriter& out, const Decision& decision, const Signal& signal, Language language);
void write_json(wire::JsonWriter& out, const std::optional<GroupFigures>& figures);

}  // namespace bf::trading
