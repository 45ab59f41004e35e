// A value or the reason why there is none. Expected trouble is returned, never thrown.
// Member names are those of C++23's std::expected, so that it can replace this one day.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <type_traits>
#include <utility>
#include <variant>

namespace bf {

/// Wraps an error on its way into a Result: `return Unexpected{Error{...}};`.
template <class E>
struct Unexpected {
    E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

/// Ends the process: a broken invariant is not something to go on from. Prints no values, so that none can leak.
[[noreturn]] inline void broken_invariant(const char* what, const char* file, int line) {
    std::fprintf(stderr, "broken invariant: %s (%s:%d)\n", what, file, line);
    std::abort();
}

/// Stays on in release builds.
#define BF_ASSERT(condition)                                                   \
    do {                                                                       \
        if (!(condition)) ::bf::broken_invariant(#condition, __FILE__, __LINE__); \
    } while (false)

struct Error;

template <class T, class E = Error>
class [[nodiscard]] Result {
public:
    using value_type = T;
    using error_type = E;

    Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
    template <class F>
        requires std::is_convertible_v<F, E>
    Result(Unexpected<F> unexpected) : state_{std::in_place_index<1>, std::move(unexpected.error)} {}

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& value() & { return *checked(); }
    const T& value() const& { return *const_cast<Result*>(this)->checked(); }
    T&& value() && { return std::move(*checked()); }
    T& operator*() & { return *checked(); }
    const T& operator*() const& { return *const_cast<Result*>(this)->checked(); }
    T&& operator*() && { return std::move(*checked()); }
    T* operator->() { return checked(); }
    const T* operator->() const { return const_cast<Result*>(this)->checked(); }

    const E& error() const& {
        BF_ASSERT(!has_value());
        return std::get<1>(state_);
    }
    E&& error() && {
        BF_ASSERT(!has_value());
        return std::get<1>(std::move(state_));
    }

    template <class U>
    T value_or(U&& other) const& {
        return has_value() ? std::get<0>(state_) : static_cast<T>(std::forward<U>(other));
    }

private:
    T* checked() {
        BF_ASSERT(has_value());
        return std::get_if<0>(&state_);
    }
    std::variant<T, E> state_;
};

/// A Result of nothing: it happened, or this is why not.
template <class E>
class [[nodiscard]] Result<void, E> {
public:
    using value_type = void;
    using error_type = E;

    /// Written out: a defaulted one would make `return {}` clear the error's whole memory first.
    Result() {}
    template <class F>
        requires std::is_convertible_v<F, E>
    Result(Unexpected<F> unexpected) : state_{std::in_place_index<1>, std::move(unexpected.error)} {}

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    void value() const { BF_ASSERT(has_value()); }
    const E& error() const& {
        BF_ASSERT(!has_value());
        return std::get<1>(state_);
    }
    E&& error() && {
        BF_ASSERT(!has_value());
        return std::get<1>(std::move(state_));
    }

private:
    std::variant<std::monostate, E> state_;
};

using Status = Result<void, Error>;

#define BF_CONCAT_INNER(a, b) a##b
#define BF_CONCAT(a, b) BF_CONCAT_INNER(a, b)

/// Declares a variable from a Result or returns its error: `BF_TRY(const auto price, Price::parse(text));`
#define BF_TRY(declaration, expression)                                                        \
    auto BF_CONCAT(bf_try_, __LINE__) = (expression);                                           \
    if (!BF_CONCAT(bf_try_, __LINE__))                                                          \
        return ::bf::Unexpected{std::move(BF_CONCAT(bf_try_, __LINE__)).error()};               \
    declaration = std::move(BF_CONCAT(bf_try_, __LINE__)).value()

/// Passes on the error of a Result whose value is not needed.
#define BF_TRY_VOID(expression)                                                                \
    do {                                                                                       \
        if (auto bf_try_status = (expression); !bf_try_status)                                 \
            return ::bf::Unexpected{std::move(bf_try_status).error()};                         \
    } while (false)

}  // namespace bf
