// A ledger's folder read from outside: by the command line, beside a running signer or on a copy. Needs no key and changes nothing.
#pragma once
#include "signer/ledger.hpp"

#include <filesystem>

namespace bf::signer {

/// The ledger in a data folder, in a vault's folder, or the folder itself; nothing if there is none.
std::optional<std::filesystem::path> find_ledger(const std::filesystem::path& folder);

/// The newest head that lies there, if one is sound.
std::optional<LedgerHead> head_in(const std::filesystem::path& ledger);

/// Checks all of it; `on_entry` gets each entry that can be believed, oldest first. Fails where it can't be read.
Result<LedgerReport> check_folder(const std::filesystem::path& ledger, std::vector<LedgerAnchor> anchors, const LedgerChecker::OnEntry& on_entry = {});

}  // namespace bf::signer
