// Modes and freezes, kept as a setting: what a user forbade stays forbidden after a restart.
#pragma once
#include "engine/trader.hpp"
#include "ports/store.hpp"

namespace bf::app {

Status keep_modes(ports::Store& settings, const engine::Trader& trader);
/// A mode that can't be read is taken for the one that opens nothing.
Status restore_modes(ports::Store& settings, engine::Trader& trader);

}  // namespace bf::app
