# The standard library's headers, read once for each way of compiling instead of once for each of some eight hundred files: a fifth of the time
# of a whole build. Debug builds go without, so that a file that forgets to include what it uses is noticed there.
set(BF_STANDARD_HEADERS
  <algorithm> <array> <charconv> <chrono> <cstdint> <cstring> <deque> <filesystem> <functional> <map> <memory> <mutex> <optional> <set> <span> <string>
  <string_view> <unordered_map> <utility> <variant> <vector>)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Else the hour is in what comes out, and no compiler cache finds it again.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

# What a file compiled with them depends on, for ccache: their text, since no two folders have the same compiled form of it.
set(text "")
foreach(header IN LISTS BF_STANDARD_HEADERS)
  string(APPEND text "#include ${header}\n")
endforeach()
file(CONFIGURE OUTPUT standard_headers.cpp CONTENT "${text}")
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -std=c++${CMAKE_CXX_STANDARD} -E -P ${CMAKE_BINARY_DIR}/standard_headers.cpp
  OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
string(SHA256 BF_STANDARD_HEADERS_SUM "${text}")

# bf_compile_headers(OWNER): compiles them as OWNER is compiled.
function(bf_compile_headers owner)
  target_precompile_headers(${owner} PRIVATE ${BF_STANDARD_HEADERS})
  foreach(form gch pch)
    file(CONFIGURE OUTPUT CMakeFiles/${owner}.dir/cmake_pch.hxx.${form}.sum CONTENT "${BF_STANDARD_HEADERS_SUM}")
  endforeach()
endfunction()
