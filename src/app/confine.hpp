// What keeps the engine and the web process where they belong, should somebody take them over: the files, ports and system calls of each.
// The signer's list stands in signer/hardening.hpp. Everything is tried at start and told to the log as found.
#pragma once
#include "app/log.hpp"
#include "app/processes.hpp"
#include "sandbox/calls.hpp"
#include "sandbox/files.hpp"
#include "store/postgresql.hpp"

namespace bf::app {

/// Core files, other processes' looks: what every process gives up first.
std::vector<sandbox::Feature> lose_privileges();

/// The engine's files: its database, the folders beneath the data folder but for the vault's and the dashboard's, what names and
/// certificates are looked up in. Its ports: 443, name look-ups, those of `urls` (simulators), and the database's. When the database is
/// open (its files must be there) and before there are threads.
std::vector<sandbox::Feature> fence_in_engine(const ProcessOptions& options, const std::vector<std::string>& urls, const store::ConnectionNeeds& database);
sandbox::CallRules engine_calls();

/// The web process reaches its database and the folders of its TLS files, listens on `port` and opens no connection at all. When the
/// database is open and before there are threads.
std::vector<sandbox::Feature> fence_in_web(const ProcessOptions& options, const std::vector<std::string>& tls_files, std::uint16_t port);
/// When it listens: no socket is made any more.
sandbox::CallRules web_calls();

/// One line in the log; a warning names what this system does not give.
void tell_features(Log& log, const std::vector<sandbox::Feature>& features);

}  // namespace bf::app
