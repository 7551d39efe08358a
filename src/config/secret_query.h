/// Takes secrets out of query strings before they reach a log, a record or an explanation: clients
/// that cannot send header fields put keys and tokens there. Pure.
#pragma once

#include <string>
#include <string_view>

namespace fastgate::config {

/// Whether a parameter so named holds a secret: key, auth, a signature, or a name that ends as
/// those of secret header fields do, such as access_token. Form: any case, `_` and `-` alike, `%XX`
/// decoded.
[[nodiscard]] bool is_secret_parameter(std::string_view name);

/// The target, URL or bare query with the values of secret parameters as `***`. `url` itself if
/// there are none, else `scratch`, which then holds the masked text. Form: parameters begin at the
/// first `?` (Url) or at the front (Query). Complexity: linear; nothing is allocated unless
/// something is masked.
[[nodiscard]] std::string_view mask_url(std::string_view url, std::string& scratch);
/// Whether mask_url() would mask anything.
[[nodiscard]] bool holds_secret(std::string_view url);
/// Whether a text of any form, such as a body, may hold a secret: a word of a secret's name before
/// `=`, `:` or `>`, in quotes or not. Rather once too often.
[[nodiscard]] bool names_secret(std::string_view text);
[[nodiscard]] std::string_view mask_query(std::string_view query, std::string& scratch);

}  // namespace fastgate::config
