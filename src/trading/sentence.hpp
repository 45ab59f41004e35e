// One sentence why, with its numbers, in the product's languages: what LIVE shows and `explain` prints. Written off the decision's path.
#pragma once
#include "trading/decision.hpp"

#include <string>

namespace bf::trading {

/// "Blocked: 2900 is in no add-on zone of ETH/USDT; the next one begins at 2550."
std::string sentence(const Decision& decision, const Signal& signal, Language language);
/// The same for one verdict, without the outcome.
std::string sentence(const Verdict& verdict, const Decision& decision, const Signal& signal, Language language);
/// Why a ladder is refused.
struct LadderProblem;
std::string sentence(const LadderProblem& problem, Language language);

}  // namespace bf::trading
