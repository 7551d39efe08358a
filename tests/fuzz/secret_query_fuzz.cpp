// Masking of secrets in query strings: whatever stands around it, a secret never shows; what is no
// secret stays; masking twice changes nothing more.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/secret_query.h"

namespace {

using namespace fastgate::config;

constexpr std::string_view kSecret = "canary-7f3a";

std::string masked(std::string_view query) {
  std::string scratch;
  return std::string(mask_query(query, scratch));
}

/// Every parameter of a masked query, cut as the sloppiest server would cut it.
void check_parameters(std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    const std::size_t equals = parameter.find_first_of("=;?");
    if (equals != std::string_view::npos && parameter[equals] == '=' &&
        is_secret_parameter(parameter.substr(0, equals))) {
      FG_ASSERT(parameter.substr(equals + 1).starts_with("***"));
    }
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string once = masked(text);
  check_parameters(once);
  FG_ASSERT(masked(once) == once);
  if (text.find('=') == std::string::npos) FG_ASSERT(once == text);

  if (text.find(kSecret.substr(0, 3)) != std::string::npos) return 0;
  for (const std::string_view name : {"token", "api_key", "X-API-Key", "%74oken"}) {
    std::string planted = text + "&";
    planted.append(name).append("=").append(kSecret);
    FG_ASSERT(masked(planted).find(kSecret) == std::string::npos);
    FG_ASSERT(masked(planted + "&" + text).find(kSecret) == std::string::npos);
    std::string scratch;
    const std::string url = "/?" + planted;
    FG_ASSERT(mask_url(url, scratch).find(kSecret) == std::string_view::npos);
  }
  return 0;
}
