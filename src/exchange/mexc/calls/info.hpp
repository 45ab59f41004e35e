// What is fixed about MEXC: hosts, shapes of its keys, the boxes to tick on its API page.
#pragma once
#include "exchange/info.hpp"

namespace bf::exchange::mexc {

const Info& info();

}  // namespace bf::exchange::mexc
