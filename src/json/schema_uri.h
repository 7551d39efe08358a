/// URI references, as far as `$id` and `$ref` need them (RFC 3986 sections 3 and 5).
#pragma once

#include <string>
#include <string_view>

namespace fastgate::json {

/// `reference` resolved against `base`, with dot segments removed, its fragment kept. A base
/// without a scheme is allowed: the result is then relative too.
[[nodiscard]] std::string resolve_uri(std::string_view base, std::string_view reference);

/// A URI in two parts, without the `#`.
struct SplitUri {
  std::string_view uri;
  std::string_view fragment;
};
[[nodiscard]] SplitUri split_fragment(std::string_view uri);

/// `%41` becomes `A`; broken escapes stay.
[[nodiscard]] std::string decode_percent(std::string_view text);

/// One token of a JSON pointer (RFC 6901) with `~` and `/` escaped, and back.
[[nodiscard]] std::string escape_pointer_token(std::string_view token);
[[nodiscard]] std::string unescape_pointer_token(std::string_view token);

}  // namespace fastgate::json
