// A question to a server that does not answer: libpq waits for as long as the connection lives, and a server that is frozen (stopped, its disk
// stuck, its machine suspended under it) keeps it alive, since its kernel still acknowledges; neither tcp_user_timeout nor keepalives see
// anything, and statement_timeout is the server's own. So a thread of ours cuts the connection when a question takes too long, and whoever
// waits finds it lost.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace bf::store {

class CutOff {
public:
    CutOff();
    ~CutOff();
    CutOff(const CutOff&) = delete;
    CutOff& operator=(const CutOff&) = delete;

    /// From now on `socket` has so long. One at a time.
    void begin(int socket, std::chrono::milliseconds patience);
    /// The answer is here, or the connection is lost. True if we cut it.
    bool end();

private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<std::chrono::steady_clock::time_point> due_;
    int socket_{-1};  ///< A number of our own for it: libpq may close its own meanwhile, and another thread be given that.
    bool cut_{false}, over_{false};
    std::thread thread_;  ///< Last: it uses all of the others.
};

}  // namespace bf::store
