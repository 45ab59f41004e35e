// The dashboard's certificate: files of the user's, or one made here at first use. Looked at again while the server runs, so that a renewed
// certificate needs no restart.
#pragma once
#include "app/log.hpp"
#include "app/processes.hpp"
#include "net/server.hpp"

#include <sys/stat.h>

namespace bf::app {

struct TlsFiles {
    std::string certificate;
    std::string key;
    std::string fingerprint;  ///< SHA-256 of the certificate, as browsers show it.
    Instant until;            ///< When it ends.
};

/// Nothing without TLS. A self-signed certificate lies in DIR/tls and is kept as long as it is good for all `names` for 30 days more.
Result<std::optional<TlsFiles>> prepare_tls(const ProcessOptions& options, const std::vector<std::string>& names);

/// Hands the files to the server when they change. Every five seconds, because certbot and its like replace a file and tell nobody.
class TlsWatch {
public:
    TlsWatch(net::Loop& loop, net::Server& server, Log& log, TlsFiles files);
    /// When the one that is used ends.
    [[nodiscard]] Instant until() const { return files_.until; }
    /// Another one is used.
    std::function<void()> on_renewed{};
    ~TlsWatch();
    TlsWatch(const TlsWatch&) = delete;
    TlsWatch& operator=(const TlsWatch&) = delete;

private:
    struct Seen {
        std::uint64_t certificate{0}, key{0};
        bool operator==(const Seen&) const = default;
    };
    [[nodiscard]] Seen look() const;
    void check();
    void again();

    net::Loop& loop_;
    net::Server& server_;
    Log& log_;
    TlsFiles files_;
    Seen used_;
    Seen failed_{};  ///< What was there when it last failed: one file is replaced before the other, and that is no news.
    bool told_{false};
    ports::Timers::Id timer_{0};
};

}  // namespace bf::app
