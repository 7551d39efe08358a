/// Collects the lines up to an empty one (a head, or a trailer section) from pieces of any size
/// into one string, and reads field lines out of it. Used by http1_parser only; single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/fault.h"
#include "http/fields.h"

namespace fastgate::http {

/// One field line taken apart.
struct FieldLine {
  FieldList::Span
      span;  ///< offsets into the section's text; the value without white space at its ends
  std::size_t end = 0;  ///< behind the line's LF
};

/// Reads the field line that begins at `start` of `text` and whose LF is in `text`.
/// Errors: Malformed unless it is a token, directly followed by a colon, then a value without
/// control characters but HTAB, then CRLF; so obs-fold, an empty name, bare CR and bare LF are
/// refused. HeadTooLarge for a name longer than a span can say. Source: RFC 9112 sections 2.2, 5.1
/// and 5.2.
[[nodiscard]] Checked<FieldLine> read_field_line(std::string_view text, std::size_t start);

/// Cuts the section out of the input. Complexity: each byte is looked at once and copied once,
/// however small the pieces are.
class LineSection {
 public:
  struct Taken {
    std::size_t consumed = 0;   ///< bytes of the input that were appended
    std::size_t lines_end = 0;  ///< offset in the text behind its last complete line
    bool ended = false;  ///< the last complete line is at most one byte and LF: the end, or a fault
    bool over_limit = false;  ///< the input goes on, but the section has `limit` bytes already
  };

  void begin() { read_ = 0; }
  /// Appends to `text` what belongs to the section, at most up to `limit` bytes in all.
  [[nodiscard]] Taken take(std::string& text, std::string_view input, std::size_t limit) const;

  /// Offset of the first line that was not read yet. The reader must read all complete lines
  /// between two calls of take().
  [[nodiscard]] std::size_t unread() const { return read_; }
  void advance_to(std::size_t offset) { read_ = static_cast<std::uint32_t>(offset); }

 private:
  std::uint32_t read_ = 0;
};

/// Whether the line at `start` is the empty line, CRLF. Needs a complete line there.
[[nodiscard]] inline bool is_empty_line(std::string_view text, std::size_t start) {
  return text[start] == '\r' && text[start + 1] == '\n';
}

}  // namespace fastgate::http
