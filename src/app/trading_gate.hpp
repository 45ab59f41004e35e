// The way to the signer for everything that trades, which can be shut: then nothing that changes anything at an exchange is signed, whoever asks.
// Beside the trader's own hold, so that a mistake there sends nothing.
#pragma once
#include "ports/clock.hpp"
#include "ports/signer.hpp"

namespace bf::app {

class TradingGate final : public ports::Signer {
public:
    TradingGate(ports::Signer& signer, ports::Timers& timers, bool shut) : signer_{signer}, timers_{timers}, shut_{shut} {}
    void open() { shut_ = false; }

    void sign(std::string connection, exchange::Call call, Instant at, Done done) override {
        if (is_open_for(call)) return signer_.sign(std::move(connection), std::move(call), at, std::move(done));
        refuse(std::move(done));
    }
    void sign_order(std::string connection, exchange::Call call, Instant at, std::optional<ports::PriceReference> reference, Done done) override {
        if (is_open_for(call)) return signer_.sign_order(std::move(connection), std::move(call), at, std::move(reference), std::move(done));
        refuse(std::move(done));
    }

private:
    [[nodiscard]] bool is_open_for(const exchange::Call& call) const { return !shut_ || !exchange::changes_something(call.operation); }
    void refuse(Done done) {
        timers_.after(milliseconds{0}, [done = std::move(done)] {
            done(Error{ErrorKind::denied, "This installation was restored from a backup: nothing is traded until that state is confirmed.", Fate::not_sent, "trading_held"});
        });
    }

    ports::Signer& signer_;
    ports::Timers& timers_;
    bool shut_;
};

}  // namespace bf::app
