/// Where the top-level members of a JSON text stand, byte by byte: what FieldPatch cuts along.
///
/// A strict scan of the whole text (RFC 8259 and UTF-8) that keeps positions instead of values. It
/// accepts what DocumentParser accepts, with a stack of its own of one bit a level.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fastgate::json {

/// One top-level member. All places are indices into the text.
struct MemberPlace {
  std::size_t name_begin = 0;  ///< the opening quote
  std::size_t name_end = 0;    ///< behind the closing quote
  std::size_t value_begin = 0;
  std::size_t value_end = 0;
};

/// Scans one text, member by member. Lifetime: uses the text it was made with.
/// Example: `scanner.begin()`, then `scanner.next(place)` until it gives false.
class TextScanner {
 public:
  static constexpr std::size_t kMaxDepth = 512;

  explicit TextScanner(std::string_view text) : text_(text) {}

  /// Steps into the top-level object; gives the place behind its `{`. Errors: Malformed, also if
  /// the text is no object or not UTF-8.
  [[nodiscard]] Result<std::size_t> begin();
  /// Gives the next member. False at the end, when all of the text was found well-formed.
  /// Errors: Malformed, with the place.
  [[nodiscard]] Result<bool> next(MemberPlace& place);

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space();
  bool skip_character(char c);
  bool skip_string();
  void skip_plain_words();
  bool skip_escape();
  bool skip_number();
  bool skip_digits();
  bool skip_word(std::string_view word);
  bool skip_scalar();
  bool skip_name_and_colon();
  bool skip_value();
  bool open(char bracket);
  bool close_all();
  [[nodiscard]] bool is_in_object() const;
  [[nodiscard]] std::unexpected<Error> malformed(std::string_view reason) const;

  std::string_view text_;
  std::size_t at_ = 0;
  bool is_first_ = true;
  std::size_t depth_ = 0;  ///< open brackets inside the member at hand
  std::array<std::uint64_t, kMaxDepth / 64> object_bits_{};
};

/// The content of a string token that was found well-formed, quotes included in `token`: a view
/// into it if nothing is escaped, else into `scratch`.
[[nodiscard]] std::string_view unescape(std::string_view token, std::string& scratch);

}  // namespace fastgate::json
