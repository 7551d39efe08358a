/// What a test claims of a process that the system gives no further thread.
#pragma once

#include <functional>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fastgate::server {

/// Whether `claim` holds in a process of its own, which may become another user's.
inline bool holds_in_own_process(const std::function<bool()>& claim) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(claim() ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// No limit holds root: the process becomes nobody's.
inline bool allow_no_further_thread() {
  constexpr uid_t kNobody = 65534;
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  return (::getuid() != 0 || ::setuid(kNobody) == 0) && ::setrlimit(RLIMIT_NPROC, &none) == 0;
}

}  // namespace fastgate::server
