// Request targets and hosts: what is accepted has no dot segments left, stays below the root, and
// reading it is stable. The first byte chooses the method.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/target.h"

namespace {

using namespace fastgate;
using namespace fastgate::http;

bool has_dot_segment(std::string_view path) {
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    if (segment == "." || segment == "..") return true;
    at = end + 1;
  }
  return false;
}

void check_target(Method method, std::string_view text) {
  Target target;
  if (!parse_target(method, text, target)) return;
  if (target.raw_path == "*") {
    FG_ASSERT(method == Method::Options && target.match_path == "*" && !target.has_query);
    return;
  }
  FG_ASSERT(target.raw_path.starts_with('/') && target.match_path.starts_with('/'));
  FG_ASSERT(target.match_path.size() <= target.raw_path.size());
  FG_ASSERT(target.match_path.find('\0') == std::string::npos);
  FG_ASSERT(!has_dot_segment(target.match_path));
  FG_ASSERT(target.has_query || target.query.empty());
  if (!target.authority.empty()) FG_ASSERT(parse_host(target.authority).has_value());
  Target again;
  FG_ASSERT(parse_target(method, target.raw_path, again).has_value());
  FG_ASSERT(again.match_path == target.match_path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_target(data[0] % 2 == 0 ? Method::Get : Method::Options, text);
  if (const auto parts = parse_host(text)) {
    FG_ASSERT(!parts->host.empty());
    FG_ASSERT(parts->port.size() <= 5);
    FG_ASSERT(text.find(parts->host) != std::string::npos);
  }
  return 0;
}
