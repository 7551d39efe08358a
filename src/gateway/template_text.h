/// Texts with placeholders: header values, body fields, `target_path`. Compiled once, rendered per
/// request.
#pragma once

#include <cstdint>
#include <span>
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
  const Captures* captures = nullptr;  ///< null: captures are empty
  std::string_view key_id;             ///< empty without a key
  std::string_view source_path;        ///< of the key; empty without one
};

/// How inserted values are made to fit where they come to stand; literals are never changed.
enum class Escape : std::uint8_t {
  None,    ///< as they are: the receiver escapes them itself
  Header,  ///< as they are, without the control characters that no field may hold
  Path,    ///< percent-encoded, slashes kept
  Json,    ///< as the inside of a JSON string
};

/// A text split into literals and placeholders: `{request_id}`, `{client_ip}`, `{key_id}`,
/// `{source_path}`, `{host}`, `{method}`, `{path}`, `{request_uri}` (path and query as they came),
/// `{client_certificate_subject}`, `{client_certificate_verify}` (as in the access log's variables)
/// and captures of the route's pattern by name (which go before all of these). `{{name}}` stands
/// for the text `{name}`. A `{` that opens no known name is literal text (JSON bodies are full of
/// them), except in target_path, where an unknown name is an error, and `{request_uri}` too.
class TemplateText {
 public:
  enum class Unknown : std::uint8_t { IsLiteral, IsError };
  /// A `{` at one of `literal_braces` (in order) opens nothing. Errors: Config, with the name that
  /// is unknown or cannot stand there.
  [[nodiscard]] static Result<TemplateText> parse(
      std::string_view text, const PathPattern& pattern, Unknown unknown,
      std::span<const std::uint32_t> literal_braces = {});
  /// Appends the text for one request.
  void append_to(std::string& out, const TemplateValues& values,
                 Escape escape = Escape::Header) const;
  /// Whether it is the same text for every request.
  [[nodiscard]] bool is_constant() const { return !has_placeholder_; }
  /// Whether it needs the pattern's captures.
  [[nodiscard]] bool has_capture() const { return has_capture_; }
  bool operator==(const TemplateText&) const = default;
  /// Equal texts have equal hashes.
  [[nodiscard]] std::size_t hash() const;

 private:
  struct Part {
    enum class Kind : std::uint8_t {
      Literal,
      RequestId,
      ClientIp,
      KeyId,
      SourcePath,
      Host,
      Method,
      Path,
      RequestUri,
      CertificateSubject,
      CertificateVerify,
      Capture
    };
    Kind kind = Kind::Literal;
    std::string text;  ///< the literal, or the capture's name
    bool operator==(const Part&) const = default;
  };
  /// What stands at a `{`.
  struct Opening {
    std::size_t length = 0;  ///< of the whole placeholder; 0: no known one begins here
    std::string_view name;
    Part part;
  };
  [[nodiscard]] static Opening read_opening(std::string_view text, const PathPattern& pattern);
  [[nodiscard]] static Part part_of(std::string_view name, const PathPattern& pattern);
  [[nodiscard]] Result<void> add_text(std::string_view text, const PathPattern& pattern,
                                      Unknown unknown);
  void add_literal(std::string_view text);
  void add_placeholder(Part part);
  std::vector<Part> parts_;
  bool has_placeholder_ = false;
  bool has_capture_ = false;
};

/// Appends `text` percent-encoded where a path needs it (RFC 3986 section 3.3); slashes stay.
void append_path_encoded(std::string& out, std::string_view text);

}  // namespace fastgate::gateway
