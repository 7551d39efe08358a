/// A fresh key: what the admin API and `fastgate key create` make. The value exists here and in the
/// answer that shows it once, nowhere else.
#pragma once

#include <string>

#include "base/sha256.h"

namespace fastgate::gateway {

struct NewKey {
  std::string key_id;  ///< `fg_` + 12 hex digits; not derived from the value
  std::string value;   ///< `fg_` + 43 base64url characters of 32 secret random bytes
  Sha256 digest{};     ///< of the value

  /// From the system's secret generator. Contract section 4.
  [[nodiscard]] static NewKey make();
};

}  // namespace fastgate::gateway
