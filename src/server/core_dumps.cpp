#include "server/core_dumps.h"

#include <fstream>
#include <ios>

#include <sys/resource.h>

namespace fastgate::server {
namespace {

constexpr const char* kFilter = "/proc/self/coredump_filter";
/// The kernel's own: private and anonymous shared memory, and the heads of mapped programs.
constexpr unsigned kUsualParts = 0x33;

void set_size_limit(CoreDumps which) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
  // The hard limit stays, so that a configuration can allow core files later.
  limit.rlim_cur = which == CoreDumps::Allowed ? limit.rlim_max : 0;
  static_cast<void>(::setrlimit(RLIMIT_CORE, &limit));
}

/// The parts of the memory that a core holds, as bits; what they are cannot be told: 0.
unsigned parts_now() {
  unsigned parts = 0;
  std::ifstream file(kFilter);
  return file >> std::hex >> parts ? parts : 0;
}

void set_parts(unsigned parts) {
  std::ofstream file(kFilter);
  file << "0x" << std::hex << parts;
}

}  // namespace

void set_core_dumps(CoreDumps which) {
  set_size_limit(which);
  if (which == CoreDumps::Forbidden) return set_parts(0);
  // None is what this process, or the one whose place it takes, has set itself; another choice is
  // the administrator's.
  if (parts_now() == 0) set_parts(kUsualParts);
}

}  // namespace fastgate::server
