#include "net/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <map>

namespace bf::net {
namespace {

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeX509 {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct FreeSession {
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

bool is_address(const std::string& host) {
    in6_addr ignored{};
    return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

/// What both sides have in common.
bool harden(SSL_CTX* context) {
    // RELEASE_BUFFERS lets an idle connection give its 34 KiB of buffers back; that is why an idle stream fits its budget.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_read_ahead(context, 1);  // Several records in one read: half of the system calls of a busy stream.
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

Error tls_error(const std::string& what) {
    return {ErrorKind::bad_input, what + ": " + take_tls_error() + ".", Fate::not_sent, "tls"};
}

/// SNI names the host that we want among those behind one address. OpenSSL's macro for it is an old-style cast.
bool set_sni(SSL* ssl, const std::string& host) {
    return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str())) == 1;
}

BioPtr memory(const std::string& text) {
    return BioPtr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

Result<SslContextPtr> server_context() {
    SslContextPtr context{SSL_CTX_new(TLS_server_method())};
    if (!context || !harden(context.get())) return Unexpected{tls_error("TLS could not be set up")};
    // Of TLS 1.2 only what encrypts and authenticates in one, with keys of the moment: browsers have had these for ten years.
    if (SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) return Unexpected{tls_error("TLS could not be set up")};
    static constexpr unsigned char kSessionScope[] = "backfuture";
    SSL_CTX_set_session_id_context(context.get(), kSessionScope, sizeof kSessionScope - 1);
    return context;
}

}  // namespace

void FreeSsl::operator()(ssl_st* ssl) const noexcept {
    // Without a goodbye OpenSSL would spoil the session for resumption, and most connections end without one.
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
}
void FreeSslContext::operator()(ssl_ctx_st* context) const noexcept {
    SSL_CTX_free(context);
}

std::string take_tls_error() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason != nullptr ? reason : "no reason given";
}

struct TlsClient::Inside {
    ~Inside() {
        // A closing stream may keep the context a moment longer than us.
        if (context) SSL_CTX_sess_set_new_cb(context.get(), nullptr);
    }

    SslContextPtr context{};
    std::map<std::string, std::unique_ptr<SSL_SESSION, FreeSession>> sessions{};  ///< By "host:port".

    /// OpenSSL hands over each new session (TLS 1.3 tickets come after the handshake). Returning 1 keeps the reference we were given.
    static int on_session(SSL* ssl, SSL_SESSION* session) {
        auto* inside = static_cast<Inside*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
        const auto* place = static_cast<const std::string*>(SSL_get_app_data(ssl));
        if (inside == nullptr || place == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return 0;
        inside->sessions[*place].reset(session);
        return 1;
    }
};

TlsClient::TlsClient(std::unique_ptr<Inside> inside) : inside_{std::move(inside)} {}
TlsClient::~TlsClient() = default;

Result<std::unique_ptr<TlsClient>> TlsClient::create(const std::string& extra_ca_file) {
    auto inside = std::make_unique<Inside>();
    inside->context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = inside->context.get();
    if (context == nullptr || !harden(context) || SSL_CTX_set_default_verify_paths(context) != 1)
        return Unexpected{tls_error("TLS could not be set up")};
    if (!extra_ca_file.empty() && SSL_CTX_load_verify_file(context, extra_ca_file.c_str()) != 1)
        return Unexpected{tls_error("The certificate file " + extra_ca_file + " can't be used")};
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_app_data(context, inside.get());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &Inside::on_session);
    return std::unique_ptr<TlsClient>{new TlsClient{std::move(inside)}};
}

Result<SslPtr> TlsClient::connection(const std::string& host, std::uint16_t port) {
    SslPtr ssl{SSL_new(inside_->context.get())};
    if (!ssl) return Unexpected{tls_error("TLS could not be set up")};
    // The map's key lives as long as we do, so the session call-back can point at it.
    const auto place = inside_->sessions.try_emplace(host + ':' + std::to_string(port)).first;
    SSL_set_app_data(ssl.get(), const_cast<std::string*>(&place->first));
    bool named = false;
    if (is_address(host)) {
        named = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) == 1;
    } else {
        SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        named = SSL_set1_host(ssl.get(), host.c_str()) == 1 && set_sni(ssl.get(), host);
    }
    if (!named) return Unexpected{tls_error("TLS can't check this host name")};
    if (place->second) SSL_set_session(ssl.get(), place->second.get());
    SSL_set_connect_state(ssl.get());
    return ssl;
}

Result<TlsServer> TlsServer::from_files(const std::string& certificate_file, const std::string& key_file) {
    BF_TRY(auto context, server_context());
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1)
        return Unexpected{tls_error("The certificate file " + certificate_file + " can't be used")};
    if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return Unexpected{tls_error("The key file " + key_file + " can't be used")};
    return TlsServer{std::move(context)};
}

Result<TlsServer> TlsServer::from_pem(const std::string& certificate_pem, const std::string& key_pem) {
    BF_TRY(auto context, server_context());
    const auto certificate_text = memory(certificate_pem);
    const auto key_text = memory(key_pem);
    const std::unique_ptr<X509, FreeX509> certificate{PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr)};
    const std::unique_ptr<EVP_PKEY, FreeKey> key{PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr)};
    if (!certificate || !key || SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
        return Unexpected{tls_error("The certificate can't be used")};
    return TlsServer{std::move(context)};
}

Result<SslPtr> TlsServer::connection() const {
    SslPtr ssl{SSL_new(context_.get())};
    if (!ssl) return Unexpected{tls_error("TLS could not be set up")};
    SSL_set_accept_state(ssl.get());
    return ssl;
}

}  // namespace bf::net
