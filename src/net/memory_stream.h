/// A pair of streams joined in memory, for tests that need no socket: same rules, same reports.
#pragma once

#include <memory>
#include <utility>

#include "net/loop.h"
#include "net/stream.h"

namespace fastgate::net {

struct MemoryStreamOptions {
  std::size_t capacity =
      64 * 1024;  ///< bytes in flight in one direction before write() leaves some pending
};

/// Bytes written to one come out of the other in later turns of the loop (never from inside
/// write()).
[[nodiscard]] std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_memory_streams(
    Loop& loop, MemoryStreamOptions options = {});

}  // namespace fastgate::net
