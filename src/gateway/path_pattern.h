/// One `match_path` (contract section 3): parse, match, captures, specificity.
/// Immutable after parse and shared by all workers. Step 4 of the request path (through PathTree)
/// and step 9, where the chosen route's captures are read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/regex.h"

namespace fastgate::gateway {

/// What a pattern took from one path. The values live as long as the matched path, the names as
/// long as the pattern. Reused from request to request.
struct Captures {
  static constexpr std::size_t kMax = 16;
  struct Named {
    std::string_view name;
    std::string_view value;
  };
  /// `{name}` segments, or the groups of a regular expression under their name or number, in order.
  std::vector<Named> named;
  std::string_view rest;  ///< what the last wildcard took (without the pattern's literal slash)
  void clear() {
    named.clear();
    rest = {};
  }
  /// Empty if there is none.
  [[nodiscard]] std::string_view find(std::string_view name) const;
};

/// Segments has captures, and maybe a wildcard behind them; Prefix is literal text and a wildcard.
enum class PatternKind : std::uint8_t { Exact, Segments, Prefix, Suffix, Regex };

/// One part between two slashes.
struct PatternSegment {
  std::string text;  ///< the literal, or the capture's name
  bool is_capture = false;
};

/// How a pattern of segments or a prefix ends.
enum class PatternTail : std::uint8_t {
  None,
  BelowSlash,  ///< `/*`: a slash, then anything or nothing
  AnyText,     ///< `/abc*`: the literal `abc`, then anything or nothing
};

class PathPattern {
 public:
  /// Most segments of one pattern: it bounds the depth of a look-up.
  static constexpr std::size_t kMaxSegments = 64;

  /// Every path: what `*` gives.
  PathPattern() = default;

  /// Forms (contract section 3): `/exact/path`; `/user/{id}` (any number of captures, may be mixed
  /// with a trailing wildcard); `/v1/*` and `/api/**` (all below, any depth, also with nothing
  /// behind the slash); `/v2*` (all that starts so); `*.json` (every path that ends so); `~REGEX`
  /// (`~*REGEX` without regard to case); `*`, `/*` and `/**` (every path). A capture takes a whole
  /// segment that is not empty. Errors: Config, saying what is wrong: empty or repeated capture
  /// names, names of the gateway's own placeholders, braces inside a segment, a `*` in the middle,
  /// dot segments, more than Captures::kMax captures or kMaxSegments segments, a bad regex.
  [[nodiscard]] static Result<PathPattern> parse(std::string_view text);

  /// Whether the whole of `path` (http::Target::match_path) fits; fills `captures` if it does.
  /// `scratch` is for regular expressions; without one each search makes its own.
  [[nodiscard]] bool match(std::string_view path, Captures& captures,
                           RegexScratch* scratch = nullptr) const;
  /// The same without captures.
  [[nodiscard]] bool matches(std::string_view path, RegexScratch* scratch = nullptr) const;

  [[nodiscard]] PatternKind kind() const { return kind_; }
  /// Orders patterns of equal priority, larger first: exact, then captures, then wildcards, then
  /// suffixes, then regular expressions; among alike by literal length, then by fewer captures.
  [[nodiscard]] std::uint32_t specificity() const;
  /// The literal text before the first wildcard or capture; what strip_path_prefix takes off.
  [[nodiscard]] std::string_view literal_prefix() const;
  [[nodiscard]] std::string_view text() const { return text_; }

  [[nodiscard]] bool has_capture(std::string_view name) const;
  /// In the order of Captures::named.
  [[nodiscard]] const std::vector<std::string>& capture_names() const { return capture_names_; }
  /// Whether Captures::rest means anything.
  [[nodiscard]] bool has_wildcard() const {
    return tail_ != PatternTail::None || kind_ == PatternKind::Suffix;
  }
  /// Of Exact, Segments and Prefix: the parts between slashes, without the one that a wildcard
  /// ends.
  [[nodiscard]] const std::vector<PatternSegment>& segments() const { return segments_; }
  [[nodiscard]] PatternTail tail() const { return tail_; }
  /// The literal that the wildcard follows (AnyText) or stands before (Suffix); else empty.
  [[nodiscard]] std::string_view wildcard_text() const { return wildcard_text_; }

 private:
  [[nodiscard]] Result<void> read_regex();
  [[nodiscard]] Result<void> read_suffix();
  [[nodiscard]] Result<void> read_segments();
  [[nodiscard]] Result<void> add_segment(std::string_view text);
  [[nodiscard]] Result<void> add_capture(std::string_view name);
  [[nodiscard]] bool match_segments(std::string_view path, Captures* captures) const;
  [[nodiscard]] bool match_regex(std::string_view path, Captures& captures,
                                 RegexScratch& scratch) const;

  std::string text_ = "*";
  PatternKind kind_ = PatternKind::Prefix;
  PatternTail tail_ = PatternTail::AnyText;
  std::vector<PatternSegment> segments_;
  std::string wildcard_text_;
  std::string prefix_;                      ///< literal text in front
  std::vector<std::string> capture_names_;  ///< of Regex: by group, from 1
  std::size_t literal_length_ = 0;
  std::optional<Regex> regex_;
};

}  // namespace fastgate::gateway
