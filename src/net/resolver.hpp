// Internal to net/: names to addresses. A look-up runs on a thread of its own, because getaddrinfo can hang for half a minute and must
// hold up neither the loop nor the next name. Equal questions share one look-up; answers are kept for a while, and an old answer is used
// when no new one can be had, so that a name server's trouble does not stop trading. Gives addresses of one family only: a host that has
// none of it is told apart from one that is not found.
#pragma once
#include "base/error.hpp"
#include "net/asio.hpp"
#include "ports/family.hpp"

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace bf::net {

class Resolver {
public:
    using Addresses = std::vector<asio::ip::address>;
    using Done = std::function<void(Result<Addresses>)>;

    Resolver(asio::io_context& context, ports::Family family);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Calls `done` later. Destroying the resolver drops what is open.
    void resolve(const std::string& host, Done done);

private:
    struct Mailbox;
    struct Entry {
        Addresses addresses{};
        std::chrono::steady_clock::time_point until{};
        std::vector<Done> waiting{};
    };
    void start(const std::string& host);
    void arrived(const std::string& host, Result<Addresses> found);

    asio::io_context& context_;
    ports::Family family_;
    std::map<std::string, Entry> entries_;
    std::shared_ptr<Mailbox> mailbox_;  ///< Shared with the look-up threads, which may outlive us.
};

}  // namespace bf::net
