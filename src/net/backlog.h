/// What a TCP stream needs only while the socket does not take all that is written, or after a
/// write failed. Owned by the stream; by libuv's request while one is under way at the stream's
/// end.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <uv.h>

#include "net/later_call.h"

namespace fastgate::net {

struct Backlog {
  explicit Backlog(std::size_t& all_backlogs) : count(all_backlogs) { ++count; }
  ~Backlog() { --count; }
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  std::size_t& count;  ///< of the loop's: Loop::streams_behind()
  uv_write_t request{};
  std::string sending;            ///< libuv reads it: not to be touched while sending_now > 0
  std::size_t sent = 0;           ///< bytes of `sending` that the socket took
  std::size_t sending_now = 0;    ///< bytes of `sending` behind `sent` that libuv works on
  std::string next;               ///< written meanwhile
  std::size_t lost = 0;           ///< bytes that never reached the socket, since it had failed
  int failure = 0;                ///< of a write, libuv's code
  LaterCall report;               ///< of that failure
  std::shared_ptr<bool> is_gone;  ///< where the stream's destructor leaves a note

  /// Bytes that libuv has not been given yet.
  [[nodiscard]] std::size_t waiting() const {
    return sending.size() - sent - sending_now + next.size();
  }
};

}  // namespace fastgate::net
