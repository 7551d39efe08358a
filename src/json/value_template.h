/// A JSON text with `{placeholders}` inside its strings: the values of `add_body_fields`.
///
/// Compiled with the configuration, immutable, shared by all threads.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fastgate::json {

/// Form: any JSON value. `{name}` inside a string stands for a text given with every expansion, if
/// `name` is one of the known names, and `{{name}}` for the text `{name}`; all other braces stay as
/// they are. What is put in is escaped, so that no client's text can end the string it stands in.
class ValueTemplate {
 public:
  /// `names`: the placeholders that exist; their order is that of the texts in append_to.
  /// Errors: Config, if `json` is no JSON text.
  [[nodiscard]] static Result<ValueTemplate> compile(std::string_view json,
                                                     std::span<const std::string> names);

  /// Appends the text with every placeholder replaced. `texts[i]` stands for `names[i]`; missing
  /// ones are empty.
  void append_to(std::string& out, std::span<const std::string_view> texts) const;

  /// Whether `names[index]` occurs, so that the caller can spare itself the work of finding its
  /// text.
  [[nodiscard]] bool uses(std::size_t index) const;

 private:
  struct Part {
    std::string literal;  ///< before the placeholder
    std::size_t name_index = kNone;
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::vector<Part> parts_;
};

}  // namespace fastgate::json
