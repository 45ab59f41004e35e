// `backfuture explain`: one case in, the decision out, with every check and a sentence. Talks to nothing, changes nothing.
#pragma once
#include <string>

namespace bf::app {

struct ExplainOptions {
    std::string case_file;  ///< "-" is standard input.
    bool json{false};
};
int explain(const ExplainOptions& options);

}  // namespace bf::app
