/// What a client connection needs only while a request is on its way or in hand, kept apart so that
/// an idle connection is small.
///
/// Lent by the worker's pool to one DownstreamConnection at a time; single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/http1_parser.h"
#include "net/timer_wheel.h"

namespace fastgate::proxy {

struct ConnectionWork {
  http::Http1RequestParser parser{http::ParserLimits{}};
  std::string backlog;            ///< pipelined bytes: below kMaxBacklog, and at most one read more
  net::Timer stall_timer;         ///< armed while the client owes reading
  std::uint64_t bytes_given = 0;  ///< to the stream since the work was taken
  std::uint64_t bytes_taken_seen = 0;  ///< by the client, when last looked at
  OptionalTime linger_end;             ///< when a lingering client that still sends is closed
};

/// One a worker; single-threaded.
class ConnectionWorkPool {
 public:
  /// Most kept for reuse; further ones are freed.
  static constexpr std::size_t kMaxIdle = 256;

  [[nodiscard]] std::unique_ptr<ConnectionWork> take() {
    if (idle_.empty()) return std::make_unique<ConnectionWork>();
    std::unique_ptr<ConnectionWork> work = std::move(idle_.back());
    idle_.pop_back();
    return work;
  }

  /// Takes back what is no longer used; null is nothing.
  void give_back(std::unique_ptr<ConnectionWork> work) {
    if (work == nullptr || idle_.size() >= kMaxIdle) return;
    work->stall_timer.disarm();
    work->backlog.clear();
    work->linger_end.reset();
    idle_.push_back(std::move(work));
  }

 private:
  std::vector<std::unique_ptr<ConnectionWork>> idle_;
};

}  // namespace fastgate::proxy
