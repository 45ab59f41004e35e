// What the book holds of one connection while it runs. Included by the book's own sources only.
#pragma once
#include "connection/book.hpp"

namespace bf::connection {

struct Book::Entry {
    Record record;
    std::vector<exchange::ShapeFinding> shape;  ///< What looked unusual when the key was pasted.
    std::unique_ptr<TestRunner> runner;
    std::uint64_t test{0};
    bool light{false};
    bool by_user{false};
    std::vector<TestDone> waiting;
    std::unique_ptr<TestRunner> rotation;
    std::unique_ptr<StreamKeeper> stream;
    std::uint32_t spread{0};
    Instant next_light;
    Instant next_full;
};

inline constexpr std::chrono::minutes kLightEvery{15};
inline constexpr std::chrono::hours kFullEvery{24};

}  // namespace bf::connection
