/// A connection that waits in a group's pool for its next request and watches for its own end.
#pragma once

#include <cstdint>
#include <memory>

#include "net/loop.h"
#include "net/stream.h"
#include "net/timer_wheel.h"

namespace fastgate::upstream {

class Group;

/// Owned by its Server's idle list, and without a connection by the group, which gives it the next
/// one. Any byte, end or failure while idle drops it: a server that speaks unasked cannot be
/// trusted with the next request.
class IdleConnection final : public net::StreamOwner, public net::Disposable {
 public:
  explicit IdleConnection(Group& group) : group_(group) {}
  /// Takes a connection to `server` that served `uses` requests, and watches it for so long.
  void wait(std::unique_ptr<net::Stream> stream, std::uint32_t server, std::uint32_t uses,
            net::TimerWheel& timers, std::chrono::milliseconds timeout);
  [[nodiscard]] std::unique_ptr<net::Stream> take_stream();
  [[nodiscard]] std::uint32_t uses() const { return uses_; }
  [[nodiscard]] std::uint32_t server() const { return server_; }
  [[nodiscard]] bool is_failed() const { return stream_->is_failed(); }

  void on_bytes(std::string_view bytes) override;
  void on_drained() override {}
  void on_end() override;
  void on_failed(Error error) override;

 private:
  void on_timeout();
  Group& group_;
  std::unique_ptr<net::Stream> stream_;
  net::Timer timer_;
  std::uint32_t server_ = 0;
  std::uint32_t uses_ = 0;
};

}  // namespace fastgate::upstream
