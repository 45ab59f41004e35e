# What every one of our targets is compiled with. Warnings are errors; hardening is on in every build.
add_library(bf_options INTERFACE)
target_include_directories(bf_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(bf_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wconversion -Wsign-conversion
  -Wno-error=pedantic -Werror -fstack-protector-strong -fno-omit-frame-pointer)
# The names of the folders it is built in are no part of what comes out (tools/reproducible).
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=build)
# Designated initialisers leave the other members at their defaults on purpose.
target_compile_options(bf_options INTERFACE -Wno-missing-field-initializers)
# __int128 holds the mantissa of a Decimal; ISO C++ has no type of that width.
target_compile_options(bf_options INTERFACE -Wno-pedantic)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely through inlined library code (GCC bugs 105329, 105545, 105651), more so where its headers come compiled.
  target_compile_options(bf_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12's own std::stable_sort uses what it marks as deprecated.
  target_compile_options(bf_options INTERFACE -Wno-deprecated-declarations)
endif()
# simdjson's on-demand parser picks its instructions at compile time; without these it falls back to plain code, four times slower.
# main() checks the processor at start and says so in a sentence if it lacks them (any x86-64 server since 2013 has them).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(bf_options INTERFACE -march=x86-64-v3 -mpclmul)
endif()
# For generated code, too, which is compiled without our warnings.
add_library(bf_armour INTERFACE)
target_compile_options(bf_armour INTERFACE -fstack-protector-strong)
target_link_libraries(bf_options INTERFACE bf_armour)
if(BF_SANITIZE OR BF_FUZZ)
  # vptr looks at type information that Debian's SOCI hides.
  target_compile_options(bf_options INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all)
  target_link_options(bf_options INTERFACE -fsanitize=address,undefined)
else()
  # Checked copies wherever the size can be computed, also at run time (3). Stacks that can't jump over their guard page.
  target_compile_options(bf_armour INTERFACE $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=3> -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    # Marks where an indirect jump may land. Debian 12's own start-up objects lack the mark, so a processor does not enforce it yet.
    target_compile_options(bf_armour INTERFACE -fcf-protection=full)
  endif()
endif()
if(BF_FUZZ)
  # Every library is watched by the fuzzer, but no test's own code; only the targets in fuzz/ have its main().
  target_compile_options(bf_options INTERFACE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:BF_TEST>>>:-fsanitize=fuzzer-no-link>)
endif()
target_link_options(bf_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
# Not only Debian's own compiler makes position-independent programs by itself.
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

# simdjson, Boost and the like are included as system headers: their warnings are theirs.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(spdlog REQUIRED)
if(BF_TESTS)
  find_package(rapidcheck REQUIRED)  # properties: laws that hold for any input
endif()
find_package(Threads REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(POSTGRESQL REQUIRED IMPORTED_TARGET libpq)  # its header, which SOCI's needs
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(OATH REQUIRED IMPORTED_TARGET liboath)  # one-time codes, in the signer
pkg_check_modules(FIDO2 REQUIRED IMPORTED_TARGET libfido2)  # passkeys: judging what authenticators sign, in the signer; no device is reached
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
find_library(ZXCVBN zxcvbn REQUIRED)  # comes without a pkg-config file
pkg_check_modules(ZIP REQUIRED IMPORTED_TARGET libzip zlib)  # candles as the exchanges publish them
