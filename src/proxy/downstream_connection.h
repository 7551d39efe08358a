/// One client connection: bytes into requests, one exchange at a time, keep-alive, timers.
///
/// Owned by its Worker's list; single-threaded. Steps 2 and 15 of the request path.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "net/loop.h"
#include "net/stream.h"
#include "net/timer_wheel.h"
#include "proxy/connection_work.h"
#include "proxy/exchange_owner.h"
#include "proxy/worker_context.h"

namespace fastgate::proxy {

class DownstreamConnection final : public net::StreamOwner, public ExchangeOwner {
 public:
  /// A closing connection reads on, so that the client can take the answer before a reset reaches
  /// it (RFC 9112 section 9.6): until nothing came for kLingerSilence, and for kLingerTime at most,
  /// as nginx does. Many clients send a whole upload before they look for an answer.
  static constexpr std::chrono::seconds kLingerSilence{5};
  static constexpr std::chrono::seconds kLingerTime{30};
  /// Bytes of further requests that are read while one is answered; then reading rests.
  static constexpr std::size_t kMaxBacklog = 16U << 10;
  /// While draining, an idle connection is given so long for a request that is on its way already.
  static constexpr std::chrono::milliseconds kDrainGrace{500};

  DownstreamConnection(WorkerContext& worker, std::unique_ptr<net::Stream> stream,
                       const ConnectionFacts& facts);
  ~DownstreamConnection() override;

  void start();
  /// The worker drains: the connection ends after the request in hand.
  void drain();
  /// The worker ends at once.
  void abort();
  /// Says "over capacity" and closes, in place of start(). Linger: what the client sends meanwhile
  /// is passed over, or a reset could reach it before the answer does. AtOnce: a
  /// client of TLS gets no answer.
  enum class Farewell : std::uint8_t { Linger, AtOnce };
  void turn_away(Farewell farewell);

  std::uint32_t slot = 0;  ///< its place in the keeper's list

  // StreamOwner
  void on_bytes(std::string_view bytes) override;
  void on_drained() override;
  void on_end() override;
  void on_failed(Error error) override;
  void on_clear_request(Error error) override;

  // ExchangeOwner
  void write(std::span<const std::string_view> pieces) override;
  void send_kept() override;
  [[nodiscard]] std::size_t pending() const override { return stream_->pending(); }
  [[nodiscard]] bool is_broken() const override { return stream_->is_failed(); }
  void report_when_flushed() override;
  void pause_request_body() override;
  void resume_request_body() override;
  void restart_body_time() override;
  void start_tunnel() override;
  void end_writing() override;
  [[nodiscard]] const ConnectionFacts& facts() const override { return facts_; }
  [[nodiscard]] const net::Stream& stream() const override { return *stream_; }
  void on_exchange_done(ExchangeEnd end) override;

 private:
  // An idle connection is 136 bytes: the smallest members stand behind `slot`, and fill its word.
  enum class State : std::uint8_t {
    Idle,        ///< between requests
    Head,        ///< a head is being read
    Exchange,    ///< a request is in hand; its body may still be on the way
    Discarding,  ///< answered; the rest of a short body is skipped
    Tunnel,
    Lingering,  ///< said its last; reads on for a while
    Closed,
  };
  State state_ = State::Idle;
  bool is_consuming_ = false;
  bool is_body_paused_ = false;
  bool is_held_back_ : 1 = false;  ///< reading is paused because of the backlog
  bool is_last_look_ : 1 = false;  ///< Idle for too long: closed unless something came meanwhile

  /// What the request in hand needs, taken from the pool if there is none yet.
  ConnectionWork& work() {
    if (work_ == nullptr) work_ = worker_.connection_work.take();
    return *work_;
  }
  /// Gives back what an idle connection does not need; not from inside of the parser's own calls.
  void rest() {
    if (!is_consuming_ && !holds_backlog()) worker_.connection_work.give_back(std::move(work_));
  }
  [[nodiscard]] bool holds_backlog() const { return work_ != nullptr && !work_->backlog.empty(); }
  [[nodiscard]] bool is_draining() const { return worker_.drain_state == DrainState::Draining; }
  [[nodiscard]] bool is_message_complete() const {
    return work_ == nullptr || work_->parser.message_complete();
  }
  void consume(std::string_view bytes);
  [[nodiscard]] std::string_view read_head(std::string_view bytes);
  [[nodiscard]] std::string_view read_body(std::string_view bytes);
  [[nodiscard]] std::string_view discard_body(std::string_view bytes);
  void open_exchange();
  void hold_back(std::string_view bytes);
  void go_on_with_backlog();
  void become_idle();
  void close_after_answer();
  void linger();
  void linger_on();
  void close_now();
  void say(const Error& error);
  void close_idle();
  void close_unless_taking(std::chrono::milliseconds wait);
  void on_timeout();
  void on_stall_check();
  void watch_for_stall();
  [[nodiscard]] const config::ServerConfig& settings() const;

  WorkerContext& worker_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<ConnectionWork> work_;  ///< null while Idle, and before the first byte
  net::Timer timer_;                      ///< of the state: head, body, idle, lingering
  ConnectionFacts facts_;
};

}  // namespace fastgate::proxy
