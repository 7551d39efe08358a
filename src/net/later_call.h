/// A call that is made in the next turn of the loop, without a system call: how an object reports
/// something that it noticed inside a call of its owner. A member of the object that waits.
/// Single-threaded; Loop runs the list (loop.h), before the loop waits again.
#pragma once

namespace fastgate::net {

class LaterCalls;

/// One call to come. 32 bytes; disarms itself when destroyed.
class LaterCall {
 public:
  using Callback = void (*)(void* owner);
  LaterCall() = default;
  ~LaterCall() { disarm(); }
  LaterCall(const LaterCall&) = delete;
  LaterCall& operator=(const LaterCall&) = delete;

  void disarm();
  [[nodiscard]] bool is_armed() const { return next_ != nullptr; }

 private:
  friend class LaterCalls;
  LaterCall* next_ = nullptr;
  LaterCall* previous_ = nullptr;
  Callback callback_ = nullptr;
  void* owner_ = nullptr;
};

/// The calls of one loop in the order of arming.
class LaterCalls {
 public:
  LaterCalls();
  ~LaterCalls();
  LaterCalls(const LaterCalls&) = delete;
  LaterCalls& operator=(const LaterCalls&) = delete;

  /// Arms `call`; if it is armed already, its place in the order stays.
  void add(LaterCall& call, LaterCall::Callback callback, void* owner);
  /// Makes every call armed before; those armed meanwhile wait for the next time. A call may
  /// destroy itself or any other.
  void run();
  [[nodiscard]] bool is_empty() const { return head_.next_ == &head_; }

 private:
  LaterCall head_;  ///< of a ring
};

}  // namespace fastgate::net
