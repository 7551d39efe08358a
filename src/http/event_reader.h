/// Takes the events of a text/event-stream apart as it passes by: the data of each, whole.
///
/// For taps that read what events say; where only their number and ends matter, EventCounter is
/// cheaper. Single-threaded, bounded in memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fastgate::http {

/// Source: WHATWG HTML, 9.2.6. Comments and fields other than `data` are passed over.
class EventReader {
 public:
  /// Events whose data is longer than `most` bytes are passed over.
  explicit EventReader(std::size_t most) : most_(most) {}

  /// Calls `sink(std::string_view data)` for each event that ends within `bytes` and has data; its
  /// lines are joined by LF. The view is valid during the call.
  template <class Sink>
  void feed(std::string_view bytes, Sink&& sink) {
    while (!bytes.empty()) {
      if (!take(bytes)) continue;
      sink(std::string_view(data_));
      clear_event();
    }
  }
  /// The stream has ended: an event that only its last empty line is missing of is taken too.
  template <class Sink>
  void end(Sink&& sink) {
    if (!line_.empty()) static_cast<void>(end_line());
    if (has_data_ && !is_too_long_) sink(std::string_view(data_));
    clear_event();
  }

 private:
  /// Takes bytes off the front up to the end of a line at most. True: an event is whole.
  [[nodiscard]] bool take(std::string_view& bytes);
  [[nodiscard]] bool end_line();
  void read_line(std::string_view line);
  void clear_event();

  const std::size_t most_;
  std::string line_;  ///< the beginning of a line whose end has not come
  std::string data_;
  bool has_data_ = false;
  bool is_too_long_ = false;  ///< the event, or the line
  bool skips_line_feed_ = false;
  bool is_first_line_ = true;
};

}  // namespace fastgate::http
