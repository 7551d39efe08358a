#include "base/large_pages.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace fastgate {
namespace {

/// What the kernel notes of the mapping that an address is in: `VmFlags` of /proc/self/smaps.
std::string flags_at(const void* memory) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  std::ifstream maps("/proc/self/smaps");
  bool is_inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    if (words >> std::hex >> begin >> dash >> end && dash == '-') {
      is_inside = begin <= address && address < end;
    } else if (is_inside && line.starts_with("VmFlags:")) {
      return line + " ";
    }
  }
  return "";
}

TEST_CASE("large tables are asked for in large pages, small ones are left alone") {
  if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage")) return;
  std::vector<char> large;
  large.reserve(16 * 1024 * 1024);
  const char* const middle = large.data() + large.capacity() / 2;
  CHECK_FALSE(flags_at(middle).contains(" hg "));
  prefer_large_pages(large.data(), 1024 * 1024);
  CHECK_FALSE(flags_at(large.data() + 512 * 1024).contains(" hg "));
  prefer_large_pages(large.data(), large.capacity());
  CHECK(flags_at(middle).contains(" hg "));
}

}  // namespace
}  // namespace fastgate
