/// Which names of header or body fields say that their value is a secret.
#pragma once

#include <string_view>

namespace fastgate::config {

/// Whether the value of a field so named is masked when a configuration is shown: names that end in
/// authorization, cookie, token, secret, password, apikey, -key or credential(s). Form: any case,
/// `_` and `-` alike. `max_tokens` is none.
[[nodiscard]] bool is_secret_name(std::string_view name);

/// What stands in place of a secret.
inline constexpr std::string_view kMask = "***";

}  // namespace fastgate::config
