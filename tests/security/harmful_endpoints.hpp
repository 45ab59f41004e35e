// What a signature must never be good for: the exchanges' endpoints that move funds or manage keys, with the parameters each of them
// requires, and the names of parameters that only such endpoints know.
//
// MEXC signs neither method nor path, so there a signature is worth whatever endpoint accepts its parameters; KuCoin signs both.
// Sources, read 2026-11: github.com/mexcdevelop/apidocs, branch spot_v3_en, "Wallet Endpoints" and "Sub-Account Endpoints" (its
// required columns); github.com/Kucoin/kucoin-universal-sdk, spec/rest/api/openapi-account-{withdrawal,transfer,subaccount,deposit},
// openapi-margin-{debit,credit}. MEXC's futures reference (branch contract_v1_en) has no endpoint that moves funds.
#pragma once
#include <string_view>
#include <vector>

namespace bf::test {

struct HarmfulEndpoint {
    std::string_view what;
    /// Required besides time and signature, or required in one of two forms. A request that carries all of them could be moved there.
    std::vector<std::string_view> required;
};

inline const std::vector<HarmfulEndpoint>& harmful_endpoints() {
    static const std::vector<HarmfulEndpoint> all{
        {"MEXC POST /api/v3/capital/withdraw", {"coin", "address", "amount"}},
        {"MEXC POST /api/v3/capital/withdraw/apply", {"coin", "address", "amount"}},
        {"MEXC DELETE /api/v3/capital/withdraw", {"id"}},
        {"MEXC POST /api/v3/capital/deposit/address", {"coin", "network"}},
        {"MEXC POST /api/v3/capital/transfer", {"fromAccountType", "toAccountType", "asset", "amount"}},
        {"MEXC POST /api/v3/capital/transfer/internal", {"toAccountType", "toAccount", "asset", "amount"}},
        {"MEXC POST /api/v3/capital/sub-account/universalTransfer", {"fromAccountType", "toAccountType", "asset", "amount"}},
        {"MEXC POST /api/v3/capital/convert", {"asset"}},
        {"MEXC POST /api/v3/mxDeduct/enable", {"mxDeductEnable"}},
        {"MEXC POST /api/v3/sub-account/virtualSubAccount", {"subAccount", "note"}},
        {"MEXC POST /api/v3/sub-account/apiKey", {"subAccount", "note", "permissions"}},
        {"MEXC DELETE /api/v3/sub-account/apiKey", {"subAccount", "apiKey"}},
        {"MEXC POST /api/v3/sub-account/futures, margin", {"subAccount"}},
        {"KuCoin POST /api/v3/withdrawals", {"currency", "toAddress", "amount", "withdrawType"}},
        {"KuCoin POST /api/v1/withdrawals", {"currency", "address", "amount"}},
        {"KuCoin POST /api/v3/accounts/universal-transfer", {"clientOid", "amount", "fromAccountType", "type", "toAccountType", "currency"}},
        {"KuCoin POST /api/v2/accounts/sub-transfer", {"clientOid", "amount", "currency", "direction", "subTag"}},
        {"KuCoin POST /api/v2/accounts/inner-transfer", {"clientOid", "amount", "currency", "from", "to"}},
        {"KuCoin POST /api/v3/transfer-out", {"amount", "currency", "recAccountType"}},
        {"KuCoin POST /api/v1/transfer-in", {"amount", "currency", "payAccountType"}},
        {"KuCoin POST /api/v2/sub/user/created", {"password", "subName", "access"}},
        {"KuCoin POST /api/v3/sub/user/{margin,futures}/enable", {"uid"}},
        {"KuCoin POST /api/v1/sub/api-key", {"subName", "remark", "passphrase"}},
        {"KuCoin DELETE /api/v1/sub/api-key", {"apiKey", "subName", "passphrase"}},
        {"KuCoin POST /api/v1/sub/api-key/update", {"subName", "passphrase", "apiKey"}},
        {"KuCoin POST /api/v3/deposit-address/create", {"currency", "chain"}},
        {"KuCoin POST /api/v3/margin/borrow", {"currency", "size", "timeInForce"}},
        {"KuCoin POST /api/v3/margin/repay", {"currency", "size"}},
        {"KuCoin POST /api/v3/purchase", {"currency", "size", "interestRate"}},
        {"KuCoin POST /api/v3/redeem", {"currency", "size", "purchaseOrderNo"}},
    };
    return all;
}

/// Compared without case. No request of ours has a use for any of them, on any exchange.
inline const std::vector<std::string_view>& harmful_names() {
    static const std::vector<std::string_view> all{
        "coin", "address", "toAddress", "destination", "network", "netWork", "chain", "contractAddress", "memo", "addressTag", "areaCode",
        "withdrawOrderId", "withdrawType", "withdrawalId", "withdrawId", "withdrawKey", "isInner", "feeDeductType", "amount", "asset",
        "fromAccountType", "toAccountType", "fromAccount", "toAccount", "fromUserId", "toUserId", "fromAccountTag", "toAccountTag",
        "fromTag", "toTag", "recAccountType", "payAccountType", "transferClientId", "transferType", "transId", "tranId",
        "subAccount", "subAccountId", "subName", "subUserId", "subUid", "subTag", "uid", "email", "access", "password", "passphrase",
        "permission", "permissions", "ipWhitelist", "ipList", "ip", "note", "expire", "mxDeductEnable",
        "interestRate", "purchaseOrderNo", "autoBorrow", "autoRepay", "borrow", "loan", "sideEffectType"};
    return all;
}

/// No path of ours contains any of these words.
inline const std::vector<std::string_view>& harmful_path_words() {
    static const std::vector<std::string_view> all{"withdraw", "transfer", "capital", "sub-account", "subaccount", "/sub/", "deposit", "borrow",
                                                   "margin/", "lend",     "loan",     "redeem",  "purchase",    "convert",    "api-key/", "broker"};
    return all;
}

}  // namespace bf::test
