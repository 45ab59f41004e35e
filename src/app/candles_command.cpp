#include "app/candles_command.hpp"

#include "app/child.hpp"
#include "app/engine_asker.hpp"
#include "app/exit_code.hpp"
#include "app/usage_error.hpp"
#include "backtest/candle_disk.hpp"
#include "backtest/candle_example.hpp"
#include "backtest/candle_report.hpp"
#include "backtest/candle_words.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "server/api_replies.hpp"
#include "wire/json.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <variant>

namespace bf::app {
namespace {

using namespace backtest;
using wire::JsonWriter;

constexpr std::size_t kGapsShown = 1000;
/// Of a confined import: a file of the largest size allowed there, unpacked, and its candles twice.
constexpr rlim_t kConfinedBytes = rlim_t{6} << 30;
constexpr std::size_t kConfinedFileMax = std::size_t{1} << 30;
/// Of trades, which are read a piece at a time: some minutes of one core.
constexpr std::size_t kConfinedTradesMax = std::size_t{16} << 30;

int fail(const CandlesOptions& options, const Error& error) {
    const bool usage = error.kind == ErrorKind::bad_input;
    if (options.json) {
        std::string json;
        JsonWriter{json}.begin_object().member("error", error.detail).member("code", error.code.empty() ? "bad_candles" : error.code).end_object();
        std::puts(json.c_str());
    }
    std::fprintf(stderr, "%s\n", error.detail.c_str());
    return usage ? kUsage : kFailed;
}

int usage(const CandlesOptions& options, const std::string& sentence) {
    if (options.json) std::puts(usage_json(sentence).c_str());
    std::fprintf(stderr, "%s\n", sentence.c_str());
    return kUsage;
}

void print_json(const std::function<void(JsonWriter&)>& write) {
    std::string json;
    JsonWriter out{json};
    out.begin_object();
    write(out);
    out.end_object();
    std::puts(json.c_str());
}

CandleShelf shelf_of(const CandlesOptions& options) { return CandleShelf{candles_folder(options.data)}; }

void confine() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit memory{kConfinedBytes, kConfinedBytes}, cores{0, 0};
    ::setrlimit(RLIMIT_AS, &memory);
    ::setrlimit(RLIMIT_CORE, &cores);
    ::setpriority(PRIO_PROCESS, 0, 10);
    name_process("bf-import");
}

/// "1704067200000-1704153600000,..."
std::optional<std::vector<Span>> read_spans(const std::string& text) {
    std::vector<Span> spans;
    for (const auto part : split(text, ',')) {
        const auto dash = part.find('-');
        const auto from = parse_int(part.substr(0, dash));
        const auto to = dash == std::string_view::npos ? std::nullopt : parse_int(part.substr(dash + 1));
        if (!from || !to) return std::nullopt;
        spans.push_back({*from, *to});
    }
    return spans;
}

int finish_import(const CandlesOptions& options, const CandleShelf::Kept& kept, const std::vector<ImportNote>& notes) {
    if (options.json) {
        print_json([&](JsonWriter& out) {
            out.key("set");
            write_set(out, kept.info);
            out.member("added", kept.added).key("files");
            write_notes(out, notes);
        });
        return kDone;
    }
    for (const auto& note : notes) std::printf("%s\n", tell_note(note).c_str());
    std::printf("%s: %s (%llu new)\n", kept.info.key.id().c_str(), tell_set(kept.info).c_str(), static_cast<unsigned long long>(kept.added));
    return kDone;
}

/// Makes the data folder if there is none, as the server would.
Status prepare(const CandlesOptions& options) { return prepare_folder(options.data); }

}  // namespace

int candles_import(const CandlesOptions& options) {
    if (options.confined) confine();
    std::optional<milliseconds> interval;
    if (!options.interval.empty()) {
        interval = parse_interval(options.interval);
        if (!interval) return usage(options, "--interval: \"" + options.interval + "\" is none of 1s, 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h and 1d.");
    }
    auto asked = read_spans(options.asked);
    if (!asked) return usage(options, "--asked: FROM-TO,FROM-TO in Unix milliseconds.");
    // Before reading gigabytes for nothing.
    const CandleKey named{options.exchange, options.market, options.pair, interval.value_or(milliseconds{60'000})};
    if (const auto problem = named.problem()) return usage(options, "--" + std::string{problem->field} + ": " + problem->sentence);
    ImportLimits limits;
    if (options.confined) limits = {.file_bytes_max = kConfinedFileMax, .trade_bytes_max = kConfinedTradesMax};
    auto imported = import_candle_files(options.files, interval, limits);
    if (!imported) return fail(options, imported.error());
    if (const auto prepared = prepare(options); !prepared) return fail(options, prepared.error());
    const CandleKey key{options.exchange, options.market, options.pair, imported->columns.interval};
    asked->insert(asked->end(), imported->whole.begin(), imported->whole.end());
    const CandleShelf::Put put{.key = key, .source = options.source.empty() ? imported->source : options.source, .asked = *asked,
                               .on_conflict = options.replace ? OnConflict::take_newer : OnConflict::refuse};
    auto shelf = shelf_of(options);
    const auto kept = shelf.put(put, imported->columns.view());
    if (!kept) return fail(options, kept.error());
    return finish_import(options, *kept, imported->notes);
}

int candles_sample(const CandlesOptions& options) {
    if (options.confined) confine();
    if (const auto prepared = prepare(options); !prepared) return fail(options, prepared.error());
    const auto columns = example_candles(options.seed);
    auto shelf = shelf_of(options);
    // Another seed's market would not fit the one that is there.
    const auto kept = shelf.put({.key = example_key(), .source = example_source(options.seed), .asked = {}, .on_conflict = OnConflict::refuse}, columns.view());
    if (!kept && kept.error().code == "candles_differ")
        return fail(options, Error{ErrorKind::conflict, "There are example candles of another seed: `backfuture candles remove " + example_key().id() + "` takes them away.", Fate::not_sent, "candles_differ"});
    if (!kept) return fail(options, kept.error());
    return finish_import(options, *kept, {});
}

int candles_list(const CandlesOptions& options) {
    const auto sets = shelf_of(options).list();
    if (!sets) return fail(options, sets.error());
    if (options.json) {
        print_json([&](JsonWriter& out) {
            out.key("sets").begin_array();
            for (const auto& set : *sets) write_set(out, set);
            out.end_array();
        });
        return kDone;
    }
    if (sets->empty()) std::printf("There are no candles yet: `backfuture candles import`, `download` and `sample` bring some.\n");
    for (const auto& set : *sets) std::printf("%-32s %s\n", set.id.c_str(), set.info ? tell_set(*set.info).c_str() : ("! " + set.problem).c_str());
    return kDone;
}

int candles_show(const CandlesOptions& options) {
    const auto set = shelf_of(options).open(options.id);
    if (!set) return fail(options, set.error());
    auto gaps = set->gaps();
    if (!gaps) return fail(options, gaps.error());
    if (options.json) {
        print_json([&](JsonWriter& out) {
            out.key("set");
            write_set(out, shelf_of(options).describe(set->info()));
            out.key("gaps");
            write_gaps(out, std::move(*gaps), kGapsShown);
        });
        return kDone;
    }
    std::printf("%s: %s\nprices in steps of %s, volumes of %s; source: %s; %.1f MB\n", options.id.c_str(), tell_set(set->info()).c_str(),
                Decimal::from_parts(1, set->info().price_digits).to_string().c_str(), Decimal::from_parts(1, set->info().volume_digits).to_string().c_str(),
                set->info().source.c_str(), static_cast<double>(set->info().bytes) / 1e6);
    if (const auto funding = shelf_of(options).describe(set->info()).funding) std::printf("%s\n", tell_funding(*funding).c_str());
    std::size_t shown_gaps = 0;
    for (const auto& gap : *gaps) {
        if (++shown_gaps > 50) break;
        std::printf("  gap from %s to %s, %lld missing%s\n", moment_text(gap.from).c_str(), moment_text(gap.to).c_str(), static_cast<long long>(gap.missing),
                    gap.empty_at_exchange ? " (the exchange has none)" : "");
    }
    if (gaps->size() > 50) std::printf("  and %zu more gaps (--json lists them)\n", gaps->size() - 50);
    return kDone;
}

int candles_verify(const CandlesOptions& options) {
    const auto shelf = shelf_of(options);
    auto ids = options.ids;
    if (ids.empty()) {
        const auto sets = shelf.list();
        if (!sets) return fail(options, sets.error());
        for (const auto& set : *sets) ids.push_back(set.id);
    }
    std::vector<std::pair<std::string, std::string>> verdicts;
    bool sound = true;
    for (const auto& id : ids) {
        const auto set = shelf.open(id);
        const auto verdict = set ? set->verify() : Status{Unexpected{set.error()}};
        verdicts.emplace_back(id, verdict ? std::string{} : verdict.error().detail);
        sound = sound && verdict;
    }
    if (options.json)
        print_json([&](JsonWriter& out) {
            out.key("sets").begin_array();
            for (const auto& [id, problem] : verdicts) {
                out.begin_object().member("id", id).member("sound", problem.empty());
                if (problem.empty())
                    out.member("problem", nullptr).end_object();
                else
                    out.member("problem", problem).end_object();
            }
            out.end_array();
        });
    for (const auto& [id, problem] : verdicts)
        if (!problem.empty())
            std::fprintf(stderr, "%s\n", problem.c_str());
        else if (!options.json)
            std::printf("%s is sound.\n", id.c_str());
    return sound ? kDone : kFailed;
}

int candles_remove(const CandlesOptions& options) {
    const auto removed = shelf_of(options).remove(options.id);
    if (!removed) return fail(options, removed.error());
    if (options.json) print_json([&](JsonWriter& out) { out.member("removed", options.id); });
    return kDone;
}

int candles_export(const CandlesOptions& options) {
    const auto from = parse_moment(options.from), to = parse_moment(options.to);
    if (!options.from.empty() && !from) return usage(options, "--from: \"" + options.from + "\" is no time: write 2024-01-31, 2024-01-31T00:05Z or Unix milliseconds.");
    if (!options.to.empty() && !to) return usage(options, "--to: \"" + options.to + "\" is no time: write 2024-01-31, 2024-01-31T00:05Z or Unix milliseconds.");
    if (options.json && options.out == "-") return usage(options, "--json: say with --out where the candles go; standard output is the JSON's.");
    const auto set = shelf_of(options).open(options.id);
    if (!set) return fail(options, set.error());
    const auto candles = set->candles(from, to);
    if (!candles) return fail(options, candles.error());
    if (candles->size() == 0) return fail(options, {ErrorKind::not_found, options.id + " has no candles in that time.", Fate::not_sent, "no_candles"});
    FILE* const file = options.out == "-" ? stdout : std::fopen(options.out.c_str(), "wxe");
    const auto failed = [&] { return Error{ErrorKind::io, "Writing " + options.out + " failed: " + std::strerror(errno) + ".", Fate::not_sent, "unwritable"}; };
    if (file == nullptr) return fail(options, failed());
    auto written = write_candle_csv(*candles, [&](const std::string& piece) -> Status {
        if (std::fwrite(piece.data(), 1, piece.size(), file) != piece.size()) return Unexpected{failed()};
        return {};
    });
    if (written && (file == stdout ? std::fflush(file) : std::fclose(file)) != 0) written = Unexpected{failed()};
    if (!written) return fail(options, written.error());
    if (options.json) print_json([&](JsonWriter& out) { out.member("file", options.out).member("candles", candles->size()); });
    return kDone;
}

namespace {

std::string text(const wire::JsonValue& value) { return printable(value.text_or_number().value_or("")); }

int fail_reply(const CandlesOptions& options, const server::ApiReply& reply) {
    const auto json = wire::Json::parse(reply.body);
    auto detail = json ? text((*json)["detail"]) : std::string{"The server gave no readable answer."};
    if (const auto field = json ? text((*json)["field"]) : std::string{}; !field.empty()) detail = field + ": " + detail;
    if (options.json) std::puts(reply.body.c_str());
    std::fprintf(stderr, "%s\n", detail.c_str());
    return reply.status == 400 || reply.status == 422 ? kUsage : kFailed;
}

/// The id of the connection called so; else the reply that says why there is none.
std::variant<std::string, server::ApiReply> find_connection(EngineAsker& asker, const std::string& name) {
    const auto list = asker.ask(wire::Method::get, "connections");
    if (list.status != 200) return list;
    if (const auto json = wire::Json::parse(list.body))
        for (std::size_t i = 0; i < (*json)["connections"].size(); ++i) {
            const auto connection = (*json)["connections"].at(i);
            if (to_lower(text(connection["name"])) == to_lower(name) || text(connection["id"]) == name) return text(connection["id"]);
        }
    return server::problem_reply(404, "not_found", "Not found", "There is no connection \"" + name + "\": `backfuture connections list` shows those there are.");
}

void print_progress(const wire::JsonValue& download) {
    const auto wanted = download["wanted"].integer().value_or(0), done = download["done"].integer().value_or(0);
    const auto at = download["at"].integer();
    std::fprintf(stderr, "%s: %lld of %lld candles asked for, %lld came%s\n", at ? moment_text(*at).c_str() : "waiting for the exchange", static_cast<long long>(done),
                 static_cast<long long>(wanted), static_cast<long long>(download["received"].integer().value_or(0)),
                 download["searching"].boolean().value_or(false) ? "; searching for the oldest the exchange has" : "");
}

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

int candles_download(const CandlesOptions& options) {
    const auto from = parse_moment(options.from), to = parse_moment(options.to);
    if (!from || *from < 0) return usage(options, "--from: \"" + options.from + "\" is no time: write 2024-01-31, 2024-01-31T00:05Z or Unix milliseconds.");
    if (!options.to.empty() && !to) return usage(options, "--to: \"" + options.to + "\" is no time: write 2024-01-31, 2024-01-31T00:05Z or Unix milliseconds.");
    EngineAsker asker{options.data};
    const auto connection = find_connection(asker, options.connection);
    if (const auto* refused = std::get_if<server::ApiReply>(&connection)) return fail_reply(options, *refused);
    std::string body;
    JsonWriter out{body};
    out.begin_object().member("connection", std::get<std::string>(connection)).member("pair", options.pair).member("interval", options.interval);
    out.member("from", *from).member("to", to).end_object();
    auto reply = asker.ask(wire::Method::post, "candle-downloads", body);
    if (reply.status != 201) return fail_reply(options, reply);
    const auto started = wire::Json::parse(reply.body);
    const auto path = "candle-downloads/" + (started ? text((*started)["id"]) : std::string{});
    // Ctrl-C stops the download; what came is kept.
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    std::string last_told;
    while (true) {
        asker.wait(milliseconds{interrupted != 0 ? 100 : 500});
        if (interrupted == 1) {
            interrupted = 2;
            std::fprintf(stderr, "Stopping; what came is kept.\n");
            (void)asker.ask(wire::Method::post, path + "/stop", "{}");
        }
        reply = asker.ask(wire::Method::get, path);
        const auto json = wire::Json::parse(reply.body);
        if (reply.status != 200 || !json) return fail_reply(options, reply);
        const auto state = text((*json)["state"]);
        if (state == "running") {
            const auto funding = (*json)["funding"];
            const auto came = funding.is_object() ? "funding rates: " + text(funding["received"]) + " came" : text((*json)["done"]);
            if (came == std::exchange(last_told, came)) continue;
            if (funding.is_object())
                std::fprintf(stderr, "%s\n", came.c_str());
            else
                print_progress(json->root());
            continue;
        }
        if (state == "saving") continue;
        if (options.json) std::puts(reply.body.c_str());
        if (state == "failed") {
            std::fprintf(stderr, "%s\n", text((*json)["problem"]).c_str());
            return kFailed;
        }
        if (options.json) return kDone;
        std::printf("%s: %s candles came, %s are new.\n", text((*json)["set"]).c_str(), text((*json)["received"]).c_str(), text((*json)["added"]).c_str());
        const auto funding = (*json)["funding"];
        if (const auto first = funding["first"].integer(), last = funding["last"].integer(); first && last)
            std::printf("%s.\n", tell_funding({static_cast<std::uint64_t>(funding["settlements"].integer().value_or(0)), *first, *last}).c_str());
        if (const auto problem = text(funding["problem"]); !problem.empty()) std::fprintf(stderr, "Funding rates: %s\n", problem.c_str());
        return kDone;
    }
}

}  // namespace bf::app
