#include "upstream/idle_connection.h"

#include <utility>

#include "upstream/group.h"

namespace fastgate::upstream {

void IdleConnection::wait(std::unique_ptr<net::Stream> stream, std::uint32_t server,
                          std::uint32_t uses, net::TimerWheel& timers,
                          std::chrono::milliseconds timeout) {
  stream_ = std::move(stream);
  server_ = server;
  uses_ = uses;
  stream_->set_owner(this);
  stream_->resume_reading();
  timer_.arm<&IdleConnection::on_timeout>(timers, timeout, this);
}

std::unique_ptr<net::Stream> IdleConnection::take_stream() {
  timer_.disarm();
  return std::move(stream_);
}

void IdleConnection::on_bytes(std::string_view /*bytes*/) {
  group_.drop_idle(this);
}
void IdleConnection::on_end() {
  group_.drop_idle(this);
}
void IdleConnection::on_failed(Error /*error*/) {
  group_.drop_idle(this);
}
void IdleConnection::on_timeout() {
  group_.drop_idle(this);
}

}  // namespace fastgate::upstream
