// The REST interface as a function of values: a request in, a reply out, on the engine's side. The web process forwards what a signed-in
// user asks, the command line comes in over the Unix socket; both meet the same checks here.
#pragma once
#include "connection/book.hpp"
#include "connection/findings.hpp"
#include "sandbox/feature.hpp"
#include "server/access.hpp"
#include "wire/http.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace bf::server {

class LimitsApi;
class TradingApi;
class CandleApi;
class BacktestApi;
class SweepApi;

struct ApiRequest {
    wire::Method method{wire::Method::get};
    std::string path;   ///< "/api/v1/connections/c1"
    std::string query;  ///< Without '?'.
    std::string body;
    exchange::Language language{exchange::Language::en};
    Actor actor{};  ///< Found out by who let the request in; checked again by who serves it.
};

struct ApiReply {
    int status{200};
    std::string body;  ///< JSON; a problem (RFC 9457) from 400 on; empty with 204.
};

/// A problem answer as RFC 9457 with our `code` and the `field` it is about.
ApiReply problem_reply(int status, std::string_view code, std::string_view title, std::string_view detail, std::string_view field = {});

/// Why the actor may not have that; nothing if it may.
std::optional<ApiReply> refuse_access(const ApiRequest& request, Instant now);
std::optional<ApiReply> access_reply(Access access);

/// What the signer says about itself, for the form that seals to it.
struct SignerIdentity {
    std::string public_key;   ///< base64
    std::string fingerprint;  ///< "A1B2-C3D4-E5F6-0718"
    /// What the kernel keeps from each process, as found at its start; by process.
    std::vector<std::pair<std::string, sandbox::Feature>> protections;
};

/// Makes simulated credentials for the demo; nothing outside of it.
using DemoKeys = std::function<void(exchange::ExchangeId, market::Market, std::string kind, std::function<void(Result<std::string>)>)>;

class Api {
public:
    using Done = std::function<void(ApiReply)>;
    struct Setup {
        /// Asked anew each time: the signer may have been started again. Empty key: it is away.
        std::function<void(std::function<void(SignerIdentity)>)> signer;
        connection::Book::AdapterOf adapter_of;
        connection::Book::IsRepointed is_repointed;
        std::vector<exchange::ExchangeId> exchanges;
        std::function<std::string()> figures;  ///< The engine's own, in Prometheus' text form.
        DemoKeys demo_keys;  ///< Empty outside the demo.
        /// What stands under /ledger, by the path's parts; empty where nothing is signed.
        std::function<void(const std::vector<std::string_view>&, const ApiRequest&, Done)> ledger{};
        /// What stands under /api/v1/backups; null where none are made.
        std::function<void(const std::vector<std::string_view>& parts, const ApiRequest&, Done)> backups{};
        TradingApi* trading{nullptr};  ///< Outlives the interface; null where nothing trades.
        ports::LimitKeeper* limits{nullptr};  ///< Outlives the interface; null where no signer keeps any.
        CandleApi* candles{nullptr};   ///< Likewise.
        BacktestApi* backtests{nullptr};  ///< Likewise.
        SweepApi* sweeps{nullptr};  ///< Likewise.
        /// What others know of this installation's safety; empty: nothing.
        std::function<void(std::function<void(connection::InstallationFacts)>)> installation{};
    };
    Api(connection::Book& book, ports::Store& store, Setup setup);
    ~Api();

    /// Calls `done` once, now or later.
    void handle(ApiRequest request, Done done);

private:
    void collection(const ApiRequest& request, Done done);
    void one(const std::string& id, std::string_view action, const ApiRequest& request, Done done);
    void add(const ApiRequest& request, Done done);
    void remove(const std::string& id, const ApiRequest& request, const Done& done);
    void test(const std::string& id, const ApiRequest& request, Done done);
    void addresses(const ApiRequest& request, std::string_view action, Done done);
    void history(const std::string& id, const ApiRequest& request, Done done);
    void demo(const ApiRequest& request, Done done);
    [[nodiscard]] ApiReply exchanges() const;
    void signer(Done done) const;
    /// POST /accounts/{connection}/freeze and /unfreeze: the signer's word first or after, the account as answer.
    void freeze_account(const std::vector<std::string_view>& parts, const ApiRequest& request, Done done);
    void freeze_engine(const std::string& connection, bool frozen);
    void findings(const ApiRequest& request, Done done) const;
    bool old_key(const std::string& id, std::string_view action, const std::function<void(const Status&)>& after);

    connection::Book& book_;
    ports::Store& store_;
    Setup setup_;
    std::unique_ptr<LimitsApi> limits_;
};

}  // namespace bf::server
