#include "app/tls_files.hpp"

#include "app/child.hpp"
#include "net/certificate.hpp"
#include "net/local_socket.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace bf::app {
namespace {

constexpr milliseconds kLookEvery{5000};
constexpr std::size_t kFileMax = 256 * 1024;

Unexpected<Error> unusable(const std::string& path, const std::string& why) {
    return Unexpected{Error{ErrorKind::io, "The file " + path + " can't be used: " + why + ".", Fate::not_sent, "tls"}};
}

Result<std::string> read_file(const std::string& path) {
    const net::Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file.is_open()) return unusable(path, std::strerror(errno));
    std::string text(kFileMax, '\0');
    const auto got = ::read(file.get(), text.data(), text.size());
    if (got < 0) return unusable(path, std::strerror(errno));
    text.resize(static_cast<std::size_t>(got));
    return text;
}

/// Under another name first: whoever reads it finds the whole of it.
Status write_file(const std::string& path, const std::string& text) {
    const auto fresh = path + ".new";
    ::unlink(fresh.c_str());
    const net::Fd file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    const bool written = file.is_open() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file.get()) == 0;
    if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) return unusable(path, std::strerror(errno));
    return {};
}

std::uint64_t mark_of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return 0;
    const auto nanoseconds = static_cast<std::uint64_t>(found.st_mtim.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(found.st_mtim.tv_nsec);
    return nanoseconds ^ (static_cast<std::uint64_t>(found.st_ino) << 20U) ^ (static_cast<std::uint64_t>(found.st_size) << 44U);
}

Result<TlsFiles> own_files(const std::string& folder, const std::vector<std::string>& names) {
    BF_TRY_VOID(prepare_folder(folder));
    TlsFiles files{folder + "/certificate.pem", folder + "/key.pem", {}, {}};
    const auto there = read_file(files.certificate);
    constexpr int kDaysLeft = 30;
    if (!there || !read_file(files.key) || !net::certificate_serves(*there, names, kDaysLeft)) {
        BF_TRY(const auto made, net::make_self_signed(names));
        BF_TRY_VOID(write_file(files.key, made.key_pem));
        BF_TRY_VOID(write_file(files.certificate, made.certificate_pem));
    }
    return files;
}

}  // namespace

Result<std::optional<TlsFiles>> prepare_tls(const ProcessOptions& options, const std::vector<std::string>& names) {
    TlsFiles files{options.tls_certificate, options.tls_key, {}, {}};
    if (options.tls_self_signed) {
        BF_TRY(files, own_files(options.data + "/tls", names));
    }
    if (files.certificate.empty()) return std::optional<TlsFiles>{};
    BF_TRY(const auto text, read_file(files.certificate));
    auto fingerprint = net::certificate_fingerprint(text);
    if (!fingerprint) return unusable(files.certificate, "it is not a certificate in PEM form");
    files.fingerprint = std::move(*fingerprint);
    BF_TRY(files.until, net::certificate_until(text));
    return std::optional{std::move(files)};
}

TlsWatch::TlsWatch(net::Loop& loop, net::Server& server, Log& log, TlsFiles files)
    : loop_{loop}, server_{server}, log_{log}, files_{std::move(files)}, used_{look()} {
    again();
}
TlsWatch::~TlsWatch() { loop_.cancel(timer_); }

TlsWatch::Seen TlsWatch::look() const { return {mark_of(files_.certificate), mark_of(files_.key)}; }

void TlsWatch::again() {
    timer_ = loop_.after(kLookEvery, [this] { check(); });
}

void TlsWatch::check() {
    again();
    const auto seen = look();
    if (seen == used_) return;
    if (const auto renewed = server_.renew_tls(files_.certificate, files_.key); !renewed) {
        if (seen == failed_ && !std::exchange(told_, true))
            log_.say(Log::Level::error, "certificate_refused", "The changed certificate can't be used, the former one stays: " + renewed.error().detail);
        if (seen != failed_) told_ = false;
        failed_ = seen;
        return;
    }
    used_ = seen;
    const auto text = read_file(files_.certificate);
    const auto fingerprint = text ? net::certificate_fingerprint(*text) : Result<std::string>{Unexpected{text.error()}};
    if (const auto until = text ? net::certificate_until(*text) : Result<Instant>{Unexpected{text.error()}}) files_.until = *until;
    if (on_renewed) on_renewed();
    log_.say(Log::Level::info, "certificate_renewed", "The dashboard's certificate was taken anew.", {{"fingerprint", fingerprint ? *fingerprint : std::string{}}});
}

}  // namespace bf::app
