// The other side of a comparison in node: bench/ccxt.mjs as a child that waits until it is asked to run one task for a while. Ours and
// theirs so take turns in one run, and the one that is not measured uses no processor.
#pragma once
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <csignal>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bf::bench {

class Node {
public:
    /// `folder` holds the inputs that both sides read.
    explicit Node(const std::string& folder) {
        int to[2], from[2];
        if (::pipe(to) != 0 || ::pipe(from) != 0) std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(to[0], STDIN_FILENO);
            ::dup2(from[1], STDOUT_FILENO);
            for (const int end : {to[0], to[1], from[0], from[1]}) ::close(end);
            ::execlp("node", "node", BF_SOURCE_DIR "/bench/ccxt.mjs", folder.c_str(), nullptr);
            std::perror("node could not be started");
            ::_exit(127);
        }
        ::close(to[0]);
        ::close(from[1]);
        questions_ = ::fdopen(to[1], "w");
        answers_ = ::fdopen(from[0], "r");
    }
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    ~Node() {
        std::fclose(questions_);
        std::fclose(answers_);
        ::waitpid(pid_, nullptr, 0);
    }

    /// Nanoseconds one run of `task` takes, over about `ms`. Ends the program if the other side fails: a comparison with nothing is none.
    double ns_each(const std::string& task, int ms = 150) {
        std::fprintf(questions_, "%s %d\n", task.c_str(), ms);
        std::fflush(questions_);
        double ns = 0;
        if (std::fscanf(answers_, "%lf", &ns) != 1 || ns <= 0) {
            std::fprintf(stderr, "ccxt's side of '%s' failed\n", task.c_str());
            std::exit(1);
        }
        return ns;
    }
    /// Lets its compiler settle, which takes it seconds: until a second brings less than 3 % more, twelve of them at most.
    void warm_up(const std::string& task) {
        double best = ns_each(task, 1000);
        for (int calm = 0, tries = 1; calm < 3 && tries < 12; ++tries) {
            const double now = ns_each(task, 1000);
            calm = now > 0.97 * best ? calm + 1 : 0;
            best = std::min(best, now);
        }
    }

private:
    pid_t pid_{-1};
    FILE* questions_{nullptr};
    FILE* answers_{nullptr};
};

}  // namespace bf::bench
