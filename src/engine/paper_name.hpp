// A strategy on paper trades on the paper twin of its connection: the same exchange, market and site, an account of its own that is no
// real one. What a twin is called, so that nothing kept of it can ever be taken for the real connection's.
#pragma once
#include <string>
#include <string_view>

namespace bf::engine {

/// No connection of a book has it in its id, and the signer keeps no key under such a name.
inline constexpr std::string_view kPaperSuffix = "~paper";

inline std::string paper_twin_of(std::string_view connection) { return std::string{connection} + std::string{kPaperSuffix}; }
inline bool is_paper(std::string_view connection) { return connection.ends_with(kPaperSuffix); }
/// The connection whose twin it is.
inline std::string_view without_paper(std::string_view connection) { return is_paper(connection) ? connection.substr(0, connection.size() - kPaperSuffix.size()) : connection; }

}  // namespace bf::engine
