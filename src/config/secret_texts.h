/// What came through `${…}` in one load, kept for nothing but to be taken out of messages again.
///
/// Owned by the Diagnostics of a load, copied into the Config that came of it; never printed.
/// Single-threaded while it is filled, then read from any thread.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fastgate::config {

class SecretTexts {
 public:
  /// Values shorter than this are not looked for: they would hide every other word.
  static constexpr std::size_t kShortest = 4;
  /// A part of a value is hidden from so many bytes on: messages shorten and cut what they quote.
  static constexpr std::size_t kShortestPart = 6;

  /// A value that a substitution gave.
  void add(std::string_view value);

  /// The text with `***` in place of every value, and of every part of one that is kShortestPart
  /// long. Form: letters of either case are the same, as names are lowered on their way into a
  /// message; never splits a UTF-8 character. Complexity: linear in the text and in all values.
  [[nodiscard]] std::string masked(std::string text) const;
  /// The same for whole values only: for texts that are a client's as well.
  [[nodiscard]] std::string masked_whole(std::string text) const;

  [[nodiscard]] bool is_empty() const { return values_.empty(); }

 private:
  void mark_whole(std::string_view lower, std::vector<bool>& hidden) const;
  void mark_parts(std::string_view lower, std::vector<bool>& hidden) const;

  std::set<std::string, std::less<>> values_;  ///< in lower case
};

/// A message with `***` in place of each quoted part (between two `, ' or ") that is a part of
/// `secret`, however short. Form: letters of either case are the same; `…` at the end of a part
/// stands for what was cut off.
[[nodiscard]] std::string without_quotes_of(std::string_view secret, const std::string& message);

}  // namespace fastgate::config
