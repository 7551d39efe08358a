#include "net/later_call.h"

namespace fastgate::net {

void LaterCall::disarm() {
  if (next_ == nullptr) return;
  next_->previous_ = previous_;
  previous_->next_ = next_;
  next_ = previous_ = nullptr;
}

LaterCalls::LaterCalls() {
  head_.next_ = head_.previous_ = &head_;
}

LaterCalls::~LaterCalls() {
  while (!is_empty()) head_.next_->disarm();
}

void LaterCalls::add(LaterCall& call, LaterCall::Callback callback, void* owner) {
  call.callback_ = callback;
  call.owner_ = owner;
  if (call.is_armed()) return;
  call.next_ = &head_;
  call.previous_ = head_.previous_;
  head_.previous_->next_ = &call;
  head_.previous_ = &call;
}

void LaterCalls::run() {
  if (is_empty()) return;
  LaterCalls now;
  now.head_.next_ = head_.next_;
  now.head_.previous_ = head_.previous_;
  now.head_.next_->previous_ = now.head_.previous_->next_ = &now.head_;
  head_.next_ = head_.previous_ = &head_;
  while (!now.is_empty()) {
    LaterCall& call = *now.head_.next_;
    call.disarm();
    call.callback_(call.owner_);
  }
}

}  // namespace fastgate::net
