// A copy of the web process's database for a backup. The engine that makes the backup may not open it; this process of the nursery's may, reads
// that file and writes its copy, and nothing else.
#pragma once
#include "app/nursery.hpp"

namespace bf::app {

/// Where the copy lies, until whoever asked for it takes it away.
std::string web_copy_of(const std::string& data);
/// Asks the nursery.
Status copy_web(Nursery& nursery, const std::string& data);
/// The process itself: `web-copy-process`.
int web_copy_process(const std::string& data);

}  // namespace bf::app
