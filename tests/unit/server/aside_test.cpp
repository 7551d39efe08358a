#include "server/aside.h"

#include <array>
#include <cstdint>
#include <thread>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit/server/own_process.h"

namespace fastgate::server {
namespace {

/// Of the calling thread.
struct Turn {
  int niceness = 0;
  std::uint64_t nanoseconds = 0;  ///< how long it may have the processor; 0: Linux before 6.12
};

Turn turn_now() {
  // The fields of struct sched_attr: its size, policy, flags, niceness, priority and runtime.
  std::array<std::uint64_t, 6> attributes{};
  REQUIRE(::syscall(SYS_sched_getattr, 0, attributes.data(), sizeof attributes, 0U) == 0);
  const int niceness = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  return {.niceness = niceness, .nanoseconds = attributes[3]};
}

TEST_CASE("work aside is done on a thread that gives way, when the call returns") {
  const Turn before = turn_now();
  const auto caller = std::this_thread::get_id();
  bool is_done = false;
  Turn aside;
  run_aside([&] {
    aside = turn_now();
    is_done = std::this_thread::get_id() != caller;
  });
  CHECK(is_done);
  CHECK(aside.niceness == 10);
  if (before.nanoseconds != 0) CHECK(aside.nanoseconds > before.nanoseconds);
  CHECK(turn_now().niceness == before.niceness);
}

TEST_CASE("work aside is done by the caller itself where there is no further thread") {
  CHECK(holds_in_own_process([] {
    bool is_done = false;
    const auto caller = std::this_thread::get_id();
    const bool is_limited = allow_no_further_thread();
    run_aside([&] { is_done = std::this_thread::get_id() == caller; });
    return is_limited && is_done;
  }));
}

}  // namespace
}  // namespace fastgate::server
