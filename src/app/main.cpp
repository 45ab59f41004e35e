// The program: what a processor must have, and the command line, which hands over. Every command's work is in its own file.
#include "app/command_line.hpp"
#include "app/exit_code.hpp"

#include <cstdio>

namespace {

using namespace bf::app;

/// What a processor lacks that this build's instructions need; empty if nothing.
std::string missing_instructions() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2")) return "AVX2";
    if (!__builtin_cpu_supports("pclmul")) return "PCLMULQDQ";
#endif
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (const auto missing = missing_instructions(); !missing.empty()) {
        std::fprintf(stderr, "This processor lacks %s, which BackFuture needs (any x86-64 processor since 2013 has it).\n", missing.c_str());
        return kFailed;
    }
    try {
        return CommandLine{}.run(argc, argv);
    } catch (const std::exception& error) {
        // What reaches this is a fault of ours or no memory: never a half-done change, since every change is a transaction.
        std::fprintf(stderr, "backfuture stopped: %s\n", error.what());
        return kFailed;
    }
}
