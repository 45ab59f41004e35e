#include "app/web_copy.hpp"

#include "app/child.hpp"
#include "app/exit_code.hpp"
#include "sandbox/files.hpp"
#include "vault/snapshot.hpp"

#include <cstdio>
#include <sys/prctl.h>
#include <csignal>
#include <unistd.h>

namespace bf::app {

std::string web_copy_of(const std::string& data) { return data + "/run/web.copy"; }

Status copy_web(Nursery& nursery, const std::string& data) {
    const auto outcome = nursery.run({"web-copy-process", "--data", data});
    if (outcome.status == kDone) return {};
    return Unexpected{Error{ErrorKind::io, outcome.output.empty() ? "The dashboard's database could not be copied." : outcome.output, Fate::not_sent, "web_copy"}};
}

int web_copy_process(const std::string& data) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    name_process("bf-copy");
    sandbox::Fence fence;
    for (const auto* end : {"", "-wal", "-shm"}) fence.files.push_back({data + "/web.db" + end, sandbox::FileUse::read_write});
    fence.files.push_back({data + "/run", sandbox::FileUse::read_write});
    (void)sandbox::fence_in(fence);
    const auto copy = [&]() -> Status {
        BF_TRY(auto snapshot, vault::Snapshot::open(data + "/web.db"));
        BF_TRY_VOID(snapshot.pin());
        ::unlink(web_copy_of(data).c_str());
        return snapshot.copy_to(web_copy_of(data));
    };
    if (const auto copied = copy(); !copied) {
        std::fputs(copied.error().detail.c_str(), stdout);
        return kFailed;
    }
    return kDone;
}

}  // namespace bf::app
