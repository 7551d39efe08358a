/// How OpenSSL reads and writes records here: from a view of what the transport just brought, into
/// a string that goes to the transport whole. One method per TLS context, one BIO per stream.
#pragma once

#include <string>
#include <string_view>

#include "net/openssl.h"

namespace fastgate::net {

/// The two ends that a BIO stands between; the stream sets them for the length of a call.
struct TlsBuffers {
  std::string_view input;         ///< records not read yet
  std::string* output = nullptr;  ///< where records are appended
};

/// Errors: Config when memory is out.
[[nodiscard]] Result<BioMethodPtr> make_tls_bio_method();

/// Gives `ssl` a BIO over `buffers`, which must outlive it. False when memory is out.
[[nodiscard]] bool attach_tls_bio(SSL& ssl, const BIO_METHOD& method, TlsBuffers& buffers);

}  // namespace fastgate::net
