/// JSON Schema for request bodies: `match_body_schema` (contract section 3).
///
/// Drafts 2020-12 (the default) and draft-07 (by `$schema`). A Schema is compiled with the
/// configuration, immutable, and shared by all threads; the memory a match needs is a
/// SchemaScratch, one a worker. What is left out, and why, stands in schema_gaps.md beside this
/// file.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "json/document.h"

namespace fastgate::json {

/// Why a schema cannot be used, and where.
struct SchemaFault {
  std::string
      pointer;         ///< JSON pointer (RFC 6901) of the keyword at fault; empty: the whole schema
  std::string reason;  ///< for people
  /// "JSON Schema, at /properties/x/type: …"
  [[nodiscard]] std::string text() const;
};

/// LimitReached: the match was given up; a router treats it as no match and says so.
enum class MatchOutcome : std::uint8_t { Match, NoMatch, LimitReached };

/// Working memory of matches, reused from one to the next. Single-threaded; one a worker.
class SchemaScratch {
 public:
  SchemaScratch();
  ~SchemaScratch();
  SchemaScratch(SchemaScratch&&) noexcept;
  SchemaScratch& operator=(SchemaScratch&&) noexcept;

  /// After NoMatch: the JSON pointer, within the schema, of the keyword that did not hold, as
  /// "/properties/stream/const"; for `explain` and the debug log. Ask while the schema lives.
  [[nodiscard]] std::string failed_at() const;

 private:
  friend class Schema;
  friend class SchemaMatcher;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

struct CompiledSchema;

class Schema {
 public:
  /// Compiles the JSON text of a schema. Every keyword is either known or a fault, wherever it
  /// stands; `format` and the `content…` keywords are annotations, which do not decide a match.
  /// References lead to places within the schema only.
  [[nodiscard]] static std::expected<Schema, SchemaFault> compile(std::string_view json);
  ~Schema();
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;

  /// Whether `instance` is valid. Never fails otherwise; depth, steps and time of regular
  /// expressions are bounded, whatever the instance. Complexity: bounded by some 4 steps a value of
  /// the instance plus a million.
  [[nodiscard]] MatchOutcome match(ValueView instance, SchemaScratch& scratch) const;
  [[nodiscard]] bool matches(ValueView instance, SchemaScratch& scratch) const {
    return match(instance, scratch) == MatchOutcome::Match;
  }

 private:
  explicit Schema(std::unique_ptr<const CompiledSchema> compiled);
  std::unique_ptr<const CompiledSchema> compiled_;
};

/// Tells the two forms of `match_body_schema` apart: whether `rule` is to be read as a JSON Schema,
/// because it is a boolean or an object with `$schema` or any assertion or applicator keyword of
/// the supported drafts at its top. Otherwise it is the simple form: these fields equal these
/// values. Source: contract section 8.
[[nodiscard]] bool is_json_schema(ValueView rule);

}  // namespace fastgate::json
