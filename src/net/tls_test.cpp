#include "net/tls.hpp"

#include "net/certificate.hpp"
#include "net/local_socket.hpp"
#include "net/net_fixture.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <fcntl.h>
#include <sys/socket.h>

using namespace bf;
using namespace bf::net;
using namespace bf::net::test;

namespace {

/// Both sides of a handshake over a socket pair, in turns; whether it went through, and a byte that brings the tickets along.
bool shake_hands(ssl_st* client, ssl_st* server) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    const Fd one{ends[0]};
    const Fd other{ends[1]};
    SSL_set_fd(client, one.get());
    SSL_set_fd(server, other.get());
    for (int i = 0; i < 10; ++i) {
        const int here = SSL_do_handshake(client);
        const int there = SSL_do_handshake(server);
        if (here != 1 || there != 1) continue;
        char byte = 'x';
        return SSL_write(server, &byte, 1) == 1 && SSL_read(client, &byte, 1) == 1;
    }
    return false;
}

}  // namespace

TEST_CASE("a further connection to the same place resumes the session of the first") {
    const Folder folder;
    const auto own = make_own_certificate("localhost");
    REQUIRE(own.has_value());
    folder.write("ca.pem", own->ca_pem);
    const auto server = TlsServer::from_pem(own->certificate_pem, own->key_pem);
    const auto client = TlsClient::create(folder.file("ca.pem"));
    REQUIRE((server.has_value() && client.has_value()));
    struct Row {
        const char* why;
        std::uint16_t port;
        bool resumed;
    };
    const Row rows[] = {{"the first", 443, false}, {"the second", 443, true}, {"another place", 444, false}};
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto here = (*client)->connection("localhost", row.port);
        const auto there = server->connection();
        REQUIRE((here.has_value() && there.has_value()));
        CHECK(shake_hands(here->get(), there->get()));
        CHECK((SSL_session_reused(here->get()) == 1) == row.resumed);
    }
}

TEST_CASE("TLS 1.1 is refused on both sides") {
    const auto own = make_own_certificate("localhost");
    REQUIRE(own.has_value());
    const auto server = TlsServer::from_pem(own->certificate_pem, own->key_pem);
    const auto client = TlsClient::create("");
    REQUIRE((server.has_value() && client.has_value()));
    const auto old_client = (*client)->connection("localhost", 443);
    const auto there = server->connection();
    REQUIRE((old_client.has_value() && there.has_value()));
    CHECK(SSL_ctrl(there->get(), SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nullptr) == TLS1_2_VERSION);
    CHECK(SSL_ctrl(old_client->get(), SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nullptr) == TLS1_2_VERSION);
    SSL_ctrl(old_client->get(), SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_1_VERSION, nullptr);
    SSL_ctrl(old_client->get(), SSL_CTRL_SET_MAX_PROTO_VERSION, TLS1_1_VERSION, nullptr);
    CHECK_FALSE(shake_hands(old_client->get(), there->get()));
}

TEST_CASE("with TLS 1.2 our server takes authenticated ciphers with keys of the moment, and no other") {
    const Folder folder;
    const auto own = make_own_certificate("localhost");
    REQUIRE(own.has_value());
    folder.write("ca.pem", own->ca_pem);
    const auto server = TlsServer::from_pem(own->certificate_pem, own->key_pem);
    const auto client = TlsClient::create(folder.file("ca.pem"));
    REQUIRE((server.has_value() && client.has_value()));
    std::uint16_t port = 443;
    const auto meets = [&](const char* ciphers) {
        // Another place each time: a session of the one before would bring its cipher along.
        const auto there = server->connection(), here = (*client)->connection("localhost", ++port);
        REQUIRE((there.has_value() && here.has_value()));
        SSL_ctrl(here->get(), SSL_CTRL_SET_MAX_PROTO_VERSION, TLS1_2_VERSION, nullptr);
        REQUIRE(SSL_set_cipher_list(here->get(), ciphers) == 1);
        return shake_hands(here->get(), there->get());
    };
    for (const char* good : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ALL"}) CHECK_MESSAGE(meets(good), good);
    for (const char* bad : {"ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA"}) CHECK_MESSAGE(!meets(bad), bad);
}

TEST_CASE("names that can't stand in a certificate are refused") {
    for (const char* name : {"", "a,DNS:b", "A B", "x\ny"}) CHECK_FALSE(make_own_certificate(name).has_value());
    CHECK_FALSE(TlsServer::from_pem("no", "pem").has_value());
    CHECK_FALSE(TlsServer::from_files("/nonexistent", "/nonexistent").has_value());
}
