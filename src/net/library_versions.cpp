#include "net/library_versions.h"

#include <openssl/crypto.h>
#include <uv.h>

namespace fastgate::net {

std::string library_versions() {
  return std::string("libuv ") + uv_version_string() + ", " + OpenSSL_version(OPENSSL_VERSION);
}

}  // namespace fastgate::net
