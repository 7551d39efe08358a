/// The beginning of an event stream that is held back until it is known whether an answer comes.
///
/// Owned by its Exchange while that is in HoldingBack; single-threaded. Step 12 of the request
/// path.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "http/event_stream.h"
#include "json/document.h"
#include "proxy/preamble_event.h"

namespace fastgate::proxy {

class Preamble {
 public:
  explicit Preamble(http::EventForm form) : form_(form) {}

  /// Keeps all the bytes and reads their events until one says something. Form: any split of the
  /// stream gives the same. Source: WHATWG HTML, 9.2.6.
  EventMeaning feed(std::span<const std::string_view> pieces, json::DocumentParser& parser);
  /// The stream has ended: an event without its empty line counts too.
  EventMeaning finish(json::DocumentParser& parser);

  /// What the last call found.
  [[nodiscard]] EventMeaning meaning() const { return meaning_; }
  /// All bytes so far, as they came.
  [[nodiscard]] std::string_view held() const { return held_; }

 private:
  void read_lines(json::DocumentParser& parser);
  void read_line(std::string_view line, json::DocumentParser& parser);
  void read_field(std::string_view line);
  void end_event(json::DocumentParser& parser);

  std::string held_;
  std::string event_;  ///< of the event that is being read
  std::string data_;
  std::size_t line_begin_ = 0;
  std::size_t scanned_ = 0;  ///< no line end stands between line_begin_ and here
  http::EventForm form_;
  EventMeaning meaning_ = EventMeaning::Nothing;
  bool last_was_cr_ = false;
};

}  // namespace fastgate::proxy
