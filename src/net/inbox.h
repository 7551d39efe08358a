/// The streams of a loop that have something to read in one turn: read in one go, then told of one
/// after the other.
///
/// What an owner does with its bytes takes far more code than a processor's nearest cache holds,
/// and so does the kernel's way of reading them. Done for one stream after the other, each runs
/// from that cache but the first; done by turns, each throws the other out. The same holds of what
/// requests and what answers take, so upstreams are told of together, and before the clients: the
/// connections and the memory that their answers free serve the requests of the same turn. Owned by
/// its Loop, on whose thread it is.
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "net/later_call.h"
#include "net/tcp_stream.h"

namespace fastgate::net {

class Loop;
class UvTcpStream;

/// What one read brought: bytes; or else nothing, the end (`failure` is 0), or a failure.
struct Arrival {
  std::string_view bytes;
  int failure = 0;  ///< errno

  [[nodiscard]] bool is_nothing() const { return failure == EAGAIN || failure == EINTR; }
};

class Inbox {
 public:
  /// Streams that are read in one go at most.
  static constexpr std::size_t kMostStreams = 64;
  /// What was read in one go is passed on once it is as long as this: the bytes of a large body are
  /// copied on while they are in a near cache.
  static constexpr std::size_t kReadTogether = 32 * 1024;

  explicit Inbox(Loop& loop) : loop_(loop) {}
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// `stream` has something to read, which waits for read_all(); that comes at once if as many wait
  /// as are read in one go, and may end the stream. Ignored while it waits already, or something is
  /// held of it.
  void add(UvTcpStream& stream);
  /// Whether add() leaves the reading for later.
  [[nodiscard]] bool has_room() const { return count_ + 1 < kMostStreams; }
  /// Reads all streams that were added, and tells them what came. Telling one of them may end,
  /// pause, or hand on any other: what had been read of one that is paused then is held.
  void read_all();

  /// Has what is held told in the next turn, of streams that are not paused then.
  void tell_held_later();
  /// The same now.
  void tell_held();

  /// `stream` ends; what had been read of it is dropped, as if it had come later.
  void forget(const UvTcpStream& stream);

 private:
  struct Reading {
    UvTcpStream* stream = nullptr;  ///< none: it ended, or was told
    PeerSide side{};
    Arrival arrival;  ///< its bytes are in the loop's read buffer
  };
  struct Held {
    UvTcpStream* stream = nullptr;
    std::string bytes;
    int failure = 0;
  };
  [[nodiscard]] std::size_t read_from(std::size_t first);
  void tell_side(PeerSide side, std::size_t begin, std::size_t end);
  void tell(Reading& reading);

  Loop& loop_;
  std::array<Reading, kMostStreams> readings_;
  std::size_t count_ = 0;
  std::vector<Held> held_;  ///< at most one a stream
  LaterCall telling_held_;
};

}  // namespace fastgate::net
