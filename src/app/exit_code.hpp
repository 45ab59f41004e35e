// What a command's exit status says, everywhere the same.
#pragma once

namespace bf::app {

inline constexpr int kDone = 0;
inline constexpr int kRefused = 2;  ///< Refused for safety.
inline constexpr int kFailed = 3;   ///< Well-formed, but failed with a problem.
inline constexpr int kUsage = 64;   ///< Flags, or input that is not JSON with the right fields.

}  // namespace bf::app
