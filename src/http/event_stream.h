/// Reads a text/event-stream or NDJSON body as it passes by: where events end, and how many there
/// are.
///
/// Beside an answer on its way to the client: it looks at the bytes and never holds them back.
/// Single-threaded.
#pragma once

#include <cstdint>
#include <string_view>

namespace fastgate::http {

/// How a stream's events end.
enum class EventForm : std::uint8_t {
  ServerSent,  ///< text/event-stream
  Lines,       ///< NDJSON and the like: every line that is not empty
};

/// Counts data events in any split of the stream. Source: WHATWG HTML, 9.2.6 (CR, LF and CRLF all
/// end a line; an event ends with an empty line and counts only if it has a `data` field).
class EventCounter {
 public:
  explicit EventCounter(EventForm form = EventForm::ServerSent) : form_(form) {}

  void feed(std::string_view bytes);
  [[nodiscard]] std::uint64_t data_events() const { return events_; }
  /// Whether the bytes so far end between two events: the only place for a keep-alive comment
  /// (which only EventForm::ServerSent knows).
  [[nodiscard]] bool at_boundary() const { return boundary_; }

 private:
  void end_line();
  /// Takes the next byte of a line whose field name is not decided yet.
  void read_name_byte(char c);

  std::uint64_t events_ = 0;
  EventForm form_;
  bool boundary_ = true;
  bool line_empty_ = true;
  bool event_has_data_ = false;
  bool last_was_cr_ = false;
  std::uint8_t field_match_ = 0;  ///< how many bytes of "data" the current line's name matched
  std::uint8_t mark_match_ = 0;   ///< how many bytes of the byte order mark the stream began with
};

/// Whether a Content-Type names a stream that is passed on event by event (text/event-stream,
/// application/x-ndjson, application/jsonl, application/stream+json).
[[nodiscard]] bool is_event_stream(std::string_view content_type);
/// How the events of such a stream end; Lines for every type but text/event-stream.
[[nodiscard]] EventForm event_form_of(std::string_view content_type);

}  // namespace fastgate::http
