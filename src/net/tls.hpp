// TLS settings of both sides, on OpenSSL directly: 1.2 or newer, certificates checked against the system's roots and the host's name,
// no fallback of any kind. Sessions are resumed, which halves the cost of a further connection to the same host.
#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <string>

struct ssl_st;
struct ssl_ctx_st;

namespace bf::net {

struct FreeSsl {
    void operator()(ssl_st* ssl) const noexcept;
};
struct FreeSslContext {
    void operator()(ssl_ctx_st* context) const noexcept;
};
using SslPtr = std::unique_ptr<ssl_st, FreeSsl>;
using SslContextPtr = std::unique_ptr<ssl_ctx_st, FreeSslContext>;

/// Our side as client. Keeps the last session of each host and port.
class TlsClient {
public:
    /// `extra_ca_file`: a PEM file trusted beside the system's roots; empty for none.
    static Result<std::unique_ptr<TlsClient>> create(const std::string& extra_ca_file);
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    /// A connection to be that will accept only a certificate for `host` (a name, or an address standing in the certificate as one).
    /// Must not outlive this.
    Result<SslPtr> connection(const std::string& host, std::uint16_t port);

private:
    struct Inside;
    explicit TlsClient(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

/// Our side as server.
class TlsServer {
public:
    static Result<TlsServer> from_files(const std::string& certificate_file, const std::string& key_file);
    static Result<TlsServer> from_pem(const std::string& certificate_pem, const std::string& key_pem);

    [[nodiscard]] Result<SslPtr> connection() const;

private:
    explicit TlsServer(SslContextPtr context) : context_{std::move(context)} {}
    SslContextPtr context_;
};

/// The first of OpenSSL's queued errors in words; empties the queue.
std::string take_tls_error();

}  // namespace bf::net
