// The smallest coroutine that serves: a part of a script that runs when awaited and resumes its awaiter when done. No thread, no loop.
#pragma once
#include <coroutine>
#include <exception>
#include <utility>

namespace bf::connection {

class [[nodiscard]] Part {
public:
    struct promise_type {
        std::coroutine_handle<> parent{};

        Part get_return_object() { return Part{std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        struct Final {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
                const auto awaiter = self.promise().parent;
                return awaiter ? awaiter : std::noop_coroutine();
            }
            void await_resume() noexcept {}
        };
        Final final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };

    Part(Part&& other) noexcept : handle_{std::exchange(other.handle_, {})} {}
    Part& operator=(Part&&) = delete;
    ~Part() {
        if (handle_) handle_.destroy();
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
        handle_.promise().parent = parent;
        return handle_;
    }
    void await_resume() const noexcept {}

    void start() { handle_.resume(); }

private:
    explicit Part(std::coroutine_handle<promise_type> handle) : handle_{handle} {}
    std::coroutine_handle<promise_type> handle_;
};

/// Suspends the awaiting part and remembers where to go on.
class Pause {
public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> at) noexcept { at_ = at; }
    void await_resume() const noexcept {}
    void resume() {
        const auto at = std::exchange(at_, {});
        if (at) at.resume();
    }

private:
    std::coroutine_handle<> at_{};
};

}  // namespace bf::connection
