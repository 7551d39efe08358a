/// `${NAME}`, `${NAME:-default}` and `${file:PATH}` in scalars (contract section 2).
///
/// One Substitution a load: it keeps what it expanded, reads each file once, and bounds the whole.
/// Owned by config/load; single-threaded; reads files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/load.h"
#include "config/secret_texts.h"
#include "config/yaml_tree.h"

namespace fastgate::config {

struct Expanded {
  std::string_view text;
  bool is_substituted = false;  ///< some part came from outside the file
  /// Where in `text` a `{` stands that came from there, in order: it opens no placeholder.
  std::vector<std::uint32_t> literal_braces{};
};

class Substitution {
 public:
  /// Most bytes that all substitutions of one load may give.
  static constexpr std::size_t kMaxTotal = 64U << 20;
  /// Most bytes of one `${file:…}`.
  static constexpr std::size_t kMaxFile = 1U << 20;

  /// Both must outlive this object; `secrets` is told every value.
  Substitution(const Sources& sources, SecretTexts& secrets)
      : sources_(sources), secrets_(secrets) {}

  /// Expands one scalar; `folder` is where relative paths start ("" or ends with '/').
  /// Form: `$${` gives a literal `${`; one line end at the end of a file's content is cut; a
  /// default is used where the variable is unset or empty. Errors: Config, for an unset variable,
  /// an unreadable file, a broken `${`; the text names the variable or the path, never a value.
  /// Lifetime: the view lives as long as this object, or as `text` where nothing was expanded.
  [[nodiscard]] Result<Expanded> expand(std::string_view text, std::string_view folder);

 private:
  [[nodiscard]] Result<std::string> value_of(std::string_view expression, std::string_view folder);
  [[nodiscard]] Result<std::string> variable(std::string_view expression);
  [[nodiscard]] Result<std::string> file(std::string_view path, std::string_view folder);

  const Sources& sources_;
  SecretTexts& secrets_;
  std::map<std::string, std::string> file_contents_;
  std::size_t total_ = 0;
  TextArena arena_;
};

}  // namespace fastgate::config
