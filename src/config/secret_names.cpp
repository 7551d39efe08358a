#include "config/secret_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace fastgate::config {

bool has_secret_end(std::string_view plain) {
  static constexpr std::array<std::string_view, 10> kEnds = {
      "authorization", "cookie", "token", "secret",     "password",
      "passwd",        "apikey", "-key",  "credential", "credentials"};
  static_assert(std::ranges::max(kEnds, {}, &std::string_view::size).size() <= kLongestSecretEnd);
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return plain.ends_with(end); });
}

bool is_secret_name(std::string_view name) {
  std::string plain = to_lower(name);
  std::replace(plain.begin(), plain.end(), '_', '-');
  return has_secret_end(plain);
}

}  // namespace fastgate::config
