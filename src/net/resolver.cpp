#include "net/resolver.hpp"

#include <boost/asio/post.hpp>

#include <netdb.h>
#include <netinet/in.h>

#include <mutex>
#include <system_error>
#include <thread>

namespace bf::net {
namespace {

constexpr std::chrono::seconds kKeep{30};

Unexpected<Error> no_address(const std::string& host, const std::string& why) {
    return Unexpected{Error{ErrorKind::unreachable, "No address was found for " + host + ": " + why + ".", Fate::not_sent, "dns"}};
}

Result<Resolver::Addresses> look_up(const std::string& host, AddressFamily family) {
    addrinfo hints{};
    hints.ai_family = family == AddressFamily::v4 ? AF_INET : family == AddressFamily::v6 ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); failure != 0)
        return no_address(host, ::gai_strerror(failure));
    Resolver::Addresses addresses;
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
    if (addresses.empty()) return no_address(host, "none of the wanted family");
    return addresses;
}

}  // namespace

/// Where a look-up leaves its answer; closed when the resolver goes, so that a late one finds nobody.
struct Resolver::Mailbox {
    std::mutex mutex;
    Resolver* owner{nullptr};
};

Resolver::Resolver(asio::io_context& context, AddressFamily family)
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
        asio::post(context_, [done = std::move(done), address] { done(Addresses{address}); });
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
