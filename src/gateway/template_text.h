/// Texts with placeholders: header values, body fields, `target_path`. Compiled once, rendered per request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gateway/path_pattern.h"
#include "gateway/request_facts.h"

namespace fastgate::gateway {

/// What placeholders may take their values from.
struct TemplateValues {
  const RequestFacts* facts = nullptr;
  const Captures* captures = nullptr;
  std::string_view key_id;       ///< empty without a key
  std::string_view source_path;  ///< of the key; empty without one
};

/// A text split into literals and placeholders: `{request_id}`, `{client_ip}`, `{key_id}`,
/// `{source_path}`, `{host}`, `{method}`, `{path}` and captures of the route's pattern by name. `{{`
/// and `}}` are literal braces; a `{` that opens no known name is literal text (JSON bodies are full of
/// them), except in target_path, where an unknown name is an error.
class TemplateText {
 public:
  enum class Unknown : std::uint8_t { IsLiteral, IsError };
  [[nodiscard]] static Result<TemplateText> parse(std::string_view text, const PathPattern& pattern,
                                                  Unknown unknown);
  /// Appends the text for one request. Values are inserted as they are; in header values, characters
  /// that may not stand there are dropped.
  void append_to(std::string& out, const TemplateValues& values) const;
  [[nodiscard]] bool is_constant() const { return parts_.size() <= 1 && !has_placeholder_; }

 private:
  struct Part {
    enum class Kind : std::uint8_t { Literal, RequestId, ClientIp, KeyId, SourcePath, Host, Method, Path, Capture };
    Kind kind = Kind::Literal;
    std::string text;  ///< the literal, or the capture's name
  };
  std::vector<Part> parts_;
  bool has_placeholder_ = false;
};

}  // namespace fastgate::gateway
