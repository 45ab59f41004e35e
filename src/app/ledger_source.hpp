// The signer's ledger of uses as the engine asks it: what LedgerWatch needs of the link to the signer. Answers come later.
#pragma once
#include "ports/keys.hpp"
#include "signer/protocol.hpp"

#include <functional>
#include <vector>

namespace bf::app {

class LedgerSource {
public:
    virtual ~LedgerSource() = default;
    virtual void ledger(std::function<void(Result<signer::LedgerStanding>)> done) = 0;
    virtual void ledger_page(signer::LedgerQuery query, std::function<void(Result<signer::LedgerPage>)> done) = 0;
    virtual void ledger_outcomes(std::vector<signer::LedgerOutcome> outcomes, ports::Keys::Done done) = 0;
};

}  // namespace bf::app
