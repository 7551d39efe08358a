/// What of the client's body was read: held for another try, or until a connection is there.
///
/// A member of its Exchange; single-threaded. Step 6 and one half of step 11 of the request path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"
#include "proxy/frame_body.h"

namespace fastgate::proxy {

class RequestBody {
 public:
  void reset();
  /// `content_length` is the client's; 0 without one.
  void begin(std::uint64_t content_length) { content_length_ = content_length; }
  /// At most so many bytes are held for another try once they were sent; beyond, the body can't be
  /// replayed. Bytes that were not sent yet are always held (the caller pauses the client).
  void set_replay_limit(std::size_t bytes) { replay_limit_ = bytes; }

  /// Whether the caller passes the pieces on to an attempt at once.
  enum class Sent : std::uint8_t { No, Yes };
  /// Counts, and holds a copy if that is needed.
  void add(const BodyPart& part, Sent sent);

  /// Everything held was written to the current attempt: what is too long for a replay is let go.
  void mark_sent();

  [[nodiscard]] bool is_complete() const { return is_complete_; }
  [[nodiscard]] bool is_replayable() const { return is_replayable_; }
  [[nodiscard]] std::string_view held() const { return held_; }
  [[nodiscard]] std::string_view trailers() const { return trailers_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] std::uint64_t content_length() const { return content_length_; }

  /// Nothing will be sent again: nothing more is held. Memory of usual size stays for the next
  /// request.
  void release();
  /// The same, and all memory goes: the exchange will go on for long.
  void release_memory();

 private:
  std::string held_;
  std::string trailers_;
  std::uint64_t received_ = 0;
  std::uint64_t content_length_ = 0;
  std::size_t replay_limit_ = 0;
  bool is_complete_ = false;
  bool is_replayable_ = true;
};

}  // namespace fastgate::proxy
