// The OpenAPI 3.1 document of the REST interface, built into the program from docs/reference/openapi.json.
#pragma once
#include <string_view>

namespace bf::server {

std::string_view openapi_document();

}  // namespace bf::server
