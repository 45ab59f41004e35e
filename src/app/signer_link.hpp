// The signer as the engine reaches it: typed calls over its socket, answers as callbacks. Implements both ports, Signer and Keys.
#pragma once
#include "net/local.hpp"
#include "ports/clock.hpp"
#include "ports/keys.hpp"
#include "ports/signer.hpp"
#include "server/api.hpp"
#include "signer/codec.hpp"

namespace bf::app {

class SignerLink final : public ports::Signer, public ports::Keys {
public:
    SignerLink(net::Loop& loop, const std::string& socket_path);

    void sign(std::string connection, exchange::Call call, Instant at, ports::Signer::Done done) override;
    void add(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override;
    void remove(std::string connection, ports::Keys::Done done) override;
    void stage(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) override;
    void promote(std::string connection, ports::Keys::Done done) override;
    void drop_staged(std::string connection, ports::Keys::Done done) override;

    /// Asks the signer who it is and what state its vault is in; again after it was started anew.
    void hello(std::function<void(Result<signer::Hello>)> done);
    /// A page of the keys it holds, behind the connection `after`.
    void list(std::string after, std::function<void(Result<signer::Listing>)> done);

    /// Any question; for those that need no words of their own here.
    void ask(signer::Question question, std::function<void(Result<signer::Answer>)> done);

private:
    void keep(signer::Question question, Kept done);
    void change(signer::Question question, ports::Keys::Done done);

    net::Loop& loop_;
    net::CallClient calls_;
    std::string out_;
};

}  // namespace bf::app
