// How the REST interface says no, and reads a query: shared by its parts.
#pragma once
#include "server/api.hpp"

#include <optional>

namespace bf::server {

ApiReply error_reply(const Error& error);
ApiReply not_found();
ApiReply wrong_method();
ApiReply bad_field(std::string_view field, std::string_view sentence);
ApiReply malformed();
std::optional<std::string> query_value(std::string_view query, std::string_view name);
/// "before" and "limit" of a paged list; a reply when one of them is none.
struct Paging {
    std::int64_t before{0};
    int limit{50};
};
std::variant<Paging, ApiReply> read_paging(std::string_view query);
/// Of a list in which entries that the store has not taken yet have ids below zero.
std::variant<Paging, ApiReply> read_paging_of_unkept(std::string_view query);

}  // namespace bf::server
