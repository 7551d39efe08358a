/// Takes a content coding off a request body, so that routes can match what is inside. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fastgate::gateway {

/// Whether a Content-Encoding value says that nothing was encoded.
[[nodiscard]] bool is_identity_coding(std::string_view coding);

/// Replaces `out` by the decoded body: gzip (also `x-gzip`), br, zstd. Source: RFC 9110
/// section 8.4.1, RFC 7932, RFC 8878. Errors: UnsupportedMediaType for an unknown coding or more
/// than one, Malformed for a broken or cut body, BodyTooLarge beyond `limit` decoded bytes:
/// decoding stops there, however much would follow.
[[nodiscard]] Result<void> decode_body(std::string_view coding, std::string_view body,
                                       std::size_t limit, std::string& out);

}  // namespace fastgate::gateway
