// The connection test: proves step by step that a key is safe and working, without placing an order or changing anything.
//
// A state machine without a socket: it names the next thing to do (a typed call to sign and send, or a private stream to see live),
// takes what came of it, and goes on. So it runs the same against an exchange, a simulator on a socket, or one in memory.
//
// How failures are told apart: the exchange looks up the key first, then address, passphrase, signature and permission (as each
// reference says), so the order of calls here is: public time, key inspection, account, orders, test order, stream.
#pragma once
#include "connection/report.hpp"
#include "exchange/info.hpp"
#include "exchange/replies.hpp"
#include "ports/signer.hpp"

#include <functional>
#include <memory>
#include <variant>

namespace bf::connection {

/// Sign (if the operation is signed) and send; for several requests the first failure or the last answer counts.
struct SendCall {
    exchange::Call call;
    milliseconds clock_offset{0};  ///< What is added to our clock for the signature.
    std::optional<ports::PriceReference> reference{};  ///< Of a test order.
};
/// Open the private stream and keep it until every topic is acknowledged or something is refused.
struct WatchStream {
    exchange::StreamAddress address;
    exchange::StreamPlan plan;
    milliseconds clock_offset{0};
    exchange::Site site{exchange::Site::global};
};
struct Finished {};
using Action = std::variant<SendCall, WatchStream, Finished>;

/// What came of a SendCall. The times are when the request left and the answer was there, on our wall clock.
struct CallOutcome {
    std::variant<wire::Response, Error, exchange::CallError> what;
    Instant sent_at;
    Instant received_at;
};
/// What came of a WatchStream: nothing wrong, or why it is not live.
using StreamOutcome = exchange::Answer<void>;

struct TestInput {
    const exchange::Info& info;
    const exchange::Replies& replies;
    market::Market market{market::Market::spot};
    exchange::Site site{exchange::Site::global};
    Accepted accepted{};
    std::optional<market::Symbol> symbol{};                ///< To probe with; BTC/USDT and others are tried without.
    Facts shape{};          ///< What looked odd about the credentials, from the signer, who alone saw them.
    bool malformed{false};  ///< So odd that nothing is sent.
    bool outsider{false};   ///< Asked from elsewhere than the key's server: one signed read, to see whether the exchange minds the address.
    std::optional<std::string> server_address{};  ///< Of an outsider: the address it must not have.
    bool light{false};                                     ///< A regular check: key, withdrawal and balance only.
    bool repointed{false};                                 ///< Talks to a simulator: other sites are not tried, any stream host is fine.
    bool stream_is_live{false};                            ///< The connection's own stream is live: its health is the proof.
    std::optional<std::string> known_address{};            ///< Our address as typed or learned before.
    exchange::AccountMode account_mode{exchange::AccountMode::classic};  ///< As told before, and so reported until this test is told another.
    std::optional<int> key_version{};                      ///< The same.
};

class ConnectionTest {
public:
    /// `now` reads the wall clock; `on_step` hears of every step as it starts (no result) and ends.
    using Now = std::function<Instant()>;
    using OnStep = std::function<void(StepId, const Step* finished)>;
    ConnectionTest(TestInput input, Now now, OnStep on_step);
    ~ConnectionTest();
    ConnectionTest(const ConnectionTest&) = delete;
    ConnectionTest& operator=(const ConnectionTest&) = delete;

    [[nodiscard]] const Action& action() const;
    void deliver(CallOutcome outcome);
    void deliver(StreamOutcome outcome);
    /// Out of time: the running step ends as "Exchange unavailable", the rest is skipped.
    void give_up();

    [[nodiscard]] bool finished() const;
    /// Valid once finished.
    [[nodiscard]] const Report& report() const;

    class Script;

private:
    std::unique_ptr<Script> script_;
};

/// The slips of a paste in one sentence; never a piece of what was pasted.
Facts facts_of(const std::vector<exchange::ShapeFinding>& findings);
bool any_fatal(const std::vector<exchange::ShapeFinding>& findings);

/// Whether a shown allow-list entry ("203.0.113.7", "203.**.154" with masked octets, one mask for one or more of them) can be `address`.
bool allow_list_entry_matches(std::string_view entry, std::string_view address);

}  // namespace bf::connection
