// The calls half of an adapter: typed call in, request out. All that the signer links of an exchange. Pure.
#pragma once
#include "crypto/secret.hpp"
#include "exchange/call.hpp"
#include "exchange/info.hpp"
#include "wire/http.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace bf::exchange {

/// What a user hands over. Every field in locked memory.
struct CredentialFields {
    crypto::Secret key;
    crypto::Secret secret;
    std::optional<crypto::Secret> passphrase;
};

/// Key material ready to sign with, in the form an exchange needs. Each exchange derives its own; only its calls half looks inside.
class Key {
public:
    virtual ~Key() = default;
};

/// Requests being written, whose memory is used again: after warm-up an order request allocates nothing.
class RequestList {
public:
    wire::Request& add() {
        auto& request = add_stale();
        request.clear();
        return request;
    }
    /// The next request as its last use left it: for writers that overwrite every part, headers included, to keep their memory too.
    wire::Request& add_stale() {
        if (used_ == requests_.size()) requests_.emplace_back();
        return requests_[used_++];
    }
    /// Takes back the last one: a call that turns out not to be writable adds nothing.
    void drop_last() { --used_; }
    void clear() { used_ = 0; }
    [[nodiscard]] std::size_t size() const { return used_; }
    wire::Request& operator[](std::size_t i) { return requests_[i]; }
    const wire::Request& operator[](std::size_t i) const { return requests_[i]; }

private:
    std::vector<wire::Request> requests_;
    std::size_t used_{0};
};

class Calls {
public:
    virtual ~Calls() = default;
    [[nodiscard]] virtual const Info& info() const = 0;

    /// Takes the fields over (the secret's text is not kept where a precomputed state serves).
    [[nodiscard]] virtual std::unique_ptr<Key> make_key(CredentialFields fields) const = 0;

    /// Appends the request(s) of `call` to `out`, signed with `key` for the time `at` (the exchange's clock) where the operation is
    /// signed. `key` may be null for public operations. The call has passed check_arguments. Fails with missing_argument when the
    /// exchange needs what the call lacks, with not_supported when it has no such thing (a test order on MEXC futures).
    virtual Result<void, CallError> write(const Call& call, const Key* key, Instant at, RequestList& out) const = 0;
};

}  // namespace bf::exchange
