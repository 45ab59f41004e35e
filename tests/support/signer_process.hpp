// A real signer in a child process, as `check` starts one: a socket pair, fork, run.
#pragma once
#include "signer/client.hpp"
#include "signer/run.hpp"
#include "support/toy_exchange.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bf::test {

class SystemClock final : public ports::Clock {
public:
    [[nodiscard]] Instant wall() const override {
        return Instant::from_ms(std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
    }
    [[nodiscard]] std::chrono::microseconds steady() const override {
        return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
    }
};

class SignerProcess {
public:
    /// Runs `prepare` in the child first: to point its standard error elsewhere, to become another user.
    explicit SignerProcess(const std::function<void(signer::Options&)>& prepare = {}) {
        auto ends = net::Seqpacket::pair().value();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            SystemClock clock;
            ToyCalls toy;
            signer::ArgumentRules rules;
            signer::Options options{.socket = ends.second.fd(),
                                    .calls_of = [&toy](exchange::ExchangeId id) { return id == kToyExchange ? &toy : nullptr; },
                                    .policy = rules,
                                    .clock = clock};
            if (prepare) prepare(options);
            // _exit: the test program's own endings must not run twice.
            ::_exit(signer::run(options));
        }
        link_.emplace(std::move(ends.first));
    }
    SignerProcess(const SignerProcess&) = delete;
    SignerProcess& operator=(const SignerProcess&) = delete;
    ~SignerProcess() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    [[nodiscard]] pid_t pid() const { return pid_; }
    net::Seqpacket take_link() { return std::move(*link_); }
    signer::Client client() { return signer::Client{std::move(*link_)}; }
    /// After the client is gone: how it ended.
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return status;
    }

private:
    pid_t pid_{-1};
    std::optional<net::Seqpacket> link_;
};

/// A client of the signer that is about to listen at `path`.
inline signer::Client connect_signer(const std::string& path) {
    for (int i = 0; i < 500; ++i) {
        if (auto link = net::Seqpacket::connect(path)) return signer::Client{std::move(*link)};
        ::usleep(10'000);
    }
    std::fprintf(stderr, "no signer listens at %s\n", path.c_str());
    std::abort();
}

}  // namespace bf::test
