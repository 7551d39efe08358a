/// Regular expressions: route patterns (`~^/v[12]/`), header rules (`regex:`), JSON Schema's
/// `pattern`.
///
/// The one place that sees PCRE2. Patterns come from the configuration and are trusted to be meant
/// well; the text comes from clients and is hostile. So every search is bounded in steps, memory
/// and time, and none uses the machine's stack in proportion to the text. A Regex is immutable and
/// shared by all threads; the memory a search needs is a RegexScratch, one a thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;
struct pcre2_real_jit_stack_8;

namespace fastgate {

enum class RegexCase : std::uint8_t { Sensitive, Insensitive };

/// What one character is. Utf8 tolerates invalid text: no character matches at an invalid byte.
enum class RegexText : std::uint8_t { Bytes, Utf8 };

/// Perl: PCRE2's own syntax, for routes and headers. Ecma: JavaScript's meaning of `\u0041`,
/// `\u{1F600}`, `[]`, and of back references to unset groups, for JSON Schema.
enum class RegexSyntax : std::uint8_t { Perl, Ecma };

/// Search: a match may stand anywhere in the text. Full: it must be the whole text.
enum class RegexExtent : std::uint8_t { Search, Full };

struct RegexOptions {
  RegexCase letter_case = RegexCase::Sensitive;
  RegexText text = RegexText::Bytes;
  RegexSyntax syntax = RegexSyntax::Perl;
  RegexExtent extent = RegexExtent::Search;
};

/// LimitReached: the search was given up; callers treat it as no match and may say so.
enum class RegexOutcome : std::uint8_t { Match, NoMatch, LimitReached };

/// What the groups of one match took. Group 0 is the whole match.
/// Lifetime: the views are into the searched text.
class RegexCaptures {
 public:
  /// Groups that are kept: 0 to 31. A pattern may have more, their captures are not available.
  static constexpr std::size_t kMaxGroups = 32;

  [[nodiscard]] std::size_t size() const { return count_; }
  /// Nothing for a group that took no part in the match or is not kept.
  [[nodiscard]] std::optional<std::string_view> at(std::size_t group) const;

 private:
  friend class Regex;
  std::array<std::string_view, kMaxGroups> groups_{};  ///< data() is null where unset
  std::size_t count_ = 0;
};

/// The working memory of searches. One a thread, made once and reused; searches then do not
/// allocate.
class RegexScratch {
 public:
  RegexScratch();
  ~RegexScratch();
  RegexScratch(RegexScratch&&) noexcept;
  RegexScratch& operator=(RegexScratch&&) noexcept;

 private:
  friend class Regex;
  struct Free {
    void operator()(pcre2_real_match_data_8* data) const;
    void operator()(pcre2_real_match_context_8* context) const;
    void operator()(pcre2_real_jit_stack_8* stack) const;
  };
  std::unique_ptr<pcre2_real_match_data_8, Free> data_;
  std::unique_ptr<pcre2_real_match_context_8, Free> context_;
  std::unique_ptr<pcre2_real_jit_stack_8, Free> stack_;
};

/// A compiled pattern. `$` matches only at the very end (not before a last line break).
class Regex {
 public:
  /// Longest pattern, in bytes.
  static constexpr std::size_t kMaxPattern = 64U << 10;

  /// Compiles, to machine code where the system allows that, else for the interpreter.
  /// Errors: Config, with the pattern, the place in it and the reason.
  [[nodiscard]] static Result<Regex> compile(std::string_view pattern, RegexOptions options = {});
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  /// Searches `text`. Complexity: given up after about 0.1 s of hostile text, at any length.
  [[nodiscard]] RegexOutcome search(std::string_view text, RegexScratch& scratch) const;
  /// The same; on Match, `captures` says what the groups took, else it is empty.
  [[nodiscard]] RegexOutcome search(std::string_view text, RegexScratch& scratch,
                                    RegexCaptures& captures) const;
  [[nodiscard]] bool matches(std::string_view text, RegexScratch& scratch) const {
    return search(text, scratch) == RegexOutcome::Match;
  }
  /// With a scratch of its own: for start-up and tests, it allocates.
  [[nodiscard]] bool matches(std::string_view text) const;

  [[nodiscard]] const std::string& pattern() const { return pattern_; }
  /// Groups with parentheses, without group 0.
  [[nodiscard]] std::size_t group_count() const { return group_count_; }
  /// Names and numbers of the named groups, in order of the names.
  [[nodiscard]] const std::vector<std::pair<std::string, std::size_t>>& group_names() const {
    return names_;
  }

 private:
  struct Free {
    void operator()(pcre2_real_code_8* code) const;
  };
  Regex() = default;
  void read_facts();
  [[nodiscard]] int run(std::string_view text, RegexScratch& scratch) const;
  [[nodiscard]] int run_in_slices(std::string_view text, RegexScratch& scratch) const;

  std::unique_ptr<pcre2_real_code_8, Free> code_;
  std::string pattern_;
  std::vector<std::pair<std::string, std::size_t>> names_;
  std::size_t group_count_ = 0;
  bool is_anchored_ = false;  ///< only the text's first position can begin a match
};

}  // namespace fastgate
