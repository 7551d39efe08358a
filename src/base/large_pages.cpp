#include "base/large_pages.h"

#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace fastgate {

void prefer_large_pages(const void* memory, std::size_t size) {
  constexpr std::size_t kLargePage = 2 * 1024 * 1024;
  if (size < kLargePage) return;
  // From the first whole page on.
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t skipped = (page - begin % page) % page;
  madvise(static_cast<char*>(const_cast<void*>(memory)) + skipped, size - skipped, MADV_HUGEPAGE);
}

}  // namespace fastgate
