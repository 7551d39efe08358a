#include "server/aside.h"

#include <thread>

#include <sys/resource.h>
#include <unistd.h>

namespace fastgate::server {
namespace {

/// A tenth of a loop's weight: enough to get on when all processors are busy.
constexpr int kNiceness = 10;

}  // namespace

void run_aside(const std::function<void()>& work) {
  std::thread thread([&work] {
    // Of this thread alone, as Linux has it. Where it fails the work is done all the same.
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness));
    work();
  });
  thread.join();
}

}  // namespace fastgate::server
