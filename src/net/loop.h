/// One libuv event loop and what every object on it shares. One Loop a thread; all methods but
/// post() are for that thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "net/later_call.h"
#include "net/timer_wheel.h"

struct uv_loop_s;

namespace fastgate::net {

class Inbox;
class Outbox;
struct TlsScratch;

/// Anything whose end may have to wait for a later turn of the loop.
class Disposable {
 public:
  virtual ~Disposable() = default;
};

class Loop {
  struct Passkey {};

 public:
  /// Size of the read buffer that all streams of the loop share: what one read of an upstream can
  /// bring. The larger, the fewer system calls and wake-ups a large answer takes.
  static constexpr std::size_t kReadBufferSize = 256 * 1024;
  /// What one read of a client can bring, and one of an upstream while kMostBehind streams are
  /// behind: the rest of a read is what somebody may have to hold.
  static constexpr std::size_t kShortRead = 64 * 1024;
  static constexpr std::size_t kMostBehind = 8;

  /// Errors: Io when the system has no descriptors or memory left.
  [[nodiscard]] static Result<std::unique_ptr<Loop>> make();
  explicit Loop(Passkey);
  /// All streams, timers and listeners must be gone; closes what libuv still holds and ends. A name
  /// that the system is looking up just now is waited for: libuv cannot break that off.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until stop().
  void run();
  /// Runs what is ready now without waiting (tests).
  void run_once_without_waiting();
  /// Runs one turn, waiting for at least one event (tests; the caller bounds the number of turns).
  void run_once();
  /// Makes run() return at the end of this turn. Any thread, through post(); or the loop's own.
  void stop();

  /// Runs `work` on the loop's thread in a later turn, in the order of the calls. Any thread; takes
  /// a lock for the length of a push. Work posted before the loop ends is run before it ends.
  void post(std::function<void()> work);

  /// Calls `Method` of `owner` in the next turn unless `call` is destroyed or disarmed before.
  /// Costs no system call and no allocation.
  template <auto Method, class Owner>
  void call_later(LaterCall& call, Owner* owner) {
    call_later_raw(call, [](void* o) { (static_cast<Owner*>(o)->*Method)(); }, owner);
  }

  /// Destroys `object` in a later turn: for objects that must end inside their own event.
  void dispose(std::unique_ptr<Disposable> object);

  /// Runs what was posted and destroys what was disposed of, as a later turn would have: for an
  /// owner that ends, before it ends what those use. Not while run() runs; a bounded number of
  /// rounds.
  void finish_pending();

  /// Time of this turn, read when first asked for after the loop waited (and after `refresh_time`):
  /// cheap enough for each request. Outside run() it is read each time.
  [[nodiscard]] MonotonicTime now() const;
  [[nodiscard]] WallTime wall_now() const;
  /// Counts the turns, from 0.
  [[nodiscard]] std::uint64_t turn() const;
  /// Reads the clocks now: for durations inside one turn.
  void refresh_time();

  [[nodiscard]] TimerWheel& timers() { return *timers_; }
  [[nodiscard]] uv_loop_s* uv() { return uv_.get(); }
  /// The read buffer shared by all streams of this loop: kReadBufferSize bytes. What a call is
  /// given a view of is valid until it returns.
  [[nodiscard]] char* read_buffer() { return read_buffer_.get(); }
  /// How many streams hold bytes that their sockets would not take. Counted by those.
  [[nodiscard]] std::size_t& streams_behind() { return streams_behind_; }
  /// What TLS streams decrypt into and encrypt into, shared likewise; made by the first of them.
  [[nodiscard]] TlsScratch& tls_scratch();
  /// Reads the streams that have something to read in this turn.
  [[nodiscard]] Inbox& inbox() { return *inbox_; }
  /// What streams write in this turn and send at its end.
  [[nodiscard]] Outbox& outbox() { return *outbox_; }

 private:
  void call_later_raw(LaterCall& call, LaterCall::Callback callback, void* owner);
  [[nodiscard]] int open();
  void run_in_mode(int mode);
  struct Parts;  // async handle, posted work, disposables
  std::unique_ptr<uv_loop_s> uv_;
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<TimerWheel> timers_;
  std::unique_ptr<char[]> read_buffer_;
  std::size_t streams_behind_ = 0;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<Outbox> outbox_;
};

}  // namespace fastgate::net
