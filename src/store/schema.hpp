// The engine's database: what its stores keep in it, as the steps that lead from nothing to the newest form.
#pragma once
#include "store/database.hpp"

namespace bf::store {

Result<std::unique_ptr<Database>> open_engine_database(const std::string& url);

}  // namespace bf::store
