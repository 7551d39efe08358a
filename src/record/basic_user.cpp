#include "record/basic_user.h"

#include <cstdint>

#include "base/text.h"
#include "config/secret_names.h"

namespace fastgate::record {
namespace {

constexpr std::string_view kScheme = "basic ";
/// More of it than of any user name worth logging.
constexpr std::size_t kMaxEncoded = 512;

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

/// Decodes up to the first character outside the alphabet, padding included.
void decode(std::string_view text, std::string& out) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  out.clear();
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
}

}  // namespace

std::string_view basic_user(std::string_view authorization, std::string& scratch) {
  if (authorization.size() <= kScheme.size()) return {};
  if (!equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
  decode(trim(authorization.substr(kScheme.size())).substr(0, kMaxEncoded), scratch);
  const std::string_view decoded = scratch;
  const std::size_t colon = decoded.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view user = decoded.substr(0, colon);
  const bool is_secret = colon + 1 == decoded.size() || user.starts_with("fg_");
  return is_secret && !user.empty() ? config::kMask : user;
}

}  // namespace fastgate::record
