// What the inside asks of the vault through the signer: keep, replace and wipe credentials. They arrive sealed and stay unread here.
#pragma once
#include "base/error.hpp"
#include "exchange/info.hpp"
#include "ports/use_limits.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bf::ports {

struct KeptKey {
    std::string fingerprint;                       ///< Short and safe to show: a hash of the key id, none of its characters.
    std::vector<exchange::ShapeFinding> findings;  ///< Slips of the paste. With a fatal one nothing is kept.
};

class Keys {
public:
    using Kept = std::function<void(Result<KeptKey>)>;
    using Done = std::function<void(Status)>;
    virtual ~Keys() = default;

    virtual void add(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) = 0;
    /// With the first limits of its use. A signer that knows none takes it as `add`.
    virtual void add_limited(std::string connection, exchange::ExchangeId exchange, std::string sealed, UseLimits /*limits*/, Kept done) {
        add(std::move(connection), exchange, std::move(sealed), std::move(done));
    }
    /// `not_found` when there is no key of it: wiped before, or gone with its vault.
    virtual void remove(std::string connection, Done done) = 0;
    /// Rotation: the new credentials stand beside the old ones under `staged_name(connection)` until promoted or dropped.
    virtual void stage(std::string connection, exchange::ExchangeId exchange, std::string sealed, Kept done) = 0;
    /// The staged key becomes the one in use, between two requests; the old one is kept sealed under `previous_name(connection)`.
    virtual void promote(std::string connection, Done done) = 0;
    /// The old key is in use again and the new one staged. `not_found` when no old one is kept.
    virtual void roll_back(std::string connection, Done done) = 0;
    /// `not_found` when none is kept.
    virtual void drop_previous(std::string connection, Done done) = 0;
    /// `not_found` when none is staged: it was promoted or never came.
    virtual void drop_staged(std::string connection, Done done) = 0;

    /// Under which name the signer signs with staged credentials.
    static constexpr std::string_view kStagedSuffix = "+staged";
    /// With a key that was replaced the signer signs one thing only: the question what the exchange knows of it (key_info).
    static constexpr std::string_view kPreviousSuffix = "+previous";
    static std::string previous_name(const std::string& connection) { return connection + std::string{kPreviousSuffix}; }
    static std::string staged_name(const std::string& connection) { return connection + std::string{kStagedSuffix}; }
};

}  // namespace bf::ports
