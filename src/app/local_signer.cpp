#include "app/local_signer.hpp"

#include "app/child.hpp"
#include "app/processes.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace bf::app {
namespace {

/// A change of the passphrase takes its derivation twice, on a slow and busy machine.
constexpr milliseconds kPatience{60000};

}  // namespace

Result<LocalSigner> LocalSigner::start(const std::string& data, For what) {
    BF_TRY(auto ends, net::Seqpacket::pair());
    ChildPlan plan{.arguments = {"signer-process", "--data", data, "--one-peer"}, .fds = {{ends.second.fd(), kSignerFd}, {STDERR_FILENO, STDOUT_FILENO}}};
    if (what == For::restore) plan.arguments.emplace_back("--restoring");
    BF_TRY(const auto pid, start_child(plan));
    return LocalSigner{pid, signer::Client{std::move(ends.first), kPatience}};
}

LocalSigner::LocalSigner(LocalSigner&& other) noexcept : pid_{std::exchange(other.pid_, 0)}, client_{std::move(other.client_)} {}

LocalSigner::~LocalSigner() {
    if (pid_ == 0) return;
    client_.reset();  // It ends when its peer is gone.
    ::waitpid(pid_, nullptr, 0);
}

}  // namespace bf::app
