#include "net/resolver.hpp"

#include "exchange/remark.hpp"

#include <boost/asio/post.hpp>

#include <netdb.h>
#include <netinet/in.h>

#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>

namespace bf::net {
namespace {

constexpr std::chrono::seconds kKeep{30};

Unexpected<Error> no_address(const std::string& host, const std::string& why) {
    return Unexpected{Error{ErrorKind::unreachable, exchange::say(exchange::Remark::no_address, {host, why}), Fate::not_sent, "dns"}};
}

std::string_view name_of(ports::Family family) { return family == ports::Family::v6 ? "IPv6" : "IPv4"; }

ports::Family other_than(ports::Family family) { return family == ports::Family::v6 ? ports::Family::v4 : ports::Family::v6; }

/// The name is right, but leads to the other family's addresses alone.
Unexpected<Error> not_of(ports::Family family, const std::string& host) {
    return Unexpected{Error{ErrorKind::unreachable, exchange::say(exchange::Remark::other_family, {host, name_of(family), name_of(other_than(family))}), Fate::not_sent,
                            family == ports::Family::v6 ? "no_ipv6" : "no_ipv4"}};
}

/// getaddrinfo's answer: 0, or why there is none.
int ask(const std::string& host, ports::Family family, Resolver::Addresses& addresses) {
    addrinfo hints{};
    hints.ai_family = family == ports::Family::v6 ? AF_INET6 : AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); failure != 0) return failure;
    for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
        if (at->ai_family == AF_INET) {
            const auto* v4 = reinterpret_cast<const sockaddr_in*>(at->ai_addr);
            addresses.emplace_back(asio::ip::address_v4{ntohl(v4->sin_addr.s_addr)});
        } else if (at->ai_family == AF_INET6) {
            const auto* v6 = reinterpret_cast<const sockaddr_in6*>(at->ai_addr);
            asio::ip::address_v6::bytes_type bytes;
            std::copy(std::begin(v6->sin6_addr.s6_addr), std::end(v6->sin6_addr.s6_addr), bytes.begin());
            addresses.emplace_back(asio::ip::address_v6{bytes, v6->sin6_scope_id});
        }
    }
    ::freeaddrinfo(list);
    return 0;
}

Result<Resolver::Addresses> look_up(const std::string& host, ports::Family family) {
    Resolver::Addresses addresses;
    const int failure = ask(host, family, addresses);
    if (!addresses.empty()) return addresses;
    // A name server in trouble says nothing of the other family; a name that has it is there.
    const bool told = failure == 0 || failure == EAI_NONAME || failure == EAI_NODATA || failure == EAI_ADDRFAMILY;
    Resolver::Addresses others;
    if (told && ask(host, other_than(family), others) == 0 && !others.empty()) return not_of(family, host);
    return no_address(host, failure == 0 ? "none of the wanted family" : ::gai_strerror(failure));
}

}  // namespace

/// Where a look-up leaves its answer; closed when the resolver goes, so that a late one finds nobody.
struct Resolver::Mailbox {
    std::mutex mutex;
    Resolver* owner{nullptr};
};

Resolver::Resolver(asio::io_context& context, ports::Family family)
    : context_{context}, family_{family}, mailbox_{std::make_shared<Mailbox>()} {
    mailbox_->owner = this;
}

Resolver::~Resolver() {
    const std::lock_guard lock{mailbox_->mutex};
    mailbox_->owner = nullptr;
}

void Resolver::resolve(const std::string& host, Done done) {
    error_code not_numeric;
    const auto address = asio::ip::make_address(host, not_numeric);
    if (!not_numeric) {
        const bool fits = address.is_v6() == (family_ == ports::Family::v6);
        asio::post(context_, [done = std::move(done), answer = fits ? Result<Addresses>{Addresses{address}} : Result<Addresses>{not_of(family_, host)}] { done(answer); });
        return;
    }
    // This machine, whatever its hosts file says of either family (RFC 6761, section 6.3).
    if (host == "localhost") {
        const asio::ip::address own = family_ == ports::Family::v6 ? asio::ip::address{asio::ip::address_v6::loopback()} : asio::ip::address{asio::ip::address_v4::loopback()};
        asio::post(context_, [done = std::move(done), own] { done(Addresses{own}); });
        return;
    }
    Entry& entry = entries_[host];
    if (!entry.addresses.empty() && std::chrono::steady_clock::now() < entry.until) {
        asio::post(context_, [done = std::move(done), addresses = entry.addresses] { done(addresses); });
        return;
    }
    entry.waiting.push_back(std::move(done));
    if (entry.waiting.size() == 1) start(host);
}

void Resolver::start(const std::string& host) {
    try {
        std::thread{[mailbox = mailbox_, host, family = family_] {
            auto found = look_up(host, family);
            const std::lock_guard lock{mailbox->mutex};
            if (mailbox->owner == nullptr) return;
            asio::post(mailbox->owner->context_, [mailbox, host, answer = std::move(found)]() mutable {
                // Only the loop's thread destroys the resolver, so what is found here stays while we are in it.
                if (mailbox->owner != nullptr) mailbox->owner->arrived(host, std::move(answer));
            });
        }}.detach();
    } catch (const std::system_error&) {
        asio::post(context_, [mailbox = mailbox_, host] {
            if (mailbox->owner != nullptr) mailbox->owner->arrived(host, no_address(host, "the system gives no more threads"));
        });
    }
}

void Resolver::arrived(const std::string& host, Result<Addresses> found) {
    Entry& entry = entries_[host];
    if (found) {
        entry.addresses = *found;
        entry.until = std::chrono::steady_clock::now() + kKeep;
    } else if (!entry.addresses.empty()) {
        found = entry.addresses;
    }
    const auto waiting = std::move(entry.waiting);
    entry.waiting.clear();
    for (const auto& done : waiting) done(found);
}

}  // namespace bf::net
