// Requests of any kind to the web process, with and without sessions, tokens and cookies, right ones, ended ones and changed ones. Whatever is
// sent: it is answered once; what reaches the engine comes from somebody whose credential the request carried and who may do that; without one
// nothing changes but by a right password; nobody gains a right over others; no answer tells a token, a hash or the set-up code.
//
// Lines: method, target, headers until an empty line, then the body. `$1` to `$6` in a header stand for the tokens of the people here.
#include "base/text.hpp"
#include "chance.hpp"
#include "server/origin.hpp"
#include "server/web.hpp"
#include "support/scratch.hpp"
#include "wire/json.hpp"

#include <array>

using namespace bf;
using namespace bf::server;

// The answers' way back, without the sockets of net/.
namespace bf::net {
namespace detail {

class PendingAnswer {
public:
    std::optional<wire::Response> response{};
    int answers{0};
};
class PendingUpgrade : public PendingAnswer {
public:
    std::unique_ptr<SocketEvents> events{};
};
class ServerSocket {};

}  // namespace detail

void Responder::answer(wire::Response response) const {
    pending_->response = std::move(response);
    ++pending_->answers;
}
void Responder::never() const { ++pending_->answers; }
void Responder::reset() const { ++pending_->answers; }
void Upgrade::accept(std::unique_ptr<SocketEvents> events) const {
    pending_->events = std::move(events);
    ++pending_->answers;
}
void Upgrade::refuse(wire::Response response) const {
    pending_->response = std::move(response);
    ++pending_->answers;
}
void Upgrade::never() const { ++pending_->answers; }
void Upgrade::reset() const { ++pending_->answers; }
void Socket::send_text(std::string) const {}
void Socket::close(std::uint16_t, std::string) const {}
std::string_view ServerRequest::query() const {
    const auto at = target.find('?');
    return at == std::string::npos ? std::string_view{} : std::string_view{target}.substr(at + 1);
}

}  // namespace bf::net

namespace {

constexpr const char* kPassword = "correct horse battery staple ";

/// Knows passwords by heart, so that no input costs Argon2's quarter of a second.
class Desk final : public PasswordDesk {
public:
    bool verify(std::string hash, std::string password, std::function<void(Verdict)> done) override {
        const bool good = hash == "hash of " + password;
        granted = granted || good;
        done({good, {}});
        return true;
    }
    bool hash(std::string password, std::function<void(Result<std::string>)> done) override {
        done("hash of " + password);
        return true;
    }
    bool granted{false};
};

struct Credential {
    std::string token;
    Role role{Role::nobody};
};

class House {
public:
    House() {
        fuzz::chance().begin_again();
        set_up_code_ = accounts_->set_up_code();
        constexpr std::pair<const char*, Role> kPeople[] = {{"owner", Role::owner}, {"tina", Role::trader}, {"vera", Role::viewer}};
        for (const auto& [name, role] : kPeople) {
            fuzz::must(accounts_->add_person(name, role, std::string{"hash of "} + kPassword + name).has_value(), "people are added");
            cookies_.push_back({accounts_->begin_session(name, {"192.0.2.1", "a browser"}).value(), role});
            bearers_.push_back({accounts_->make_api_token(name, {"script", role, clock_.now + std::chrono::hours{240}}).value().token, role});
        }
        fuzz::must(accounts_->set_factor("tina", true).has_value(), "one has a second factor");
        ended_ = accounts_->begin_session("owner", {"192.0.2.1", "a browser"}).value();
        accounts_->end_session(accounts_->by_cookie(ended_)->session);
        for (const bool secure : {false, true}) {
            Web::Setup setup{secure, {"bf.example:8420"}, [this](ApiRequest request, std::function<void(ApiReply)> done) {
                                 asked_.push_back(std::move(request));
                                 done({200, R"({"a":1})"});
                             }};
            webs_.push_back(std::make_unique<Web>(*accounts_, api_, clock_, std::move(setup)));
            webs_.back()->on_engine(true);
        }
        before_ = picture();
        people_ = accounts_->people();
    }

    /// Whether the house is as it was.
    bool serve(fuzz::Input& input) {
        const auto options = input.byte();
        const bool secure = (options & 1) != 0, live = (options & 2) != 0, stale = (options & 4) != 0;
        const auto began = clock_.now;
        if (stale) clock_.now = clock_.now + seconds{600};
        auto request = read(input, options);
        // What of it counts, and who it can be at the most.
        const auto most = carried_;
        asked_.clear();
        desk_.granted = false;
        const bool foreign = is_foreign(request, secure);
        const bool wrong_bearer = has_wrong_bearer(request);
        auto& web = *webs_[secure ? 1 : 0];
        auto pending = std::make_shared<net::detail::PendingUpgrade>();
        if (live) web.on_upgrade(std::move(request), net::Upgrade{pending});
        else web.on_request(std::move(request), net::Responder{pending});
        fuzz::must(pending->answers == 1, "answered once");
        if (pending->events) {
            fuzz::must(most >= Role::viewer && !wrong_bearer && !foreign, "a live stream is for who signed in");
            pending->events->on_open({});
            while (!input.empty()) pending->events->on_text(input.piece('\n'));
            web.on_event({R"({"type":"x"})", R"({"type":"x"})"});
            pending->events->on_closed();
        }
        if (pending->response) must_be_silent(*pending->response);
        for (const auto& one : asked_) must_be_allowed(one, most, stale, foreign, wrong_bearer);
        const auto after = picture();
        if (after != before_) {
            fuzz::must(most > Role::nobody || desk_.granted, "nothing changes for who is nobody");
            for (const auto& [name, person] : accounts_->people()) {
                const auto was = people_.find(name);
                const bool others = was == people_.end() || was->second.role != person.role || (was->second.password_hash != person.password_hash && !desk_.granted);
                fuzz::must(!others || (most == Role::owner && !stale), "only an owner, who proved it lately, changes other people's accounts");
            }
            fuzz::must(accounts_->people().size() >= people_.size() || (most == Role::owner && !stale), "or removes them");
        }
        clock_.now = began;
        return after == before_ && !failed_once();
    }

private:
    net::ServerRequest read(fuzz::Input& input, std::uint8_t options) {
        const bool secure = (options & 1) != 0;
        carried_ = Role::nobody;
        net::ServerRequest request;
        request.peer_address = "192.0.2.1";
        request.secure = secure;
        // A credential in its right place, unless the headers bring their own.
        const auto kind = input.below(12);
        const std::string name = secure ? "__Host-bf_session=" : "bf_session=";
        std::vector<wire::Header> own{{"Host", "bf.example:8420"}, {"Content-Type", "application/json"}};
        std::string session;
        const auto carry = [&](const Credential& one) {
            carried_ = std::max(carried_, one.role);
            return one.token;
        };
        if (kind < 3) own.push_back({"Cookie", "theme=dark; " + name + (session = carry(cookies_[kind]))});
        else if (kind < 6) own.push_back({"Authorization", "Bearer " + carry(bearers_[kind - 3])});
        else if (kind == 6) own.push_back({"Cookie", name + ended_});
        else if (kind == 7) own.push_back({"Cookie", (secure ? "bf_session=" : "__Host-bf_session=") + cookies_[0].token});
        else if (kind == 8) own.push_back({"Authorization", "Bearer " + cookies_[0].token});
        else if (kind == 9) {
            auto changed = cookies_[0].token;
            changed[input.byte() % changed.size()] ^= static_cast<char>(1 + input.byte() % 127);
            own.push_back({"Cookie", name + changed});
        }
        if ((options & 8) != 0) own.push_back({"Origin", secure ? "https://bf.example:8420" : "http://bf.example:8420"});
        if ((options & 16) != 0 && !session.empty()) own.push_back({std::string{kCsrfHeader}, csrf_token(session)});
        request.method = input.piece('\n');
        request.target = input.piece('\n');
        for (auto line = input.piece('\n'); !line.empty(); line = input.piece('\n')) {
            const auto colon = line.find(':');
            if (colon == std::string_view::npos) continue;
            std::string value;
            for (std::size_t i = colon + 1; i < line.size(); ++i) {
                if (line[i] != '$' || i + 1 >= line.size() || line[i + 1] < '1' || line[i + 1] > '6') {
                    value += line[i];
                    continue;
                }
                const auto which = static_cast<std::size_t>(line[++i] - '1');
                value += carry(which < 3 ? cookies_[which] : bearers_[which - 3]);
            }
            request.headers.push_back({std::string{line.substr(0, colon)}, std::string{trim(value)}});
        }
        // Whose stand first count.
        request.headers.insert((options & 32) != 0 ? request.headers.end() : request.headers.begin(), own.begin(), own.end());
        if ((options & 2) == 0) request.body = input.rest();
        return request;
    }
    static bool is_foreign(const net::ServerRequest& request, bool secure) {
        const auto origin = wire::find_header(request.headers, "Origin");
        return origin && to_lower(*origin) != (secure ? "https://bf.example:8420" : "http://bf.example:8420");
    }
    [[nodiscard]] bool has_wrong_bearer(const net::ServerRequest& request) const {
        const auto value = wire::find_header(request.headers, "Authorization");
        return value && std::none_of(bearers_.begin(), bearers_.end(), [&](const auto& one) { return value->find(one.token) != std::string_view::npos; });
    }
    static void must_be_allowed(const ApiRequest& asked, Role most, bool stale, bool foreign, bool wrong_bearer) {
        const auto& path = asked.path;
        fuzz::must(!asked.actor.local, "nobody who comes over the network is at the console");
        if (path == "/metrics") return;
        if (path.starts_with("/hooks/")) return fuzz::must(asked.actor.role == Role::nobody && asked.method == wire::Method::post, "a signal is nobody's");
        fuzz::must(path.starts_with("/api/v1/"), "nothing else reaches the engine");
        const bool changes = asked.method != wire::Method::get;
        fuzz::must(most > Role::nobody && asked.actor.role <= most && !wrong_bearer, "the engine hears only who proved who he is");
        fuzz::must(!changes || !foreign, "no other site changes anything");
        fuzz::must(asked.actor.role != Role::viewer || !changes || path == "/api/v1/ladder" || path == "/api/v1/watch", "who only looks changes nothing");
        constexpr std::string_view kOfOne = "/api/v1/connections/";
        const bool of_keys = path.starts_with(kOfOne) && path.find_first_not_of('/', kOfOne.size()) != std::string::npos &&
                             (asked.method == wire::Method::del || path.ends_with("/rotate") || path.ends_with("/roll-back"));
        fuzz::must(!of_keys || !changes || (asked.actor.role == Role::owner && !stale), "keys are changed by an owner, who proved it lately");
    }
    void must_be_silent(const wire::Response& response) const {
        fuzz::must(response.status >= 200 && response.status < 600, "a status");
        fuzz::must(wire::find_header(response.headers, "Content-Security-Policy").has_value(), "every answer has its policy");
        std::string all = response.body;
        for (const auto& header : response.headers) {
            fuzz::must(header.value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos, "a header is one line");
            all += '\n' + header.value;
        }
        for (const auto* list : {&cookies_, &bearers_})
            for (const auto& one : *list) fuzz::must(all.find(one.token) == std::string::npos, "no answer tells a token");
        fuzz::must(all.find("hash of ") == std::string::npos && all.find(set_up_code_) == std::string::npos, "nor a hash, nor the set-up code");
        const auto type = wire::find_header(response.headers, "Content-Type").value_or("");
        if (type.find("json") != std::string_view::npos && response.status != 204) fuzz::must(wire::Json::parse(response.body).has_value(), "JSON is JSON");
    }
    [[nodiscard]] std::string picture() const {
        std::string out;
        for (const auto& [name, person] : accounts_->people()) {
            out += name + ' ' + std::to_string(static_cast<int>(person.role)) + person.password_hash + (person.has_factor ? "f" : "");
            for (const auto& one : accounts_->sessions(name)) out += ' ' + one.id + std::to_string(one.stepped_up_at.ms());
            for (const auto& one : accounts_->api_tokens(name)) out += ' ' + one.id + std::to_string(static_cast<int>(one.scope));
            out += '\n';
        }
        return out;
    }
    /// A wrong password was tried: the next input would meet the wait for it.
    [[nodiscard]] bool failed_once() {
        for (const auto* name : {"", "owner", "tina", "vera"})
            if (accounts_->throttle().wait_s(name, "192.0.2.1") > 0) return true;
        return false;
    }

    test::Scratch scratch_;
    fuzz::SetClock clock_;
    std::unique_ptr<Accounts> accounts_{Accounts::open((scratch_.path() / "web.db").string(), clock_, fuzz::chance()).value()};
    Desk desk_;
    AccountApi api_{*accounts_, desk_, clock_,
                    {false,
                     [](FactorQuestion question, std::function<void(FactorAnswer)> done) {
                         FactorAnswer answer;
                         answer.on = true;
                         if (question.act == "begin") answer.secret = "MFRGGZDFMZTWQ2LK";
                         else if (question.act != "state") answer.verdict = question.code == "123456" ? "ok" : "wrong";
                         if (question.act != "check" && answer.verdict == "ok") answer.verdict.clear(), answer.codes = {"AAAA-BBBB"};
                         done(std::move(answer));
                     },
                     [](const AuditLine&) {}}};
    std::vector<std::unique_ptr<Web>> webs_;
    std::vector<Credential> cookies_, bearers_;
    std::string ended_, set_up_code_;
    std::map<std::string, Person> people_;
    std::string before_;
    std::vector<ApiRequest> asked_;
    Role carried_{Role::nobody};
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::tame_sodium();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static std::unique_ptr<House> house;
    if (!house) house = std::make_unique<House>();
    fuzz::Input input{data, size};
    if (!house->serve(input)) house.reset();
    return 0;
}
