#include "app/ledger_json.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"
#include "base/utc.hpp"
#include "exchange/remark.hpp"

namespace bf::app {
namespace {

using signer::LedgerEntry;
using wire::JsonWriter;

std::optional<std::string_view> unless_empty(const std::string& text) { return text.empty() ? std::nullopt : std::optional<std::string_view>{text}; }

std::string_view slot_word(std::uint8_t slot) { return signer::to_string(static_cast<signer::Slot>(slot)); }

void write_call(JsonWriter& out, const LedgerEntry::Call& call) {
    out.begin_object().member("slot", slot_word(call.slot)).member("market", market::to_string(call.market));
    out.member("method", call.method ? std::optional{wire::to_string(*call.method)} : std::nullopt);
    out.member("path", unless_empty(call.path)).member("symbol", unless_empty(call.symbol));
    out.member("side", call.side ? std::optional{market::to_string(*call.side)} : std::nullopt);
    out.member("quantity", call.quantity).member("price", call.price).member("value", call.value);
    out.member("client_order_id", unless_empty(call.client_order_id)).member("order_id", unless_empty(call.order_id));
    out.member("digest", to_hex(call.digest)).end_object();
}

bool take_number(std::string_view& text, std::size_t digits, int& value) {
    if (text.size() < digits) return false;
    const auto number = parse_int(text.substr(0, digits));
    if (!number || *number < 0) return false;
    value = static_cast<int>(*number);
    text.remove_prefix(digits);
    return true;
}
bool take_mark(std::string_view& text, std::string_view marks) {
    if (text.empty() || marks.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::string in_quotes(std::string_view text) {
    std::string out{'"'};
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    // A spreadsheet takes such a cell for a formula.
    if (!text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos) out.insert(1, "'");
    return out + '"';
}

}  // namespace

std::string ledger_words(const std::string& kept, exchange::Language language) { return exchange::is_remark(kept) ? exchange::retell(kept, language) : kept; }

void write_ledger_entry(JsonWriter& out, const LedgerEntry& entry, const ConnectionName& name_of, exchange::Language language) {
    out.begin_object().member("sequence", entry.sequence).member("at", entry.at.ms()).member("class", signer::to_string(entry.use));
    out.member("connection", unless_empty(entry.connection));
    if (name_of) out.member("connection_name", entry.connection.empty() ? std::nullopt : name_of(entry.connection));
    out.member("what", entry.what).member("result", entry.result).member("detail", unless_empty(ledger_words(entry.detail, language)));
    out.key("call");
    if (entry.call) write_call(out, *entry.call);
    else out.null();
    out.key("purpose");
    if (entry.purpose) {
        out.begin_object().member("for", entry.purpose->word).member("group", entry.purpose->group == 0 ? std::nullopt : std::optional{entry.purpose->group});
        out.member("strategy", unless_empty(entry.purpose->strategy)).end_object();
    } else {
        out.null();
    }
    out.key("counted");
    if (entry.counted) {
        out.begin_object().member("since", entry.counted->since.ms()).member("count", entry.counted->count).key("operations").begin_object();
        for (const auto& [operation, count] : entry.counted->operations) out.member(exchange::to_string(operation), count);
        out.end_object().end_object();
    } else {
        out.null();
    }
    out.member("about", entry.about == 0 ? std::nullopt : std::optional{entry.about}).end_object();
}

void write_ledger_head(JsonWriter& out, const signer::LedgerHead& head) {
    out.begin_object().member("sequence", head.sequence).member("segment", head.segment).member("at", head.at.ms()).member("link", to_hex(head.link));
    out.member("key", to_hex(head.public_key)).member("key_fingerprint", signer::ledger_fingerprint(head.public_key)).member("anchor", signer::anchor_text(head)).end_object();
}

void write_ledger_report(JsonWriter& out, const signer::LedgerReport& report) {
    out.begin_object().member("intact", report.intact()).member("settled", report.settled()).member("segments", report.segments).member("entries", report.entries);
    out.member("first_sequence", report.first_sequence).member("last_sequence", report.last_sequence).member("beyond_head", report.beyond_head);
    out.key("head");
    if (report.head) write_ledger_head(out, *report.head);
    else out.null();
    out.key("torn");
    if (report.torn) out.begin_object().member("segment", report.torn->segment).member("offset", report.torn->offset).end_object();
    else out.null();
    out.key("breaches").begin_array();
    for (const auto& one : report.breaches) {
        out.begin_object().member("kind", signer::to_string(one.kind)).member("segment", one.place.segment).member("offset", one.place.offset);
        out.member("sequence", one.sequence).member("detail", one.detail).member("recorded", one.recorded).member("accepted", one.accepted).end_object();
    }
    out.end_array().end_object();
}

std::optional<Instant> read_time(std::string_view text) {
    if (const auto ms = parse_int(text); ms && *ms >= 0) return Instant::from_ms(*ms);
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (!take_number(text, 4, year) || !take_mark(text, "-") || !take_number(text, 2, month) || !take_mark(text, "-") || !take_number(text, 2, day)) return std::nullopt;
    if (!text.empty()) {
        if (!take_mark(text, "T ") || !take_number(text, 2, hour) || !take_mark(text, ":") || !take_number(text, 2, minute)) return std::nullopt;
        if (!text.empty() && text.front() == ':' && (!take_mark(text, ":") || !take_number(text, 2, second))) return std::nullopt;
        if (text == "Z") text.remove_prefix(1);
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)}, std::chrono::day{static_cast<unsigned>(day)}};
    if (!text.empty() || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const auto point = std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} + seconds{second};
    return Instant::from_ms(std::chrono::duration_cast<milliseconds>(point.time_since_epoch()).count());
}

std::string ledger_line(const LedgerEntry& entry) {
    std::string line = std::to_string(entry.sequence);
    line.resize(std::max<std::size_t>(line.size(), 8), ' ');
    line += " " + utc_text(entry.at) + "  ";
    const auto column = [&line](std::string_view text, std::size_t width) {
        line += text;
        line.append(text.size() < width ? width - text.size() : 0, ' ');
        line += ' ';
    };
    column(signer::to_string(entry.use), 8);
    column(entry.connection, 12);
    column(entry.what, 14);
    column(entry.result, 10);
    if (entry.call) {
        const auto& call = *entry.call;
        if (call.side) line += std::string{market::to_string(*call.side)} + " ";
        if (call.quantity) line += call.quantity->to_string() + " ";
        if (!call.symbol.empty()) line += call.symbol + " ";
        if (call.price) line += "at " + call.price->to_string() + " ";
        if (call.value) line += "worth " + call.value->to_string() + " ";
        if (call.method) line += std::string{wire::to_string(*call.method)} + " " + call.path + " ";
        if (!call.client_order_id.empty()) line += call.client_order_id + " ";
        if (!call.order_id.empty()) line += "exchange's number " + call.order_id + " ";
    }
    if (entry.purpose) {
        line += "for " + entry.purpose->word + " ";
        if (entry.purpose->group != 0) line += "of group " + std::to_string(entry.purpose->group) + " ";
        if (!entry.purpose->strategy.empty()) line += "of strategy " + entry.purpose->strategy + " ";
    }
    if (entry.counted) {
        line += std::to_string(entry.counted->count) + " times since " + utc_text(entry.counted->since) + " ";
        for (const auto& [operation, count] : entry.counted->operations) line += std::string{exchange::to_string(operation)} + " " + std::to_string(count) + " ";
    }
    line += entry.detail;
    while (!line.empty() && line.back() == ' ') line.pop_back();
    // Of a ledger that somebody changed it shows what he wrote.
    return printable(line);
}

const char* const kLedgerCsvHeader =
    "sequence,at_utc,class,connection,what,result,market,method,path,symbol,side,quantity,price,value,client_order_id,order_id,purpose,group,strategy,count,digest,detail";

std::string ledger_csv(const LedgerEntry& entry) {
    const auto call = entry.call.value_or(LedgerEntry::Call{});
    const auto purpose = entry.purpose.value_or(LedgerEntry::Purpose{});
    const auto amount = [](const std::optional<Decimal>& value) { return value ? value->to_string() : std::string{}; };
    const std::string cells[] = {std::to_string(entry.sequence), utc_text(entry.at), std::string{signer::to_string(entry.use)}, entry.connection, entry.what, entry.result,
                                 entry.call ? std::string{market::to_string(call.market)} : "",
                                 call.method ? std::string{wire::to_string(*call.method)} : "", call.path, call.symbol,
                                 call.side ? std::string{market::to_string(*call.side)} : "", amount(call.quantity), amount(call.price), amount(call.value), call.client_order_id,
                                 call.order_id, purpose.word, purpose.group == 0 ? "" : std::to_string(purpose.group), purpose.strategy,
                                 entry.counted ? std::to_string(entry.counted->count) : "", entry.call ? to_hex(call.digest) : "", entry.detail};
    std::string line;
    for (const auto& cell : cells) {
        if (!line.empty()) line += ',';
        line += in_quotes(printable(cell));
    }
    return line;
}

}  // namespace bf::app
