/// What a certificate says of itself, as nginx spells it. For this folder only.
#pragma once

#include <string>

#include "net/openssl.h"
#include "net/stream.h"

namespace fastgate::net {

/// Printable ASCII, whatever the certificate holds; "" when memory is out.
[[nodiscard]] std::string certificate_text(const X509& certificate, CertificateField field);

}  // namespace fastgate::net
