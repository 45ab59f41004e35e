// The ledger of uses in the REST interface: GET /ledger (paged, filtered), GET /ledger/head, POST /ledger/accept, POST /ledger/compare.
#pragma once
#include "app/ledger_json.hpp"
#include "app/ledger_watch.hpp"
#include "app/signer_link.hpp"
#include "server/api.hpp"

namespace bf::app {

class LedgerApi {
public:
    LedgerApi(SignerLink& signer, LedgerWatch& watch, ConnectionName name_of) : signer_{signer}, watch_{watch}, name_of_{std::move(name_of)} {}
    /// `parts`: of the path behind /api/v1/, the first is "ledger".
    void handle(const std::vector<std::string_view>& parts, const server::ApiRequest& request, server::Api::Done done);

private:
    struct Page;
    void page(const server::ApiRequest& request, server::Api::Done done);
    void read_on(std::shared_ptr<Page> page);
    void head(exchange::Language language, server::Api::Done done);

    SignerLink& signer_;
    LedgerWatch& watch_;
    ConnectionName name_of_;
};

}  // namespace bf::app
