/// The TCP maker of Stream: libuv's handle and our state in one allocation. Owned like any Stream;
/// on its loop's thread. For this folder only; others see tcp_stream.h.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <uv.h>

#include "net/loop.h"
#include "net/stream.h"
#include "net/tcp_stream.h"

namespace fastgate::net {

struct Arrival;
struct Backlog;

class UvTcpStream final : public Stream {
 public:
  UvTcpStream(Loop& loop, PeerSide side);
  ~UvTcpStream() override;
  UvTcpStream(const UvTcpStream&) = delete;
  UvTcpStream& operator=(const UvTcpStream&) = delete;

  /// The object stands behind its uv_tcp_t in one block, which the close callback frees: libuv
  /// needs the handle for longer than the object lives.
  static void* operator new(std::size_t size);
  static void operator delete(void*) {}

  void start(StreamOwner* owner) override;
  void set_owner(StreamOwner* owner) override { owner_ = owner; }
  void pause_reading() override { is_paused_ = true; }
  void resume_reading() override;
  void write(std::span<const std::string_view> pieces) override;
  using Stream::write;
  void send_kept() override;
  [[nodiscard]] std::size_t pending() const override;
  void set_high_mark(std::size_t bytes) override;
  void end_writing() override;
  void reset_on_close() override;
  [[nodiscard]] bool is_failed() const override { return is_failed_; }
  [[nodiscard]] bool nothing_acknowledged_of_last(std::size_t length) const override;

  [[nodiscard]] PeerSide side() const {
    return is_upstream_ ? PeerSide::Upstream : PeerSide::Downstream;
  }
  [[nodiscard]] uv_tcp_t* handle() const;
  /// Lets libuv watch for bytes; they wait for start().
  void watch();

 private:
  friend class Inbox;
  friend class Outbox;

  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer);
  static void on_readable(uv_stream_t* handle, ssize_t count, const uv_buf_t* buffer);
  static void on_written(uv_write_t* request, int status);

  [[nodiscard]] Loop& loop() const;
  [[nodiscard]] int descriptor() const;
  [[nodiscard]] std::size_t read_size() const;
  [[nodiscard]] Arrival receive(std::span<char> room) const;
  void tell(Arrival arrival);
  void stop_watching();
  void report_end();
  void report_failed(int code);
  Backlog& backlog();
  [[nodiscard]] bool has_pending() const;
  void send(std::span<const std::string_view> pieces);
  std::size_t send_now(std::span<const std::string_view> pieces);
  void keep(std::span<const std::string_view> pieces, std::size_t skip);
  void send_backlog();
  void backlog_moved();
  void write_failed(int code);
  void report_write_failure();
  bool deliver_what_arrived(int code);
  void send_fin();

  StreamOwner* owner_ = nullptr;
  std::unique_ptr<Backlog> backlog_;  ///< only while bytes are pending, or after a failure
  std::uint32_t high_mark_ = UINT32_MAX;
  bool is_upstream_ : 1;
  bool is_paused_ : 1 = true;
  bool is_watching_ : 1 = false;    ///< libuv reads
  bool is_read_ended_ : 1 = false;  ///< on_end was reported
  bool is_above_mark_ : 1 = false;  ///< on_drained is owed
  bool is_in_inbox_ : 1 = false;    ///< the loop reads it in this turn
  bool is_held_ : 1 = false;        ///< the inbox holds what was read before a pause
  bool is_in_outbox_ : 1 = false;   ///< the loop sends some bytes at the end of the turn
  bool is_ending_ : 1 = false;      ///< end_writing() was asked
  bool is_fin_sent_ : 1 = false;
  bool is_resetting_ : 1 = false;  ///< reset_on_close() was asked
  bool is_failed_ : 1 = false;
  bool is_failure_reported_ : 1 = false;
  bool is_reset_ : 1 = false;  ///< failed by RST without a FIN before it
};

}  // namespace fastgate::net
