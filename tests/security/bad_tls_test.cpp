// Peers whose TLS is not right, met by our own client over real sockets: every one is refused with a sentence that says why, and hears
// nothing of what was to be sent.
#include "net/client.hpp"
#include "net/local_socket.hpp"
#include "net/tls.hpp"
#include "support/scratch.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <doctest/doctest.h>
#include <functional>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace bf;
using namespace bf::net;

namespace {

template <auto Function>
struct Free {
    template <class T>
    void operator()(T* thing) const noexcept {
        Function(thing);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Free<&SSL_CTX_free>>;

constexpr const char* kSecretWord = "nobody-but-the-exchange-may-read-this";

struct Spec {
    std::string names{"DNS:localhost"};  ///< Empty: no alternative names.
    std::string common_name{"bad peer"};
    int from_days{-1}, to_days{30};
    std::string constraints{"critical,CA:FALSE"};
    std::string key_usage{"critical,digitalSignature"};
    std::string extended{"serverAuth"};
    std::string name_constraints{};
    const EVP_MD* digest{EVP_sha256()};
    int rsa_bits{0};  ///< 0: P-256.
};
const Spec kRootSpec{.names = {}, .common_name = "root of the test", .constraints = "critical,CA:TRUE", .key_usage = "critical,keyCertSign,cRLSign", .extended = {}};

struct Signed {
    Key key;
    Certificate certificate;
};

void add(X509* certificate, X509* issuer, int nid, const std::string& value) {
    if (value.empty()) return;
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free<&X509_EXTENSION_free>> extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())};
    REQUIRE(extension != nullptr);
    REQUIRE(X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// Signed by `by`, or by itself.
Signed make(const Spec& spec, const Signed* by) {
    Signed made{Key{spec.rsa_bits == 0 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256") : EVP_RSA_gen(static_cast<unsigned>(spec.rsa_bits))}, Certificate{X509_new()}};
    static std::uint64_t serial = 1000;
    X509* const x = made.certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), ++serial);
    constexpr long kDay = 24L * 60 * 60;
    X509_gmtime_adj(X509_getm_notBefore(x), spec.from_days * kDay);
    X509_gmtime_adj(X509_getm_notAfter(x), spec.to_days * kDay);
    X509_set_pubkey(x, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0);
    X509* const issuer = by == nullptr ? x : by->certificate.get();
    X509_set_issuer_name(x, X509_get_subject_name(issuer));
    add(x, issuer, NID_basic_constraints, spec.constraints);
    add(x, issuer, NID_key_usage, spec.key_usage);
    add(x, issuer, NID_ext_key_usage, spec.extended);
    add(x, issuer, NID_name_constraints, spec.name_constraints);
    add(x, issuer, NID_subject_alt_name, spec.names);
    REQUIRE(X509_sign(x, by == nullptr ? made.key.get() : by->key.get(), spec.digest) > 0);
    return made;
}

/// A name with a zero in it, which a careless comparison would take for the part before.
void add_name_with_zero(Signed& leaf, const Signed& by) {
    constexpr char kName[] = "localhost\0.evil.example";
    GENERAL_NAMES* const names = GENERAL_NAMES_new();
    GENERAL_NAME* const name = GENERAL_NAME_new();
    ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, kName, sizeof kName - 1);
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, name);
    X509_add1_ext_i2d(leaf.certificate.get(), NID_subject_alt_name, names, 0, X509V3_ADD_REPLACE);
    GENERAL_NAMES_free(names);
    X509_sign(leaf.certificate.get(), by.key.get(), EVP_sha256());
}

std::string pem_of(X509* certificate) {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text{data, static_cast<std::size_t>(size)};
    BIO_free(bio);
    return text;
}

/// One port, one thread: each connection is handed to `talk`. Nothing of ours checks anything on that side.
class Peer {
public:
    explicit Peer(std::function<void(int socket, Peer& self)> talk) : talk_{std::move(talk)}, listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
        REQUIRE(::listen(listener_.get(), 8) == 0);
        socklen_t size = sizeof place;
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&place), &size);
        port_ = ntohs(place.sin_port);
        thread_ = std::thread{[this] { work(); }};
    }
    ~Peer() {
        going_ = true;
        thread_.join();
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }
    void heard(std::string_view text) { told_ = told_ || text.find(kSecretWord) != std::string_view::npos; }
    [[nodiscard]] bool was_told() const { return told_; }

private:
    void work() {
        while (!going_) {
            pollfd waiting{listener_.get(), POLLIN, 0};
            if (::poll(&waiting, 1, 20) <= 0) continue;
            const Fd socket{::accept(listener_.get(), nullptr, nullptr)};
            const timeval limit{3, 0};
            ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
            talk_(socket.get(), *this);
        }
    }
    std::function<void(int, Peer&)> talk_;
    Fd listener_;
    std::uint16_t port_{0};
    std::atomic<bool> going_{false}, told_{false};
    std::thread thread_;
};

struct Ends {
    bool goodbye{true};   ///< TLS's own end.
    bool complete{true};  ///< The whole body.
};

/// Serves with this context, whatever it is.
std::function<void(int, Peer&)> serve(SSL_CTX* context, Ends ends = {}) {
    return [context, ends](int socket, Peer& peer) {
        const std::unique_ptr<SSL, Free<&SSL_free>> ssl{SSL_new(context)};
        SSL_set_fd(ssl.get(), socket);
        if (SSL_accept(ssl.get()) != 1) return;
        char buffer[4096];
        const int got = SSL_read(ssl.get(), buffer, sizeof buffer);
        if (got > 0) peer.heard({buffer, static_cast<std::size_t>(got)});
        const std::string answer = ends.complete ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" : "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"filled\":\"1";
        SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
        if (ends.goodbye) SSL_shutdown(ssl.get());
    };
}

Context context_of(const Signed& leaf, const std::vector<X509*>& chain = {}) {
    Context context{SSL_CTX_new(TLS_server_method())};
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
    REQUIRE(SSL_CTX_use_certificate(context.get(), leaf.certificate.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context.get(), leaf.key.get()) == 1);
    for (X509* one : chain) REQUIRE(SSL_CTX_add1_chain_cert(context.get(), one) == 1);
    return context;
}

/// What our client says about a peer: its sentence, or nothing if it talked to it.
std::optional<std::string> refusal(const std::function<void(int, Peer&)>& talk, const std::string& roots, const std::string& host = "localhost") {
    const test::Scratch scratch;
    const auto file = (scratch.path() / "roots.pem").string();
    std::ofstream{file} << roots;
    Peer peer{talk};
    Loop loop;
    const auto client = Client::create(loop, {.routes = {{"exchange.test", "https://" + host + ":" + std::to_string(peer.port())}}, .extra_ca_file = file});
    REQUIRE(client.has_value());
    std::optional<Result<wire::Response>> answer;
    wire::Request request;
    request.method = wire::Method::post;
    request.host = "exchange.test";
    request.target = "/orders";
    request.body = kSecretWord;
    (*client)->send(std::move(request), seconds{4}, [&](Result<wire::Response> got) { answer = std::move(got); });
    REQUIRE(loop.run_until([&] { return answer.has_value(); }, seconds{8}));
    if (answer->has_value()) return std::nullopt;
    CHECK_FALSE(peer.was_told());
    return answer->error().detail;
}

}  // namespace

TEST_CASE("certificates that are not right are refused with the reason") {
    Spec root_spec = kRootSpec;
    root_spec.rsa_bits = 2048;  // Only RSA can still be asked for MD5.
    const auto root = make(root_spec, nullptr);
    const std::string roots = pem_of(root.certificate.get());
    struct Row {
        const char* why;
        Spec spec;
        const char* says;  ///< nullptr: accepted.
    };
    const auto of = [](auto change) {
        Spec spec;
        change(spec);
        return spec;
    };
    const Row rows[] = {
        {"a good one", {}, nullptr},
        {"another host", of([](Spec& s) { s.names = "DNS:other.test"; }), "hostname mismatch"},
        {"a longer name", of([](Spec& s) { s.names = "DNS:localhost.evil.test"; }), "hostname mismatch"},
        {"a name below", of([](Spec& s) { s.names = "DNS:*.localhost"; }), "hostname mismatch"},
        {"half a wildcard", of([](Spec& s) { s.names = "DNS:local*"; }), "hostname mismatch"},
        {"a wildcard for everything", of([](Spec& s) { s.names = "DNS:*"; }), "hostname mismatch"},
        {"an address instead of the name", of([](Spec& s) { s.names = "IP:127.0.0.1"; }), "hostname mismatch"},
        {"the name in a mail address", of([](Spec& s) { s.names = "email:localhost@localhost.test"; }), "hostname mismatch"},
        {"the name as an URI", of([](Spec& s) { s.names = "URI:https://localhost/"; }), "hostname mismatch"},
        {"the name where it stood until 2017 only", of([](Spec& s) { s.names = {}; s.common_name = "localhost"; }), "hostname mismatch"},
        {"expired", of([](Spec& s) { s.from_days = -60; s.to_days = -1; }), "certificate has expired"},
        {"not yet valid", of([](Spec& s) { s.from_days = 2; }), "certificate is not yet valid"},
        {"for clients", of([](Spec& s) { s.extended = "clientAuth"; }), "certificate purpose"},
        {"for signing code", of([](Spec& s) { s.extended = "codeSigning"; }), "certificate purpose"},
        {"a key for other uses", of([](Spec& s) { s.key_usage = "critical,cRLSign"; }), "certificate purpose"},
        {"a weak key", of([](Spec& s) { s.rsa_bits = 1024; }), "too weak"},
        {"signed by SHA-1", of([](Spec& s) { s.digest = EVP_sha1(); s.rsa_bits = 2048; }), "too weak"},
        {"signed by MD5", of([](Spec& s) { s.digest = EVP_md5(); s.rsa_bits = 2048; }), "too weak"},
    };
    for (const Row& row : rows) {
        const std::string what = row.why;
        CAPTURE(what);
        const auto leaf = make(row.spec, &root);
        const auto context = context_of(leaf);
        const auto said = refusal(serve(context.get()), roots);
        REQUIRE(said.has_value() == (row.says != nullptr));
        if (!said) continue;
        CAPTURE(*said);
        CHECK(said->find("localhost could not be reached") != std::string::npos);
        CHECK(said->find(row.says) != std::string::npos);
    }
}

TEST_CASE("chains that are not right are refused") {
    const auto root = make(kRootSpec, nullptr);
    const std::string roots = pem_of(root.certificate.get());
    const auto says = [&](const char* why, const Context& context, const std::string& trusted, const char* words, const std::string& host = "localhost") {
        const std::string what = why;
        CAPTURE(what);
        const auto said = refusal(serve(context.get()), trusted, host);
        REQUIRE(said.has_value());
        CAPTURE(*said);
        CHECK(said->find(words) != std::string::npos);
    };
    const auto self = make({}, nullptr);
    says("signed by itself", context_of(self), roots, "self-signed certificate");
    const auto stranger = make(kRootSpec, nullptr);
    const auto of_stranger = make({}, &stranger);
    says("by a root nobody trusts", context_of(of_stranger), pem_of(make({.names = {}, .common_name = "another root", .constraints = "critical,CA:TRUE", .key_usage = "critical,keyCertSign", .extended = {}}, nullptr).certificate.get()), "");
    says("by a root nobody trusts, which comes along", context_of(of_stranger, {stranger.certificate.get()}), roots, "");
    Spec middle = kRootSpec;
    middle.common_name = "in the middle";
    const auto between = make(middle, &root);
    const auto of_between = make({}, &between);
    says("with the one in the middle left out", context_of(of_between), roots, "unable to get local issuer certificate");
    {
        const auto context = context_of(of_between, {between.certificate.get()});
        CHECK_FALSE(refusal(serve(context.get()), roots).has_value());
    }
    const auto leaf = make({.common_name = "an ordinary leaf"}, &root);
    says("issued by one that may not issue", context_of(make({}, &leaf), {leaf.certificate.get()}), roots, "");
    Spec old = middle;
    old.from_days = -60;
    old.to_days = -1;
    const auto expired = make(old, &root);
    says("through one that has expired", context_of(make({}, &expired), {expired.certificate.get()}), roots, "expired");
    Spec weak = middle;
    weak.rsa_bits = 1024;
    const auto small = make(weak, &root);
    says("through one with a weak key", context_of(make({}, &small), {small.certificate.get()}), roots, "too weak");
    Spec short_path = kRootSpec;
    short_path.constraints = "critical,CA:TRUE,pathlen:0";
    const auto strict = make(short_path, nullptr);
    const auto below = make(middle, &strict);
    says("longer than its root allows", context_of(make({}, &below), {below.certificate.get()}), pem_of(strict.certificate.get()), "path length constraint exceeded");
    Spec fenced = kRootSpec;
    fenced.name_constraints = "critical,permitted;DNS:other.test";
    const auto elsewhere = make(fenced, nullptr);
    says("outside the names its root may speak for", context_of(make({}, &elsewhere)), pem_of(elsewhere.certificate.get()), "permitted subtree violation");
    auto with_zero = make({}, &root);
    add_name_with_zero(with_zero, root);
    says("a name with a zero in it", context_of(with_zero), roots, "mismatch");
    says("the address, with a certificate for the name", context_of(make({}, &root)), roots, "IP address mismatch", "127.0.0.1");
    auto changed = make({}, &root);
    X509_gmtime_adj(X509_getm_notAfter(changed.certificate.get()), 400L * 24 * 60 * 60);
    says("changed after it was signed", context_of(changed), roots, "signature failure");
    std::vector<Signed> crowd;
    std::vector<X509*> long_chain;
    for (int i = 0; i < 400; ++i) {
        crowd.push_back(make(middle, &root));
        long_chain.push_back(crowd.back().certificate.get());
    }
    says("a chain without end", context_of(make({}, &root), long_chain), roots, "");
}

TEST_CASE("protocols that are not right are refused") {
    const auto root = make(kRootSpec, nullptr);
    const std::string roots = pem_of(root.certificate.get());
    Spec rsa;
    rsa.rsa_bits = 2048;
    rsa.key_usage = "critical,digitalSignature,keyEncipherment";
    const auto leaf = make(rsa, &root);
    struct Row {
        const char* why;
        std::function<void(SSL_CTX*)> change;
    };
    const Row rows[] = {
        {"TLS 1.1", [](SSL_CTX* c) { SSL_CTX_set_min_proto_version(c, TLS1_VERSION); SSL_CTX_set_max_proto_version(c, TLS1_1_VERSION); }},
        {"TLS 1.0", [](SSL_CTX* c) { SSL_CTX_set_min_proto_version(c, TLS1_VERSION); SSL_CTX_set_max_proto_version(c, TLS1_VERSION); }},
        {"nobody's key", [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION); SSL_CTX_set_cipher_list(c, "aNULL:@SECLEVEL=0"); }},
        {"nothing enciphered", [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION); SSL_CTX_set_cipher_list(c, "eNULL:@SECLEVEL=0"); }},
    };
    for (const Row& row : rows) {
        const std::string what = row.why;
        CAPTURE(what);
        const auto context = context_of(leaf);
        row.change(context.get());
        const auto said = refusal(serve(context.get()), roots);
        REQUIRE(said.has_value());
        CAPTURE(*said);
        CHECK(said->find("localhost could not be reached: TLS failed") != std::string::npos);
    }
    struct Talk {
        const char* why;
        std::function<void(int, Peer&)> talk;
    };
    const auto say = [](std::string text) {
        return [text](int socket, Peer& peer) {
            char buffer[4096];
            const auto got = ::recv(socket, buffer, sizeof buffer, 0);
            if (got > 0) peer.heard({buffer, static_cast<std::size_t>(got)});
            ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
        };
    };
    const Talk talks[] = {
        {"plain HTTP", say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
        {"a redirect in plain HTTP", say("HTTP/1.1 301 Moved\r\nLocation: http://localhost/\r\n\r\n")},
        {"noise", say(std::string(600, '\x17'))},
        {"an alert at once", say(std::string{"\x15\x03\x03\x00\x02\x02\x28", 7})},
        {"a record that is too large", say(std::string{"\x16\x03\x03\xff\xff", 5} + std::string(70'000, 'x'))},
        {"an end after our first word", say({})},
        {"an end at once", [](int, Peer&) {}},
        {"half a handshake", say(std::string{"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", 11})},
    };
    for (const Talk& row : talks) {
        const std::string what = row.why;
        CAPTURE(what);
        const auto said = refusal(row.talk, roots);
        REQUIRE(said.has_value());
        CAPTURE(*said);
        CHECK(said->find("localhost could not be reached: ") != std::string::npos);
    }
}

TEST_CASE("an answer cut short without TLS's own end is no answer, and what became of the order is unknown") {
    std::signal(SIGPIPE, SIG_IGN);
    const auto root = make(kRootSpec, nullptr);
    const auto leaf = make({}, &root);
    const auto context = context_of(leaf);
    const test::Scratch scratch;
    const auto file = (scratch.path() / "roots.pem").string();
    std::ofstream{file} << pem_of(root.certificate.get());
    Peer peer{serve(context.get(), {.goodbye = false, .complete = false})};
    Loop loop;
    const auto client = Client::create(loop, {.routes = {{"exchange.test", "https://localhost:" + std::to_string(peer.port())}}, .extra_ca_file = file}).value();
    std::optional<Result<wire::Response>> answer;
    wire::Request request;
    request.method = wire::Method::post;
    request.host = "exchange.test";
    request.target = "/orders";
    client->send(std::move(request), seconds{4}, [&](Result<wire::Response> got) { answer = std::move(got); });
    REQUIRE(loop.run_until([&] { return answer.has_value(); }, seconds{8}));
    REQUIRE_FALSE(answer->has_value());
    CHECK(answer->error().fate == Fate::unknown);
}
