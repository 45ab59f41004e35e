#include "signer/ledger_folder.hpp"

#include "base/text.hpp"

#include <fstream>

namespace bf::signer {
namespace {

std::optional<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::nullopt;
    std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    if (file.bad()) return std::nullopt;
    return bytes;
}

/// The highest number a segment carries there.
std::uint64_t last_segment(const std::filesystem::path& ledger) {
    std::uint64_t last = 0;
    std::error_code failed;
    for (const auto& file : std::filesystem::directory_iterator{ledger, failed}) {
        const auto name = file.path().filename().native();
        const auto number = parse_int(std::string_view{name}.substr(0, name.find('.')));
        if (number && *number > 0 && name == ledger_segment_name(static_cast<std::uint64_t>(*number))) last = std::max(last, static_cast<std::uint64_t>(*number));
    }
    return last;
}

Result<LedgerReport> check_once(const std::filesystem::path& ledger, const std::vector<LedgerAnchor>& anchors, const LedgerChecker::OnEntry& on_entry) {
    LedgerChecker::Given given;
    given.anchors = anchors;
    // The head first: what is written meanwhile lies behind it.
    const auto head = head_in(ledger);
    if (head) given.heads.push_back(*head);
    given.head_missing = !head;
    const auto promised = head ? head->segment : 0;
    const auto last = std::max(promised, last_segment(ledger));
    if (last == 0) return Unexpected{Error{ErrorKind::not_found, "There is no ledger in " + ledger.native() + "."}};
    LedgerChecker checker{std::move(given), on_entry};
    for (std::uint64_t number = 1; number <= last; ++number) {
        const auto bytes = read_file(ledger / ledger_segment_name(number));
        // One that was made ahead and not begun.
        if (number == last && number > promised && bytes && only_zeros(*bytes)) break;
        checker.segment(bytes ? std::optional<std::string_view>{*bytes} : std::nullopt);
    }
    return checker.finish();
}

}  // namespace

std::optional<std::filesystem::path> find_ledger(const std::filesystem::path& folder) {
    std::error_code failed;
    for (const auto& path : {folder, folder / "ledger", folder / "vault" / "ledger"})
        if (std::filesystem::exists(path / kLedgerHeadFile, failed) || last_segment(path) > 0) return path;
    return std::nullopt;
}

std::optional<LedgerHead> head_in(const std::filesystem::path& ledger) {
    const auto bytes = read_file(ledger / kLedgerHeadFile);
    std::optional<LedgerHead> newest;
    if (!bytes) return newest;
    for (std::size_t slot = 0; slot < 2 && bytes->size() >= (slot + 1) * kLedgerHeadBlock; ++slot) {
        const auto head = read_head(std::string_view{*bytes}.substr(slot * kLedgerHeadBlock, kLedgerHeadBlock));
        if (head && (!newest || head->sequence > newest->sequence)) newest = head;
    }
    return newest;
}

Result<LedgerReport> check_folder(const std::filesystem::path& ledger, std::vector<LedgerAnchor> anchors, const LedgerChecker::OnEntry& on_entry) {
    // An entry that is being written right now looks unfinished; a second look finds it whole. Entries are told once, in the last.
    for (int look = 0; look < 3; ++look) {
        BF_TRY(const auto report, check_once(ledger, anchors, {}));
        if (!report.torn) break;
    }
    return check_once(ledger, anchors, on_entry);
}

}  // namespace bf::signer
