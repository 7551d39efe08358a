/// The first line of a head. Used by http1_parser only.
#pragma once

#include <cstddef>

#include "http/fault.h"
#include "http/message.h"

namespace fastgate::http {

/// Longest method name that is forwarded.
inline constexpr std::size_t kMaxMethodLength = 32;

/// Reads the line at the start of `head.text`, which holds its LF, into `head`; gives the offset
/// behind it. Form: method SP target SP version CRLF, single spaces exactly; the target is visible
/// ASCII and is looked at no further. Errors: Malformed; VersionNotSupported for any other
/// `HTTP/x.y`; NotImplemented for CONNECT. Source: RFC 9112 section 3.
[[nodiscard]] Checked<std::size_t> read_request_line(RequestHead& head);

/// The same for a status line. Form: version SP three digits, then SP and a reason that may be
/// empty; the SP may be missing along with the reason, as some servers have it. Errors: Malformed.
/// Source: RFC 9112 section 4.
[[nodiscard]] Checked<std::size_t> read_status_line(ResponseHead& head);

}  // namespace fastgate::http
