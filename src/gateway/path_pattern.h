/// One `match_path` (contract section 3): parse, match, captures, specificity.
/// Immutable after parse and shared by all workers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/regex.h"

namespace fastgate::gateway {

/// What a pattern took from one path. Views live as long as the matched path.
struct Captures {
  static constexpr std::size_t kMax = 16;
  struct Named {
    std::string_view name;
    std::string_view value;
  };
  std::vector<Named> named;  ///< `{name}` segments and `(?<name>…)` groups, in order
  std::string_view rest;     ///< what the last wildcard took (without the pattern's literal slash)
  void clear() { named.clear(); rest = {}; }
  [[nodiscard]] std::string_view find(std::string_view name) const;  ///< empty if there is none
};

enum class PatternKind : std::uint8_t { Exact, Segments, Prefix, Suffix, Regex };

class PathPattern {
 public:
  /// Forms (contract section 3): `/exact/path`; `/user/{id}` (any number of captures, may be mixed with
  /// a trailing wildcard); `/v1/*` and `/api/**` (all below, any depth, also with nothing behind the
  /// slash); `/v2*` (all that starts so); `*.json` (every path that ends so); `~REGEX`; `*`, `/*` and
  /// `/**` (every path). Errors: Config, saying what is wrong: empty or repeated capture names,
  /// braces inside a segment, a `*` in the middle, more than Captures::kMax captures, a bad regex.
  [[nodiscard]] static Result<PathPattern> parse(std::string_view text);

  /// Whether the whole of `path` (http::Target::match_path) fits; fills `captures` if it does.
  [[nodiscard]] bool match(std::string_view path, Captures& captures) const;
  /// The same without captures.
  [[nodiscard]] bool matches(std::string_view path) const;

  [[nodiscard]] PatternKind kind() const;
  /// Orders patterns of equal priority, larger first: exact, then by literal length and captures,
  /// then wildcards, then suffixes, then regular expressions.
  [[nodiscard]] std::uint32_t specificity() const;
  /// The literal text before the first wildcard or capture; what strip_path_prefix takes off.
  [[nodiscard]] std::string_view literal_prefix() const;
  [[nodiscard]] std::string_view text() const;
};

}  // namespace fastgate::gateway
