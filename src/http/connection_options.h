/// What a head's Connection, Upgrade and Expect fields ask of this connection.
#pragma once

#include "http/fault.h"
#include "http/message.h"

namespace fastgate::http {

/// Sets keep_alive (RFC 9112 section 9.3), upgrade (RFC 9110 section 7.8) and expects_continue
/// (RFC 9110 section 10.1.1) of a head whose framing is known.
/// Form: `upgrade` only on HTTP/1.1, without a body, and for no other version of HTTP or TLS (h2c):
/// a tunnel to those would carry requests past the gateway.
/// Errors: ExpectationFailed for any expectation but 100-continue.
[[nodiscard]] Checked<void> read_connection_options(RequestHead& head);

/// Whether the protocols that a 101 names are among those that the request asked for (RFC 9110
/// section 15.2.2): a tunnel to another one was never looked at.
[[nodiscard]] bool is_asked_upgrade(const RequestHead& request, const ResponseHead& response);

/// Sets keep_alive and upgrade. A body that ends with the connection is never kept alive.
void read_connection_options(ResponseHead& head);

}  // namespace fastgate::http
