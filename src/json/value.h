/// Owned JSON values: the literals of a configuration (`match_body_schema`, `const`, `enum`).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "json/document.h"

namespace fastgate::json {

/// One immutable value that owns its memory (some 700 bytes for a short text). Read from any
/// thread.
class Value {
 public:
  /// Errors: Malformed, Overloaded. Depth and numbers as in DocumentParser.
  [[nodiscard]] static Result<Value> parse(std::string_view text);
  ~Value();
  Value(Value&&) noexcept;
  Value& operator=(Value&&) noexcept;

  /// Lifetime: as long as this value, also after it was moved.
  [[nodiscard]] ValueView view() const;

 private:
  explicit Value(std::unique_ptr<simdjson::dom::document> document);

  std::unique_ptr<simdjson::dom::document> document_;
};

/// Appends the value as compact JSON text: no spaces, members in their order (duplicates included),
/// numbers in the shortest spelling that reads back, strings with the fewest escapes.
void append_json(std::string& out, ValueView value);
[[nodiscard]] std::string to_json(ValueView value);

}  // namespace fastgate::json
