#include "app/ledger_command.hpp"

#include "app/engine_asker.hpp"
#include "app/exit_code.hpp"
#include "app/ledger_json.hpp"
#include "app/signer_place.hpp"
#include "app/usage_error.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "signer/ledger_folder.hpp"
#include "wire/json.hpp"

#include <cstdio>
#include <deque>
#include <functional>

namespace bf::app {
namespace {

using signer::LedgerEntry;
using wire::JsonWriter;

int fail(const LedgerOptions& options, int status, const std::string& sentence) {
    if (options.json && status == kUsage) std::puts(usage_json(sentence).c_str());
    if (options.json && status != kUsage) {
        std::string json;
        JsonWriter{json}.begin_object().member("error", sentence).end_object();
        std::puts(json.c_str());
    }
    std::fprintf(stderr, "%s\n", sentence.c_str());
    return status;
}

struct Wanted {
    std::optional<signer::UseClass> use;
    std::optional<Instant> from, to;
    std::string connection;
    [[nodiscard]] bool has(const LedgerEntry& entry) const {
        return (!use || entry.use == *use) && (!from || entry.at >= *from) && (!to || entry.at <= *to) && (connection.empty() || entry.connection == connection);
    }
};

Result<Wanted> read_wanted(const LedgerOptions& options) {
    Wanted wanted{{}, {}, {}, options.connection};
    if (!options.use.empty() && !(wanted.use = signer::parse_use_class(options.use)))
        return bad_input("--class: there are read, order, cancel, setting, key, policy, account, refusal, outcome and ledger.");
    if (!options.from.empty() && !(wanted.from = read_time(options.from))) return bad_input("--from: a day (2026-11-28), a time of it (2026-11-28T14:50, UTC) or Unix milliseconds.");
    if (!options.to.empty() && !(wanted.to = read_time(options.to))) return bad_input("--to: a day (2026-11-28), a time of it (2026-11-28T14:50, UTC) or Unix milliseconds.");
    return wanted;
}

/// What a person is told first when it is not whole.
void tell_state(const signer::LedgerReport& report) {
    for (const auto& one : report.breaches)
        std::fprintf(stderr, "%s: %s (segment %llu, byte %llu).\n", one.accepted ? "Known and accepted" : "BROKEN", one.detail.c_str(),
                     static_cast<unsigned long long>(one.place.segment), static_cast<unsigned long long>(one.place.offset));
    if (report.open_breaks > 0 && report.breaches.empty()) std::fprintf(stderr, "BROKEN: the ledger tells of a break that nobody has accepted yet.\n");
    if (report.torn)
        std::fprintf(stderr, "Behind entry %llu stand bytes that are no entry (segment %llu, byte %llu): a write that a crash cut short, or a change.\n",
                     static_cast<unsigned long long>(report.last_sequence), static_cast<unsigned long long>(report.torn->segment),
                     static_cast<unsigned long long>(report.torn->offset));
}

/// Not so where another user's signer has it.
Status held_here(const LedgerOptions& options) {
    BF_TRY(const auto place, SignerPlace::of(options.data));
    if (place.is_of_another()) return Unexpected{place.of_another()};
    return {};
}

/// Finds the ledger and reads it; `use` gets each entry.
Result<signer::LedgerReport> read(const LedgerOptions& options, const std::function<void(const LedgerEntry&)>& use, std::vector<signer::LedgerAnchor> anchors = {}) {
    const auto folder = signer::find_ledger(options.data);
    if (!folder) BF_TRY_VOID(held_here(options));
    if (!folder) return Unexpected{Error{ErrorKind::not_found, "There is no ledger in " + options.data + ": name the data folder, or a copy of its folder vault/ledger, with --data."}};
    return signer::check_folder(*folder, std::move(anchors), [&use](const LedgerEntry& entry, LedgerEntry::Place) { if (use) use(entry); });
}

}  // namespace

int ledger_verify(const LedgerOptions& options) {
    std::vector<signer::LedgerAnchor> anchors;
    for (const auto& text : options.anchors) {
        const auto anchor = signer::parse_anchor(text);
        if (!anchor) return fail(options, kUsage, "--anchor: a line that `backfuture ledger head` printed, beginning with backfuture-ledger-1.");
        anchors.push_back(*anchor);
    }
    const auto report = read(options, {}, anchors);
    if (!report) return fail(options, kFailed, report.error().detail);
    if (options.json) {
        std::string json;
        JsonWriter out{json};
        write_ledger_report(out, *report);
        std::puts(json.c_str());
    } else {
        std::printf("%llu entries in %llu segments, %llu to %llu. Key %s.\n", static_cast<unsigned long long>(report->entries), static_cast<unsigned long long>(report->segments),
                    static_cast<unsigned long long>(report->first_sequence.value_or(0)), static_cast<unsigned long long>(report->last_sequence),
                    report->public_key ? signer::ledger_fingerprint(*report->public_key).c_str() : "unknown");
        if (report->intact()) std::printf("Intact%s.\n", anchors.empty() ? "" : ", and it holds what was anchored outside");
        else if (report->settled()) std::printf("Nothing is broken besides what was found and accepted before.\n");
        if (report->beyond_head > 0) std::printf("%llu entries are newer than the last signed head.\n", static_cast<unsigned long long>(report->beyond_head));
    }
    tell_state(*report);
    return report->settled() ? kDone : kFailed;
}

int ledger_show(const LedgerOptions& options) {
    const auto wanted = read_wanted(options);
    if (!wanted) return fail(options, kUsage, wanted.error().detail);
    if (options.limit < 1) return fail(options, kUsage, "--limit: at least 1.");
    std::deque<LedgerEntry> newest;
    const auto report = read(options, [&](const LedgerEntry& entry) {
        if (!wanted->has(entry)) return;
        newest.push_back(entry);
        if (newest.size() > static_cast<std::size_t>(options.limit)) newest.pop_front();
    });
    if (!report) return fail(options, kFailed, report.error().detail);
    if (options.json) {
        std::string json;
        JsonWriter out{json};
        out.begin_object().key("entries").begin_array();
        for (auto entry = newest.rbegin(); entry != newest.rend(); ++entry) write_ledger_entry(out, *entry);
        out.end_array().member("settled", report->settled()).end_object();
        std::puts(json.c_str());
    } else {
        for (const auto& entry : newest) std::puts(ledger_line(entry).c_str());
    }
    tell_state(*report);
    return kDone;
}

int ledger_export(const LedgerOptions& options) {
    const auto wanted = read_wanted(options);
    if (!wanted) return fail(options, kUsage, wanted.error().detail);
    if (!signer::find_ledger(options.data)) return fail(options, kFailed, read(options, {}).error().detail);
    // Written as it is read: years of it need no memory.
    bool first = true;
    if (options.json) std::fputs("{\"entries\":[", stdout);
    else std::puts(kLedgerCsvHeader);
    const auto report = read(options, [&](const LedgerEntry& entry) {
        if (!wanted->has(entry)) return;
        if (!options.json) {
            std::puts(ledger_csv(entry).c_str());
            return;
        }
        std::string json{first ? "" : ","};
        first = false;
        std::string one;
        JsonWriter out{one};
        write_ledger_entry(out, entry);
        std::fputs((json + one).c_str(), stdout);
    });
    if (!report) return fail(options, kFailed, report.error().detail);
    if (options.json) {
        std::string json;
        JsonWriter out{json};
        write_ledger_report(out, *report);
        std::printf("],\"report\":%s}\n", json.c_str());
    }
    tell_state(*report);
    return report->settled() ? kDone : kFailed;
}

int ledger_head(const LedgerOptions& options) {
    const auto folder = signer::find_ledger(options.data);
    const auto head = folder ? signer::head_in(*folder) : std::nullopt;
    if (!head)
        if (const auto here = held_here(options); !here) return fail(options, kFailed, here.error().detail);
    if (!head) return fail(options, kFailed, "There is no signed head of a ledger in " + options.data + ".");
    if (options.json) {
        std::string json;
        JsonWriter out{json};
        write_ledger_head(out, *head);
        std::puts(json.c_str());
    } else {
        std::puts(signer::anchor_text(*head).c_str());
    }
    return kDone;
}

int ledger_accept(const LedgerOptions& options) {
    EngineAsker asker{options.data};
    const auto reply = asker.ask(wire::Method::post, "ledger/accept", "{}");
    const auto json = wire::Json::parse(reply.body.empty() ? "{}" : reply.body);
    if (options.json) std::puts(reply.body.empty() ? "{}" : reply.body.c_str());
    if (reply.status < 300) {
        if (!options.json) std::puts("Accepted: what opens is signed for again. The break stays in the ledger and is shown as known.");
        return kDone;
    }
    std::fprintf(stderr, "%s\n", json ? printable((*json)["detail"].text().value_or("")).c_str() : "The server gave no readable answer.");
    return kFailed;
}

}  // namespace bf::app
