// SQLite without its locks between threads and its count of memory: a target asks it from one thread, and nobody asks for the count.
#pragma once
#include "input.hpp"

#include <sqlite3.h>

namespace bf::fuzz {

/// Before anything uses SQLite: from LLVMFuzzerInitialize.
inline void sqlite_alone() {
    must(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK, "SQLite works without locks");
    must(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK, "and counts no memory");
}

}  // namespace bf::fuzz
