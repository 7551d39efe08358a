/// The user name of HTTP's basic authentication (RFC 7617), for $remote_user. Pure.
#pragma once

#include <string>
#include <string_view>

namespace fastgate::record {

/// The user name in an Authorization value; "" for none or another scheme. A name that stands
/// without a password, or that looks like a key of ours, is a secret by itself and comes as `***`.
/// Lifetime: a view of `scratch`, or a constant.
[[nodiscard]] std::string_view basic_user(std::string_view authorization, std::string& scratch);

}  // namespace fastgate::record
