#include "net/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace fastgate::net {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t kTickLength = nanoseconds(TimerWheel::kTick).count();
// The low half of a tick tells it within 2^31 ticks, 397 days; nothing waits longer than this.
constexpr nanoseconds kMaxDelay = std::chrono::hours(24 * 390);
constexpr std::size_t kWordBits = 64;

std::size_t slot_of(std::uint64_t tick) {
  return tick % TimerWheel::kSlots;
}

}  // namespace

void Timer::arm_raw(TimerWheel& wheel, nanoseconds delay, Callback callback, void* owner) {
  callback_ = callback;
  owner_ = owner;
  wheel.arm(*this, delay);
}

void Timer::link_before(Timer** place) {
  next_ = *place;
  if (next_ != nullptr) next_->link_ = &next_;
  *place = this;
  link_ = place;
}

void Timer::unlink() {
  if (link_ == nullptr) return;
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  link_ = nullptr;
}

TimerWheel::TimerWheel(MonotonicTime start) : start_(start), now_(start) {}

/// Disarmed timers may still be in their slots.
TimerWheel::~TimerWheel() {
  for (Timer* const& first : slots_) {
    while (first != nullptr) first->unlink();
  }
}

std::size_t TimerWheel::armed() const {
  std::size_t count = 0;
  for (const Timer* timer : slots_) {
    for (; timer != nullptr; timer = timer->next_) count += timer->is_armed() ? 1 : 0;
  }
  return count;
}

void TimerWheel::set_wakeup(void (*wakeup)(void*), void* context) {
  wakeup_ = wakeup;
  wakeup_context_ = context;
}

void TimerWheel::set_clock(MonotonicTime (*clock)(void*), void* context) {
  clock_ = clock;
  clock_context_ = context;
}

std::uint64_t TimerWheel::tick_of(MonotonicTime time) const {
  const auto passed = time - start_;
  return passed.count() <= 0 ? 0 : static_cast<std::uint64_t>(passed.count()) / kTickLength;
}

void TimerWheel::arm(Timer& timer, nanoseconds delay) {
  const MonotonicTime now = clock_ != nullptr ? clock_(clock_context_) : now_;
  // An empty wheel may have stood still for long; from here on its slots count from now.
  if (earliest_tick_ == UINT64_MAX) current_tick_ = std::max(current_tick_, tick_of(now));
  const MonotonicTime due = now + std::clamp(delay, nanoseconds(0), kMaxDelay);
  // Rounded up, so that no timer fires early.
  const std::uint64_t tick =
      std::max(tick_of(due + nanoseconds(kTickLength - 1)), current_tick_ + 1);
  timer.due_tick_ = static_cast<std::uint32_t>(tick);
  // The wheel comes by in time, and moves it on.
  if (timer.link_ != nullptr && whole(timer.slot_tick_) <= tick) return;
  timer.unlink();
  put_in_slot(timer);
  if (tick >= earliest_tick_) return;
  earliest_tick_ = tick;
  if (wakeup_ != nullptr) wakeup_(wakeup_context_);
}

void TimerWheel::put_in_slot(Timer& timer) {
  timer.slot_tick_ = timer.due_tick_;
  const std::size_t slot = slot_of(timer.slot_tick_);
  timer.link_before(&slots_[slot]);
  occupied_[slot / kWordBits] |= std::uint64_t{1} << (slot % kWordBits);
}

MonotonicTime TimerWheel::next_due() const {
  if (earliest_tick_ == UINT64_MAX) return MonotonicTime::max();
  return start_ + nanoseconds(earliest_tick_ * kTickLength);
}

void TimerWheel::advance(MonotonicTime now) {
  now_ = now;
  const std::uint64_t target = tick_of(now);
  if (target <= current_tick_) return;
  const std::uint64_t previous = current_tick_;
  current_tick_ = target;
  if (target < earliest_tick_) return;

  Timer* due = nullptr;
  if (target - previous < kSlots) {
    collect_in_order(previous + 1, &due);
  } else {
    collect_late(&due);
  }
  earliest_tick_ = earliest_occupied();
  // Each is unlinked before its call, so a call may disarm, arm or destroy any timer of the list.
  while (due != nullptr) {
    Timer& timer = *due;
    timer.unlink();
    if (!timer.is_armed()) continue;
    if (const std::uint64_t tick = whole(timer.due_tick_); tick > current_tick_) {
      put_in_slot(timer);
      earliest_tick_ = std::min(earliest_tick_, tick);
      continue;
    }
    const Timer::Callback callback = std::exchange(timer.callback_, nullptr);
    callback(timer.owner_);
  }
}

/// Moves what is due at `tick` out of a slot, in order of arming (a slot's list is the other way
/// round), behind `tail`, and what was armed for later meanwhile to its slot. Returns the new tail.
Timer** TimerWheel::collect_slot(std::size_t slot, std::uint64_t tick, Timer** tail) {
  Timer** end = tail;
  for (Timer* timer = slots_[slot]; timer != nullptr;) {
    Timer* const next = timer->next_;
    if (!timer->is_armed()) {
      timer->unlink();
    } else if (whole(timer->due_tick_) <= tick) {
      timer->unlink();
      timer->link_before(tail);
      if (end == tail) end = &timer->next_;
    } else if (whole(timer->slot_tick_) <= tick) {
      timer->unlink();
      put_in_slot(*timer);
    }
    timer = next;
  }
  if (slots_[slot] == nullptr) {
    occupied_[slot / kWordBits] &= ~(std::uint64_t{1} << (slot % kWordBits));
  }
  return end;
}

void TimerWheel::collect_in_order(std::uint64_t first_tick, Timer** due) {
  Timer** tail = due;
  for (std::uint64_t tick = first_tick; tick <= current_tick_; ++tick) {
    tail = collect_slot(slot_of(tick), tick, tail);
  }
}

/// After a pause longer than the wheel, slots no longer tell the order.
void TimerWheel::collect_late(Timer** due) {
  Timer** tail = due;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    tail = collect_slot(slot, current_tick_, tail);
  }
  struct Place {
    std::uint64_t due_tick = 0;
    std::size_t found = 0;  // among equals the first found stays first
    Timer* timer = nullptr;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> order;
  for (Timer* timer = *due; timer != nullptr; timer = timer->next_) {
    order.push_back({whole(timer->due_tick_), order.size(), timer});
  }
  std::ranges::sort(order);
  *due = nullptr;
  tail = due;
  for (const Place& place : order) {
    place.timer->link_before(tail);
    tail = &place.timer->next_;
  }
}

/// The tick of the next slot that holds anything; its entries may belong to a later round.
std::uint64_t TimerWheel::earliest_occupied() const {
  if (std::ranges::all_of(occupied_, [](std::uint64_t word) { return word == 0; })) {
    return UINT64_MAX;
  }
  for (std::uint64_t distance = 1; distance <= kSlots;) {
    const std::size_t slot = slot_of(current_tick_ + distance);
    const std::uint64_t word = occupied_[slot / kWordBits] >> (slot % kWordBits);
    if (word != 0) {
      return current_tick_ + distance + static_cast<std::uint64_t>(std::countr_zero(word));
    }
    distance += kWordBits - slot % kWordBits;
  }
  return current_tick_ + 1;
}

}  // namespace fastgate::net
