/// Buffers that all TLS streams of a loop share: each is used within one call only, so an idle TLS
/// connection holds none of its own.
#pragma once

#include <memory>
#include <string>

#include "net/loop.h"

namespace fastgate::net {

struct TlsScratch {
  /// Room for everything that one read of the transport can decrypt to: the read itself and a
  /// record begun by earlier ones.
  static constexpr std::size_t kPlainSize = Loop::kReadBufferSize + 20 * 1024;
  std::unique_ptr<char[]> plain = std::make_unique_for_overwrite<char[]>(kPlainSize);
  /// Small pieces are joined into one record here: each record costs its own head, tag and set-up.
  static constexpr std::size_t kRecordSize = 16 * 1024;
  std::unique_ptr<char[]> joined = std::make_unique_for_overwrite<char[]>(kRecordSize);
  std::string cipher;  ///< records on their way to the transport; empty between calls
};

}  // namespace fastgate::net
