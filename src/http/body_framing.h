/// How long a message's body is, worked out from its fields alone (RFC 9112 section 6.3). The
/// parser compares what the fields declare with what llhttp made of the same bytes.
#pragma once

#include <cstdint>

#include "http/fault.h"
#include "http/message.h"

namespace fastgate::http {

/// What Content-Length and Transfer-Encoding say.
struct DeclaredBody {
  BodyFraming framing = BodyFraming::None;  ///< None: neither is there; never UntilClose
  std::uint64_t content_length = 0;
};

/// Reads the two fields of a head.
/// Errors: Malformed for both at once, a repeated one, a coding in HTTP/1.0, a length that is not 1
/// to 19 plain digits or beyond 2^63 - 1, and codings that do not end with `chunked`;
/// NotImplemented for other codings below `chunked`.
[[nodiscard]] Checked<DeclaredBody> read_declared_body(const Head& head);

/// Sets `framing` and `content_length` of the head. Never fails: a request without either field has
/// no body.
void frame_request(RequestHead& head, const DeclaredBody& declared);

/// The same for the answer to a request of that method.
/// Errors: Malformed for a 1xx or 204 with Transfer-Encoding or a length other than 0.
[[nodiscard]] Checked<void> frame_response(ResponseHead& head, const DeclaredBody& declared,
                                           Method request_method);

}  // namespace fastgate::http
