// `backfuture strategies ...`: the running server's strategies from the command line, over its Unix socket.
#pragma once
#include <cstdint>
#include <string>

namespace bf::app {

struct StrategiesOptions {
    std::string data;
    std::string name;
    std::string file;
    std::string kind;
    std::string pair;
    std::string direction;
    std::string mode;
    std::string asset{"USDT"};
    std::string amount;
    std::uint64_t group{0};
    bool ranges{false};
    bool closed{false};
    bool json{false};
};

int strategies_add(const StrategiesOptions& options);
int strategies_list(const StrategiesOptions& options);
int strategies_show(const StrategiesOptions& options);
int strategies_enable(const StrategiesOptions& options);
int strategies_disable(const StrategiesOptions& options);
int strategies_mode(const StrategiesOptions& options);
int strategies_remove(const StrategiesOptions& options);
int strategies_groups(const StrategiesOptions& options);
int strategies_let_go(const StrategiesOptions& options);
int strategies_signal(const StrategiesOptions& options);
int strategies_rotate_hook(const StrategiesOptions& options);
/// Sets the play money of the paper account it trades on.
int strategies_paper_money(const StrategiesOptions& options);
int strategies_decisions(const StrategiesOptions& options);
/// Prints the example's settings, or the ranges it is swept over; asks no server.
int strategies_sample(const StrategiesOptions& options);

}  // namespace bf::app
