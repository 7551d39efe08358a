/// Timeouts by the ten thousand: arming and disarming cost a few instructions and no system call.
///
/// Nearly every timeout is moved or called off before its time, several times a request. So a timer
/// that is disarmed, or armed for later, stays in its slot, and the wheel puts it right when it
/// comes by: that touches no memory but the timer's own. One wheel a loop (the loop drives it by
/// one uv_timer), or driven by hand in tests. Single-threaded.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace fastgate::net {

class TimerWheel;

/// One timeout, a member of the object that waits. 40 bytes; disarms itself when destroyed. Never
/// fires early; fires at most TimerWheel::kTick late (and the turn's length).
class Timer {
 public:
  using Callback = void (*)(void* owner);
  Timer() = default;
  ~Timer() { unlink(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Arms (again) to call `Method` of `owner` once after `delay`. The owner may destroy the timer
  /// in it. `wheel` is the same in all calls. A delay of more than 390 days counts as that.
  template <auto Method, class Owner>
  void arm(TimerWheel& wheel, std::chrono::nanoseconds delay, Owner* owner) {
    arm_raw(wheel, delay, [](void* o) { (static_cast<Owner*>(o)->*Method)(); }, owner);
  }
  void disarm() { callback_ = nullptr; }
  [[nodiscard]] bool is_armed() const { return callback_ != nullptr; }

 private:
  friend class TimerWheel;
  void arm_raw(TimerWheel& wheel, std::chrono::nanoseconds delay, Callback callback, void* owner);
  void link_before(Timer** place);
  void unlink();
  Timer* next_ = nullptr;
  Timer** link_ = nullptr;       ///< what points at this timer; null: it is in no slot
  Callback callback_ = nullptr;  ///< null: disarmed
  void* owner_ = nullptr;
  // The low halves of two ticks, which are near the wheel's own: TimerWheel::whole().
  std::uint32_t slot_tick_ = 0;  ///< of the slot that it is in: at or before due_tick_
  std::uint32_t due_tick_ = 0;
};

/// Slots of kTick; timers beyond one turn of the wheel stay in their slot until their round comes.
class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{16};
  static constexpr std::size_t kSlots = 1024;

  explicit TimerWheel(MonotonicTime start);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Fires everything due at `now`, in order of due time; timers armed meanwhile wait for the next
  /// call.
  void advance(MonotonicTime now);
  /// When advance() should be called next at the latest; MonotonicTime::max() if no slot holds a
  /// timer. May be early (a timer of a later round, or one that was moved or disarmed), never late.
  [[nodiscard]] MonotonicTime next_due() const;
  /// Called after an arm that is due before every wake-up asked for so far: lets the loop move its
  /// own. A disarmed timer leaves its wake-up standing.
  void set_wakeup(void (*wakeup)(void*), void* context);
  /// The wheel's idea of now: what delays count from. Set by the loop once a turn.
  void set_now(MonotonicTime now) { now_ = now; }
  /// Asks `clock` for now instead at each arm: the loop reads its clock only in turns that need it.
  void set_clock(MonotonicTime (*clock)(void*), void* context);
  /// How many timers are armed. Complexity: linear in the timers; for tests.
  [[nodiscard]] std::size_t armed() const;

 private:
  friend class Timer;
  void arm(Timer& timer, std::chrono::nanoseconds delay);
  void put_in_slot(Timer& timer);
  [[nodiscard]] std::uint64_t tick_of(MonotonicTime time) const;
  /// The tick with this low half that is nearest to the current one.
  [[nodiscard]] std::uint64_t whole(std::uint32_t tick) const {
    const std::uint32_t distance = tick - static_cast<std::uint32_t>(current_tick_);
    return current_tick_ +
           static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(distance)});
  }
  Timer** collect_slot(std::size_t slot, std::uint64_t tick, Timer** tail);
  void collect_in_order(std::uint64_t first_tick, Timer** due);
  void collect_late(Timer** due);
  [[nodiscard]] std::uint64_t earliest_occupied() const;

  MonotonicTime start_;
  MonotonicTime now_;
  std::uint64_t current_tick_ = 0;
  std::array<Timer*, kSlots> slots_{};
  /// A bit a slot: it may hold a timer; cleared when the wheel comes by and finds none.
  std::array<std::uint64_t, kSlots / 64> occupied_{};
  std::uint64_t earliest_tick_ = UINT64_MAX;
  void (*wakeup_)(void*) = nullptr;
  void* wakeup_context_ = nullptr;
  MonotonicTime (*clock_)(void*) = nullptr;
  void* clock_context_ = nullptr;
};

}  // namespace fastgate::net
