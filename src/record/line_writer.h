/// Writes one log line straight into the memory of a batch, in the escapings that the logs know.
///
/// Lives as long as one line is written; single-threaded. Only in here is the text of lines made
/// from hostile values: none of the put_ functions for values ever writes a line break.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"

namespace fastgate::record {

/// Appends to `out`. While it lives, `out` belongs to it; afterwards `out` holds what was put.
class LineWriter {
 public:
  explicit LineWriter(std::string& out) : out_(out) { open(); }
  ~LineWriter() { close(); }
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Literals: what the gateway itself chose.
  void put(char c) {
    need(1);
    *at_++ = c;
  }
  void put(std::string_view text) {
    need(text.size());
    put_in_room(text);
  }
  void put_decimal(std::uint64_t value) {
    need(kLongestNumber);
    at_ = std::to_chars(at_, end_, value).ptr;
  }

  // Values.
  /// As nginx: `\xXX` for `"`, `\` and bytes below 32 or above 126.
  void put_escaped(std::string_view value);
  /// As a JSON string with its quotes.
  void put_json(std::string_view value);
  /// The same without the quotes.
  void put_json_text(std::string_view value);
  /// As append_log_value().
  void put_log_value(std::string_view value);

 private:
  static constexpr std::size_t kLongestNumber = 20;

  void open();
  void close();
  void grow(std::size_t size);
  void need(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) grow(size);
  }
  void put_in_room(std::string_view text) { at_ = put_text(at_, text); }
  void put_escape(char c);

  std::string& out_;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

/// Length of the run of harmless characters that `text` begins with: 32 to 126 without `"` and `\`.
/// Complexity: eight bytes a step.
[[nodiscard]] std::size_t harmless_length(std::string_view text);

}  // namespace fastgate::record
