/// Takes the chunk framing off a body (RFC 9112 section 7.1) without copying. Used by http1_parser
/// only.
///
/// A decoder of our own and not llhttp's: llhttp 8.1 neither bounds a size line nor checks
/// extensions (any byte up to CR passes), so every size line would have to be read here first in
/// any case, and what then remains is counting. The whole of it is one small table of states that
/// accepts the grammar of the RFC and nothing else; the tests compare it with llhttp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "http/fault.h"

namespace fastgate::http {

class ChunkedDecoder {
 public:
  /// Longest size line, from its first digit to its LF.
  static constexpr std::uint16_t kMaxLineLength = 4096;
  /// How many bytes of extensions a body may have beyond what its payload earns (16 and twice its
  /// size a chunk), so that a client can't make the gateway read for nothing.
  static constexpr std::uint32_t kMaxExtensionDebt = 16 * 1024;

  struct Step {
    std::size_t consumed = 0;
    bool last_chunk = false;  ///< the line of the last chunk is over; the trailer section follows
  };

  void begin() { *this = ChunkedDecoder(); }

  /// Appends views of payload to `pieces`. Consumes all of the input or up to the last chunk's
  /// line. Errors: Malformed for anything but 1 to 16 hex digits, extensions by the grammar, and
  /// CRLF; for sizes beyond 2^63 - 1; and beyond the limits above.
  [[nodiscard]] Checked<Step> feed(std::string_view input, std::vector<std::string_view>& pieces);

 private:
  enum class State : std::uint8_t {
    SizeBegin,  ///< before the first digit
    Size,
    AfterSize,  ///< white space before ';'
    NameBegin,  ///< behind ';'
    Name,
    AfterName,   ///< white space before '=' or ';'
    ValueBegin,  ///< behind '='
    Value,
    Quoted,
    QuotedPair,
    AfterQuoted,
    AfterValue,  ///< white space before ';'
    LineFeed,    ///< the LF of the size line
    Data,
    DataReturn,    ///< the CR behind the data
    DataLineFeed,  ///< its LF
  };

  /// Reads one byte of a size line. False: it may not stand there.
  [[nodiscard]] bool read_line_byte(char c);
  [[nodiscard]] bool read_size_byte(char c);
  [[nodiscard]] bool read_extension_byte(char c);
  /// Whether `c` ends a size, a name or a value.
  [[nodiscard]] bool read_separator(char c, State blank);
  [[nodiscard]] bool end_line();

  std::uint64_t left_ = 0;  ///< bytes of the chunk still to come; the size while it is read
  std::uint32_t extension_debt_ = 0;  ///< bytes, at most kMaxExtensionDebt and a line
  std::uint16_t line_length_ = 0;
  std::uint8_t digits_ = 0;
  State state_ = State::SizeBegin;
};

}  // namespace fastgate::http
