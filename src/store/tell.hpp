// How a database tells that it can't be used, and that it can again.
#pragma once
#include <functional>
#include <string>

namespace bf::store {

/// Once when it goes away, with the reason, and once when it is back.
using Tell = std::function<void(bool there, const std::string& sentence)>;

}  // namespace bf::store
