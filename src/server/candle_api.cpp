#include "server/candle_api.hpp"

#include "backtest/candle_report.hpp"
#include "backtest/candle_words.hpp"
#include "base/text.hpp"
#include "server/api_replies.hpp"
#include "server/refusal_words.hpp"
#include "wire/json.hpp"

#include <algorithm>
#include <array>

namespace bf::server {
namespace {

using wire::JsonWriter;
using wire::Method;

constexpr std::size_t kGapsMax = 1000;
constexpr std::size_t kFilesMax = 100;
constexpr std::array<std::string_view, 5> kDownloadStates{"running", "saving", "done", "stopped", "failed"};
constexpr std::array<std::string_view, 3> kImportStates{"running", "done", "failed"};

ApiReply no_such(const char* what) { return problem_reply(404, "not_found", "Not found", std::string{"There is no such "} + what + "."); }

template <class Write>
ApiReply reply_with(int status, Write&& write) {
    std::string body;
    JsonWriter out{body};
    write(out);
    return {status, std::move(body)};
}

ApiReply write_upload(int status, const CandleDesk::Upload& upload) {
    return reply_with(status, [&](JsonWriter& out) {
        out.begin_object().member("id", upload.id).member("name", upload.name).member("bytes", upload.bytes).member("received", upload.received);
        out.member("piece_bytes_max", CandleApi::kPieceMax).end_object();
    });
}

std::optional<wire::Json> object_of(const ApiRequest& request) {
    auto json = wire::Json::parse(request.body.empty() ? "{}" : request.body);
    if (!json || !json->root().is_object()) return std::nullopt;
    return std::move(*json);
}

/// A name as a file of that name may be called; hostile ones become harmless.
std::string file_name(std::string_view name) {
    name = name.substr(name.find_last_of("/\\") == std::string_view::npos ? 0 : name.find_last_of("/\\") + 1);
    std::string tame;
    for (const char c : name.substr(0, 80)) tame += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ? c : '_';
    while (tame.starts_with('.')) tame.erase(0, 1);
    return tame;
}

}  // namespace

void write_download(JsonWriter& out, const CandleDesk::Download& download, exchange::Language language) {
    out.begin_object().member("id", download.id).member("connection", download.connection).member("set", download.key.id());
    out.member("exchange", download.key.exchange).member("market", download.key.market).member("pair", download.key.pair);
    out.member("interval", backtest::interval_text(download.key.interval)).member("from", download.from).member("to", download.to);
    out.member("state", kDownloadStates[static_cast<std::size_t>(download.state)]);
    out.member("wanted", download.progress.wanted).member("done", download.progress.done).member("received", download.progress.received);
    out.member("at", download.progress.at).member("searching", download.progress.searching);
    out.member("problem", download.problem.empty() ? std::nullopt : std::optional{retell_refusal(download.problem, {}, language)}).member("started_at", download.started_at.ms());
    out.member("ended_at", download.ended_at ? std::optional{download.ended_at->ms()} : std::nullopt).member("added", download.added).key("funding");
    if (const auto& funding = download.funding) {
        out.begin_object().member("settlements", funding->settlements).member("received", funding->received).member("first", funding->first).member("last", funding->last);
        out.member("problem", funding->problem.empty() ? std::nullopt : std::optional{retell_refusal(funding->problem, {}, language)}).end_object();
    } else {
        out.null();
    }
    out.end_object();
}

void write_import(JsonWriter& out, const CandleDesk::Import& import, exchange::Language language) {
    out.begin_object().member("id", import.id).member("state", kImportStates[static_cast<std::size_t>(import.state)]);
    out.key("result").raw(import.result.empty() ? "null" : import.result);
    out.member("problem", import.problem.empty() ? std::nullopt : std::optional{retell_refusal(import.problem, {}, language)}).end_object();
}

bool CandleApi::serves(std::string_view first_part) {
    return first_part == "candle-sets" || first_part == "candle-uploads" || first_part == "candle-imports" || first_part == "candle-downloads";
}

ApiReply CandleApi::handle(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts[0] == "candle-sets") return sets(parts, request);
    if (parts[0] == "candle-uploads") return uploads(parts, request);
    if (parts[0] == "candle-imports") return imports(parts, request);
    return downloads(parts, request);
}

ApiReply CandleApi::sets(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts.size() > 2) return not_found();
    if (parts.size() == 1) {
        if (request.method != Method::get) return wrong_method();
        const auto all = desk_.shelf().list();
        if (!all) return error_reply(all.error());
        return reply_with(200, [&](JsonWriter& out) {
            out.begin_object().key("sets").begin_array();
            for (const auto& set : *all) backtest::write_set(out, set);
            out.end_array().end_object();
        });
    }
    const std::string id{parts[1]};
    if (id == "example" && request.method == Method::post) {
        const auto begun = desk_.make_example();
        if (!begun) return error_reply(begun.error());
        return reply_with(202, [&](JsonWriter& out) { write_import(out, *desk_.find_import(*begun), request.language); });
    }
    if (id == "example" && request.method != Method::get && request.method != Method::del) return wrong_method();
    // One that is damaged can be removed, too.
    if (request.method == Method::del) {
        const auto removed = desk_.shelf().remove(id);
        return removed ? ApiReply{204, {}} : error_reply(removed.error());
    }
    const auto set = desk_.shelf().open(id);
    if (!set) return error_reply(set.error());
    if (request.method != Method::get) return wrong_method();
    auto gaps = set->gaps();
    if (!gaps) return error_reply(gaps.error());
    return reply_with(200, [&](JsonWriter& out) {
        out.begin_object().key("set");
        backtest::write_set(out, desk_.shelf().describe(set->info()));
        out.key("gaps");
        backtest::write_gaps(out, std::move(*gaps), kGapsMax);
        out.end_object();
    });
}

ApiReply CandleApi::uploads(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts.size() > 2) return not_found();
    if (parts.size() == 1) {
        if (request.method != Method::post) return wrong_method();
        const auto json = object_of(request);
        if (!json) return malformed();
        const auto name = file_name((*json)["name"].text().value_or(""));
        const auto bytes = (*json)["bytes"].is_number() ? (*json)["bytes"].integer() : std::nullopt;
        if (name.empty()) return bad_field("name", "An upload needs the file's name.");
        if (!bytes || *bytes < 1) return bad_field("bytes", "An upload says how many bytes the file has.");
        if (static_cast<std::uint64_t>(*bytes) > kUploadMax)
            return problem_reply(413, "too_large", "Too large", "A file may have at most 512 MB here; `backfuture candles import` takes larger ones from the server's own disk.", "bytes");
        const auto begun = desk_.begin_upload(name, static_cast<std::uint64_t>(*bytes));
        return begun ? write_upload(201, *begun) : error_reply(begun.error());
    }
    const std::string id{parts[1]};
    const auto found = desk_.find_upload(id);
    if (!found) return no_such("upload");
    if (request.method == Method::get) return write_upload(200, *found);
    if (request.method == Method::del) {
        const auto dropped = desk_.drop_upload(id);
        return dropped ? ApiReply{204, {}} : error_reply(dropped.error());
    }
    if (request.method != Method::put) return wrong_method();
    const auto json = object_of(request);
    if (!json) return malformed();
    const auto offset = (*json)["offset"].is_number() ? (*json)["offset"].integer() : std::nullopt;
    const auto bytes = from_base64((*json)["data"].text().value_or(""));
    if (!offset || *offset < 0) return bad_field("offset", "A piece says at which byte of the file it begins.");
    if (!bytes || bytes->empty() || bytes->size() > kPieceMax) return bad_field("data", "A piece is 1 to 524288 bytes as base64.");
    const auto added = desk_.add_to_upload(id, static_cast<std::uint64_t>(*offset), *bytes);
    return added ? write_upload(200, *added) : error_reply(added.error());
}

ApiReply CandleApi::imports(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts.size() > 2) return not_found();
    if (parts.size() == 2) {
        const auto* import = desk_.find_import(std::string{parts[1]});
        if (import == nullptr) return no_such("import");
        if (request.method != Method::get) return wrong_method();
        return reply_with(200, [&](JsonWriter& out) { write_import(out, *import, request.language); });
    }
    if (request.method != Method::post) return wrong_method();
    const auto json = object_of(request);
    if (!json) return malformed();
    CandleDesk::ImportWish wish;
    const auto list = (*json)["uploads"];
    if (!list.is_array() || list.size() < 1 || list.size() > kFilesMax) return bad_field("uploads", "An import names 1 to 100 uploads.");
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list.at(i).is_text()) return bad_field("uploads", "An upload is named by its id.");
        wish.uploads.emplace_back(*list.at(i).text());
    }
    wish.key.exchange = (*json)["exchange"].text().value_or("");
    wish.key.market = (*json)["market"].text().value_or("");
    wish.key.pair = (*json)["pair"].text().value_or("");
    auto probe = wish.key;
    probe.interval = milliseconds{60'000};
    if (const auto interval = (*json)["interval"]; interval.exists() && !interval.is_null()) {
        const auto parsed = backtest::parse_interval(interval.text().value_or(""));
        if (!parsed) return bad_field("interval", "interval is 1s, 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h or 1d.");
        wish.key.interval = *parsed;
    }
    if (const auto problem = probe.problem()) return bad_field(problem->field, problem->sentence);
    const auto replace = (*json)["replace"];
    if (replace.exists() && !replace.boolean()) return bad_field("replace", "replace must be true or false.");
    wish.replace = replace.boolean().value_or(false);
    const auto begun = desk_.import(std::move(wish));
    if (!begun) return error_reply(begun.error());
    return reply_with(202, [&](JsonWriter& out) { write_import(out, *desk_.find_import(*begun), request.language); });
}

ApiReply CandleApi::begin_download(const ApiRequest& request) {
    const auto json = object_of(request);
    if (!json) return malformed();
    const auto pair = market::Symbol::parse((*json)["pair"].text().value_or(""));
    const auto interval = market::parse<market::Interval>((*json)["interval"].text().value_or(""));
    const auto from = (*json)["from"], to = (*json)["to"];
    const auto connection = (*json)["connection"].text();
    if (!connection) return bad_field("connection", "connection must be the id of a connection.");
    if (!pair) return bad_field("pair", "The pair must be a unified symbol such as BTC/USDT or BTC/USDT:USDT.");
    if (!interval) return bad_field("interval", "interval is 1m, 5m, 15m, 1h, 4h or 1d.");
    if (!from.is_number() || !from.integer() || *from.integer() < 0) return bad_field("from", "from is a time in Unix milliseconds.");
    const bool open_end = !to.exists() || to.is_null();
    if (!open_end && (!to.is_number() || !to.integer() || *to.integer() <= *from.integer())) return bad_field("to", "to is a time in Unix milliseconds, after from.");
    CandleDesk::DownloadWish wish{.connection = std::string{*connection}, .pair = *pair, .interval = *interval, .from = Instant::from_ms(*from.integer())};
    if (!open_end) wish.to = Instant::from_ms(*to.integer());
    const auto begun = desk_.download(std::move(wish));
    if (!begun) return error_reply(begun.error());
    for (const auto* download : desk_.downloads())
        if (download->id == *begun) return reply_with(201, [&](JsonWriter& out) { write_download(out, *download, request.language); });
    return not_found();
}

ApiReply CandleApi::downloads(const std::vector<std::string_view>& parts, const ApiRequest& request) {
    if (parts.size() == 1) {
        if (request.method == Method::post) return begin_download(request);
        if (request.method != Method::get) return wrong_method();
        return reply_with(200, [&](JsonWriter& out) {
            out.begin_object().key("downloads").begin_array();
            for (const auto* download : desk_.downloads()) write_download(out, *download, request.language);
            out.end_array().end_object();
        });
    }
    const auto all = desk_.downloads();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto* one) { return one->id == parts[1]; });
    if (found == all.end()) return no_such("download");
    if (parts.size() == 3) {
        if (parts[2] != "stop") return not_found();
        if (request.method != Method::post) return wrong_method();
        if (const auto stopped = desk_.stop_download(std::string{parts[1]}); !stopped) return error_reply(stopped.error());
    } else if (request.method != Method::get) {
        return wrong_method();
    }
    return reply_with(200, [&](JsonWriter& out) { write_download(out, **found, request.language); });
}

}  // namespace bf::server
