// KuCoin's codes and texts in our vocabulary: tables only.
#pragma once
#include "exchange/problem.hpp"

#include <optional>
#include <string_view>

namespace bf::exchange::kucoin {

/// The meaning of a code on a market; nothing for a code no source explains and for those whose text must be looked at first.
std::optional<ProblemCode> problem_by_code(std::string_view code, market::Market market);

/// The meaning of a text, wherever a code is unknown or used for many things.
std::optional<ProblemCode> problem_by_text(std::string_view message);

/// 400007: which right is missing follows from what was asked.
ProblemCode missing_right(Operation operation, market::Market market);

/// The address an "Invalid request ip" text names.
std::optional<std::string> address_in(std::string_view message);

}  // namespace bf::exchange::kucoin
