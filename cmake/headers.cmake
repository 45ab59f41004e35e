# The standard library's headers, read once for each way of compiling instead of once for each of some eight hundred files: a fifth of the time
# of a whole build. Debug builds go without, so that a file that forgets to include what it uses is noticed there.
set(BF_STANDARD_HEADERS
  <algorithm> <array> <charconv> <chrono> <cstdint> <cstring> <deque> <filesystem> <functional> <map> <memory> <mutex> <optional> <set> <span> <string>
  <string_view> <unordered_map> <utility> <variant> <vector>)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Else the hour is in what comes out, and no compiler cache finds it again.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
