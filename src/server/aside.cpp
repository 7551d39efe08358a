#include "server/aside.h"

#include <cstdint>
#include <optional>
#include <system_error>
#include <thread>

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fastgate::server {
namespace {

/// A tenth of a loop's weight: enough to get on when all processors are busy.
constexpr std::int32_t kNiceness = 10;
/// ns; the longest turn that Linux gives. Since 6.12 whoever asks for shorter ones takes the
/// processor as soon as it wakes, which a loop would otherwise wait for until the next tick,
/// whatever the niceness; before, this is not looked at.
constexpr std::uint64_t kTurn = 100'000'000;

/// What sched_setattr(2) takes, in its first form; glibc declares neither before 2.41.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t niceness = kNiceness;
  std::uint32_t priority = 0;
  std::uint64_t runtime = kTurn;
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

/// Of this thread alone, as Linux has it. Where it fails the work is done all the same.
void give_way() {
  const SchedulingAttributes wanted;
  if (::syscall(SYS_sched_setattr, 0, &wanted, 0U) == 0) return;
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness));
}

/// None where the system gives no further thread.
std::optional<std::thread> thread_for(const std::function<void()>& work) {
  try {
    return std::thread([&work] {
      give_way();
      work();
    });
  } catch (const std::system_error&) {
    return std::nullopt;
  }
}

}  // namespace

void run_aside(const std::function<void()>& work) {
  if (std::optional<std::thread> thread = thread_for(work)) return thread->join();
  work();
}

}  // namespace fastgate::server
