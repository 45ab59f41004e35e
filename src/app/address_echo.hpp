// The resolver of the operator's choice: a URL that answers with the address it was asked from, as plain text and nothing else. Named by a
// start-up flag only; without one nobody but the user's own exchanges is asked.
#pragma once
#include "connection/book.hpp"
#include "net/client.hpp"

namespace bf::app {

/// Makes the URL reachable for `address_echo` in the client's routes. Refuses what is no http or https URL.
Status add_address_echo(net::Routes& routes, const std::string& url);
/// Asks it when called. The client outlives what is returned.
connection::Book::Resolve address_echo(net::Client& client, const std::string& url);

}  // namespace bf::app
