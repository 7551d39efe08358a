#include "config/secret_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace fastgate::config {

bool is_secret_name(std::string_view name) {
  static constexpr std::array<std::string_view, 10> kEnds = {
      "authorization", "cookie", "token", "secret",     "password",
      "passwd",        "apikey", "-key",  "credential", "credentials"};
  std::string plain = to_lower(name);
  std::replace(plain.begin(), plain.end(), '_', '-');
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return plain.ends_with(end); });
}

}  // namespace fastgate::config
