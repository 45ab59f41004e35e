#include "net/certificate.hpp"

#include "net/tls.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <algorithm>
#include <memory>

namespace bf::net {
namespace {

template <auto Function>
struct Free {
    template <class T>
    void operator()(T* thing) const noexcept {
        Function(thing);
    }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Free<&X509_free>>;
using BioPtr = std::unique_ptr<BIO, Free<&BIO_free>>;

Unexpected<Error> failed() {
    return Unexpected{Error{ErrorKind::io, "A certificate could not be made: " + take_tls_error() + ".", Fate::not_sent, "tls"}};
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free<&X509_EXTENSION_free>> extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())};
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// Everything but extensions and signature.
CertificatePtr blank(EVP_PKEY* key, const char* common_name, int days = 30) {
    CertificatePtr certificate{X509_new()};
    std::uint64_t serial = 0;
    if (!certificate || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return nullptr;
    constexpr long kDay = 24L * 60 * 60;
    auto* name = X509_get_subject_name(certificate.get());
    const auto* text = reinterpret_cast<const unsigned char*>(common_name);
    const bool filled = X509_set_version(certificate.get(), 2) == 1 &&
                        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1) == 1 &&
                        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay) != nullptr &&
                        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kDay) != nullptr &&
                        X509_set_pubkey(certificate.get(), key) == 1 &&
                        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1;
    return filled ? std::move(certificate) : nullptr;
}

CertificatePtr make_ca(EVP_PKEY* key) {
    auto ca = blank(key, "BackFuture simulator CA");
    if (!ca) return nullptr;
    const bool made = X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get())) == 1 &&
                      add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                      add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
                      add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash") && X509_sign(ca.get(), key, EVP_sha256()) > 0;
    return made ? std::move(ca) : nullptr;
}

bool is_address(const std::string& name) {
    in6_addr ignored{};
    return ::inet_pton(AF_INET, name.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

/// As an entry of the alternative names.
std::string entry_of(const std::string& name) { return (is_address(name) ? "IP:" : "DNS:") + name; }

/// What is given becomes part of an extension's configuration text, where a comma would begin a further entry.
bool is_plain_name(const std::string& name) { return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.:-") == std::string::npos; }

CertificatePtr make_leaf(EVP_PKEY* key, X509* ca, EVP_PKEY* ca_key, const std::string& name_or_address) {
    auto leaf = blank(key, "BackFuture simulator");
    if (!leaf) return nullptr;
    const bool made = X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca)) == 1 &&
                      add_extension(leaf.get(), ca, NID_basic_constraints, "critical,CA:FALSE") &&
                      add_extension(leaf.get(), ca, NID_key_usage, "critical,digitalSignature") &&
                      add_extension(leaf.get(), ca, NID_ext_key_usage, "serverAuth") &&
                      add_extension(leaf.get(), ca, NID_subject_key_identifier, "hash") &&
                      add_extension(leaf.get(), ca, NID_authority_key_identifier, "keyid") &&
                      add_extension(leaf.get(), ca, NID_subject_alt_name, entry_of(name_or_address)) &&
                      X509_sign(leaf.get(), ca_key, EVP_sha256()) > 0;
    return made ? std::move(leaf) : nullptr;
}

template <class Write>
std::string pem(Write write) {
    const BioPtr bio{BIO_new(BIO_s_mem())};
    if (!bio || write(bio.get()) != 1) return {};
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

/// Not by OpenSSL's macro EVP_EC_gen, which casts a const away.
EVP_PKEY* new_key() { return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"); }

}  // namespace

Result<OwnCertificate> make_own_certificate(const std::string& name_or_address) {
    if (!is_plain_name(name_or_address)) return bad_input("A certificate needs a host name or an address.");
    const KeyPtr ca_key{new_key()};
    const KeyPtr key{new_key()};
    if (!ca_key || !key) return failed();
    const auto ca = make_ca(ca_key.get());
    if (!ca) return failed();
    const auto leaf = make_leaf(key.get(), ca.get(), ca_key.get(), name_or_address);
    if (!leaf) return failed();
    OwnCertificate own{
        .ca_pem = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, ca.get()); }),
        .certificate_pem = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, leaf.get()); }),
        .key_pem = pem([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }),
    };
    if (own.ca_pem.empty() || own.certificate_pem.empty() || own.key_pem.empty()) return failed();
    return own;
}

Result<SelfSigned> make_self_signed(const std::vector<std::string>& names) {
    std::string entries;
    for (const auto& name : names) {
        if (!is_plain_name(name)) return bad_input("\"" + name + "\" can't stand in a certificate: a host name or an address can.");
        entries += (entries.empty() ? "" : ",") + entry_of(name);
    }
    const KeyPtr key{new_key()};
    if (!key || entries.empty()) return failed();
    auto leaf = blank(key.get(), "BackFuture dashboard", 820);
    const bool made = leaf && X509_set_issuer_name(leaf.get(), X509_get_subject_name(leaf.get())) == 1 &&
                      add_extension(leaf.get(), leaf.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                      add_extension(leaf.get(), leaf.get(), NID_key_usage, "critical,digitalSignature") &&
                      add_extension(leaf.get(), leaf.get(), NID_ext_key_usage, "serverAuth") &&
                      add_extension(leaf.get(), leaf.get(), NID_subject_alt_name, entries) && X509_sign(leaf.get(), key.get(), EVP_sha256()) > 0;
    if (!made) return failed();
    SelfSigned own{
        .certificate_pem = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, leaf.get()); }),
        .key_pem = pem([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }),
    };
    if (own.certificate_pem.empty() || own.key_pem.empty()) return failed();
    return own;
}

namespace {
CertificatePtr read_certificate(const std::string& text) {
    const BioPtr bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
    return CertificatePtr{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
}
}  // namespace

Result<std::string> certificate_fingerprint(const std::string& text) {
    const auto certificate = read_certificate(text);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest, &size) != 1) {
        const auto why = take_tls_error();
        return bad_input("The certificate can't be read: " + why + ".");
    }
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string shown;
    for (unsigned i = 0; i < size; ++i) {
        if (i > 0) shown += ':';
        shown += {kDigits[digest[i] >> 4U], kDigits[digest[i] & 15U]};
    }
    return shown;
}

Result<Instant> certificate_until(const std::string& text) {
    const auto certificate = read_certificate(text);
    tm ends{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &ends) != 1) return bad_input("The certificate can't be read: " + take_tls_error() + ".");
    return Instant::from_ms(std::int64_t{::timegm(&ends)} * 1000);
}

bool certificate_serves(const std::string& text, const std::vector<std::string>& names, int days) {
    const auto certificate = read_certificate(text);
    static_cast<void>(take_tls_error());
    if (!certificate) return false;
    int left_days = 0, left_seconds = 0;
    if (ASN1_TIME_diff(&left_days, &left_seconds, nullptr, X509_get0_notAfter(certificate.get())) != 1 || left_days < days) return false;
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return is_address(name) ? X509_check_ip_asc(certificate.get(), name.c_str(), 0) == 1 : X509_check_host(certificate.get(), name.c_str(), 0, 0, nullptr) == 1;
    });
}

}  // namespace bf::net
