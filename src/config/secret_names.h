/// Which names of header or body fields say that their value is a secret.
#pragma once

#include <cstddef>
#include <string_view>

namespace fastgate::config {

/// Whether the value of a field so named is masked when a configuration is shown: names that end in
/// authorization, cookie, token, secret, password, apikey, -key or credential(s). Form: any case,
/// `_` and `-` alike. `max_tokens` is none.
[[nodiscard]] bool is_secret_name(std::string_view name);

/// The same of a name, or of its end, in lower case with `-` for `_`. Never allocates.
[[nodiscard]] bool has_secret_end(std::string_view plain);
/// No end that it looks for is longer.
inline constexpr std::size_t kLongestSecretEnd = 13;

/// What stands in place of a secret.
inline constexpr std::string_view kMask = "***";

}  // namespace fastgate::config
