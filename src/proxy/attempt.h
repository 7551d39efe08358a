/// One try at one server: get a connection, send the request, read the answer.
///
/// A member of its Exchange, started anew for each try; single-threaded. Step 10 of the request
/// path.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/http1_parser.h"
#include "http/message.h"
#include "net/stream.h"
#include "upstream/group.h"

namespace fastgate::proxy {

/// What an attempt tells its exchange. Each call but on_answer_begins and on_interim_response is
/// the attempt's last act in that turn, so the owner may stop or start it again from inside.
class AttemptOwner {
 public:
  /// A connection is there: write the request with send(). Also called from inside start() when an
  /// idle connection was at hand.
  virtual void on_attempt_connected() = 0;
  /// An interim answer (1xx but 100 and 101); `head` is valid during the call.
  virtual void on_interim_response(const http::ResponseHead& head) = 0;
  /// The first bytes of an answer came; nothing of them is read yet.
  virtual void on_answer_begins() {}
  /// The answer's head, with what of the body came with it. The head stays valid until stop().
  virtual void on_response(std::span<const std::string_view> body, bool is_complete) = 0;
  virtual void on_response_body(std::span<const std::string_view> body, bool is_complete) = 0;
  /// Raw bytes after a 101.
  virtual void on_tunnel_bytes(std::string_view bytes) = 0;
  virtual void on_tunnel_end() = 0;
  /// The upstream's socket takes bytes again (see Stream::on_drained).
  virtual void on_upstream_drained() = 0;
  /// No connection, a broken one, or a malformed answer. Before or after on_response.
  virtual void on_attempt_failed(Error error) = 0;

 protected:
  ~AttemptOwner() = default;
};

/// Where an attempt goes.
struct AttemptTarget {
  upstream::Group* group = nullptr;  ///< the attempt's connection keeps it
  std::uint32_t server = 0;
  std::chrono::milliseconds connect_timeout{0};
  http::Method method = http::Method::Other;
  enum class Reuse : std::uint8_t { Allowed, FreshOnly } reuse = Reuse::Allowed;
  http::ParserLimits limits;  ///< of the answer's head
};

class Attempt final : public net::StreamOwner {
 public:
  /// Most interim answers of one attempt; more is a broken upstream.
  static constexpr std::uint32_t kMaxInterim = 32;

  /// `body_scratch` is filled with views during a call only; it may be shared by all attempts of a
  /// loop.
  Attempt(AttemptOwner& owner, net::Loop& loop, std::vector<std::string_view>& body_scratch);
  ~Attempt();

  /// Begins a try; none may run. `high_mark` is the stream's, in bytes. The owner may hear of the
  /// connection from inside.
  void start(const AttemptTarget& target, std::size_t high_mark);
  /// Bytes of the request. How many there were since start() is what nothing_taken() goes by.
  void send(std::span<const std::string_view> pieces);
  /// Whether the request was written to its end.
  enum class Request : std::uint8_t { Unfinished, Sent };
  /// Ends the attempt: the connection goes back to the pool if request and answer are whole, else
  /// it is closed.
  void stop(Request request);

  [[nodiscard]] bool is_running() const { return is_running_; }
  [[nodiscard]] bool was_reused() const { return was_reused_; }
  [[nodiscard]] std::size_t pending() const { return lease_ ? lease_.stream().pending() : 0; }
  /// Whether the server's kernel acknowledged no byte of the request (or none was written). Asked
  /// before stop(); true while no attempt runs.
  [[nodiscard]] bool nothing_taken() const;
  [[nodiscard]] const http::ResponseHead& response() const { return head_; }
  [[nodiscard]] std::string_view trailers() const { return parser_.trailers(); }
  [[nodiscard]] std::uint32_t server() const { return server_; }

  void pause_reading();
  void resume_reading();
  /// Ends the sending direction of a tunnel.
  void end_writing();

  void on_bytes(std::string_view bytes) override;
  void on_drained() override;
  void on_end() override;
  void on_failed(Error error) override;

 private:
  enum class Phase : std::uint8_t { Idle, Connecting, AwaitingHead, Body, Complete, Tunnel };
  void on_lease(upstream::Lease lease);
  void read_head(std::string_view bytes);
  void head_complete(std::string_view rest);
  void read_body(std::string_view bytes);
  void fail_with(Error error);

  AttemptOwner& owner_;
  net::Loop& loop_;
  std::vector<std::string_view>& body_scratch_;
  upstream::Lease lease_;
  std::unique_ptr<upstream::Connecting> connecting_;
  http::ResponseHead head_;
  http::Http1ResponseParser parser_;
  std::size_t high_mark_ = 0;
  std::size_t bytes_sent_ = 0;
  std::uint32_t server_ = 0;
  std::uint32_t interim_ = 0;
  http::Method method_ = http::Method::Other;
  Phase phase_ = Phase::Idle;
  bool is_running_ = false;
  bool was_reused_ = false;
  bool has_answer_begun_ = false;  ///< a byte of it came, so the request was taken
  bool has_extra_bytes_ = false;   ///< bytes after the answer's end: not to be reused
  bool upstream_ended_ = false;
};

}  // namespace fastgate::proxy
