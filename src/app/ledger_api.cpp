#include "app/ledger_api.hpp"

#include "app/ledger_names.hpp"
#include "base/text.hpp"
#include "server/api_replies.hpp"

#include <set>
#include <tuple>

namespace bf::app {
namespace {

using server::ApiReply;
using wire::JsonWriter;
using wire::Method;

/// A filter that fits little looks at so many pages of the signer's, each of some thousand entries, before it hands back what it has.
constexpr int kLooksMax = 25;

/// What the codes of these entries are called, in the reader's language: pages carry no list of them.
void write_names(JsonWriter& out, const std::vector<signer::LedgerEntry>& entries, exchange::Language language) {
    std::set<std::string_view> uses, results, purposes;
    for (const auto& entry : entries) {
        uses.insert(entry.what);
        results.insert(entry.result);
        if (entry.purpose) purposes.insert(entry.purpose->word);
        if (entry.counted)
            for (const auto& [operation, count] : entry.counted->operations) uses.insert(exchange::to_string(operation));
    }
    out.key("names").begin_object();
    for (const auto& [key, codes, name] : {std::tuple{"what", &uses, &name_of_use}, std::tuple{"result", &results, &name_of_result}, std::tuple{"for", &purposes, &name_of_purpose}}) {
        out.key(key).begin_object();
        for (const auto code : *codes) out.member(code, name(code, language));
        out.end_object();
    }
    out.end_object();
}

}  // namespace

struct LedgerApi::Page {
    exchange::Language language{};
    signer::LedgerQuery query;
    std::vector<signer::LedgerEntry> entries;
    std::size_t wanted{50};
    int looks{0};
    server::Api::Done done;
};

void LedgerApi::handle(const std::vector<std::string_view>& parts, const server::ApiRequest& request, server::Api::Done done) {
    const auto what = parts.size() == 2 ? parts[1] : std::string_view{};
    if (parts.size() > 2) return done(server::not_found());
    if (what.empty()) return request.method == Method::get ? page(request, std::move(done)) : done(server::wrong_method());
    if (what == "head") return request.method == Method::get ? head(request.language, std::move(done)) : done(server::wrong_method());
    if (what != "accept" && what != "compare") return done(server::not_found());
    if (request.method != Method::post) return done(server::wrong_method());
    if (what == "compare") {
        if (!watch_.compare()) return done(server::problem_reply(409, "comparing", "Conflict", "The exchanges are being asked already."));
        return done({202, "{}"});
    }
    const auto who = request.actor.account.empty() ? std::string{"the owner"} : request.actor.account;
    signer_.accept_ledger(who.substr(0, 64), [this, language = request.language, done = std::move(done)](Status accepted) mutable {
        if (!accepted) return done(server::error_reply(accepted.error()));
        head(language, std::move(done));
    });
}

void LedgerApi::page(const server::ApiRequest& request, server::Api::Done done) {
    const auto paging = server::read_paging(request.query);
    if (const auto* refused = std::get_if<ApiReply>(&paging)) return done(*refused);
    const auto page = std::make_shared<Page>();
    page->language = request.language;
    page->query.before = static_cast<std::uint64_t>(std::get<server::Paging>(paging).before);
    page->wanted = static_cast<std::size_t>(std::get<server::Paging>(paging).limit);
    page->query.connection = server::query_value(request.query, "connection").value_or("");
    if (page->query.connection.size() > 64) return done(server::bad_field("connection", "That is no connection's id."));
    if (const auto word = server::query_value(request.query, "class"); word && !word->empty()) {
        page->query.use = signer::parse_use_class(*word);
        if (!page->query.use) return done(server::bad_field("class", "The class is read, order, cancel, setting, key, policy, account, refusal, outcome or ledger."));
    }
    for (const auto& [name, at] : {std::pair{"from", &page->query.from}, std::pair{"to", &page->query.to}}) {
        const auto text = server::query_value(request.query, name);
        if (!text || text->empty()) continue;
        *at = read_time(*text);
        if (!*at) return done(server::bad_field(name, "A time is Unix milliseconds, or 2026-11-28T14:50 (UTC)."));
    }
    page->done = std::move(done);
    read_on(page);
}

void LedgerApi::read_on(std::shared_ptr<Page> page) {
    page->query.limit = static_cast<std::uint32_t>(page->wanted - page->entries.size());
    signer_.ledger_page(page->query, [this, page](Result<signer::LedgerPage> got) {
        if (!got) return page->done(server::error_reply(got.error()));
        std::move(got->entries.begin(), got->entries.end(), std::back_inserter(page->entries));
        if (got->next != 0 && page->entries.size() < page->wanted && ++page->looks < kLooksMax) {
            page->query.before = got->next;
            return read_on(page);
        }
        ApiReply reply;
        JsonWriter out{reply.body};
        out.begin_object().key("entries").begin_array();
        for (const auto& entry : page->entries) write_ledger_entry(out, entry, name_of_, page->language);
        out.end_array();
        write_names(out, page->entries, page->language);
        out.member("next", got->next == 0 ? std::nullopt : std::optional{got->next}).end_object();
        page->done(std::move(reply));
    });
}

void LedgerApi::head(exchange::Language language, server::Api::Done done) {
    signer_.ledger([this, language, done = std::move(done)](Result<signer::LedgerStanding> standing) {
        if (!standing) return done(server::error_reply(standing.error()));
        ApiReply reply;
        JsonWriter out{reply.body};
        const auto detail = standing->detail.empty() ? std::nullopt : std::optional{ledger_words(standing->detail, language)};
        out.begin_object().member("state", signer::to_string(standing->state)).member("detail", detail);
        out.key("head");
        if (standing->head) write_ledger_head(out, *standing->head);
        else out.null();
        out.key("breaches").begin_array();
        for (const auto& one : standing->breaches) {
            out.begin_object().member("kind", one.kind).member("segment", one.segment).member("offset", one.offset).member("sequence", one.sequence);
            out.member("detail", ledger_words(one.detail, language)).member("accepted", one.accepted).end_object();
        }
        const auto& compared = watch_.compared();
        out.end_array().key("compared").begin_object().member("at", compared.at ? std::optional{compared.at->ms()} : std::nullopt).member("running", watch_.comparing());
        out.member("connections", compared.connections).member("looked_at", compared.looked_at).member("strangers", compared.strangers).member("missed", compared.missed);
        out.end_object().end_object();
        done(std::move(reply));
    });
}

}  // namespace bf::app
