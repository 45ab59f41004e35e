// A connection, and what happens to it, in the JSON shapes of the REST interface and the live stream.
#pragma once
#include "connection/book.hpp"

namespace bf::server {

void write_connection(wire::JsonWriter& out, const connection::Book& book, const connection::Book::AdapterOf& adapter_of, bool simulated,
                      const connection::Record& record, exchange::Language language, bool with_report);
/// One entry of the live stream's "step" messages; `finished` null while it runs.
void write_step_event(wire::JsonWriter& out, const std::string& id, std::uint64_t test, connection::StepId step, const connection::Step* finished,
                      exchange::Language language);

}  // namespace bf::server
