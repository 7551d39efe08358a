/// A collected request body made ready for body rules: content coding off, parsed once, whatever
/// the number of rules. Best kept by a worker and reused for every body; single-threaded. Between
/// steps 6 and 7 of the request path.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/body_match.h"
#include "http/message.h"
#include "json/document.h"
#include "json/schema.h"

namespace fastgate::gateway {

class BodyReader {
 public:
  /// The default of `inspect_limit`.
  static constexpr std::size_t kDefaultLimit = 8U << 20;

  /// `parser` must outlive it, and must not parse anything else while a result is in use.
  explicit BodyReader(json::DocumentParser& parser) : parser_(parser) {}

  /// The body with its document, or with the reason why there is none: an empty body, another media
  /// type than `application/json` or `…+json` (none at all counts as JSON), a content coding that
  /// is unknown, broken or too large inside, or malformed JSON. Never fails. Units: `limit` is the
  /// most bytes of a decoded body (`inspect_limit`). Lifetime: until the next read, or until the
  /// parser parses again; `bytes` must live as long.
  [[nodiscard]] const CollectedBody& read(const http::Head& head, std::string_view bytes,
                                          std::size_t limit = kDefaultLimit);

 private:
  [[nodiscard]] bool parse(const http::Head& head, std::size_t limit);

  json::DocumentParser& parser_;
  json::SchemaScratch scratch_;
  CollectedBody body_;
  std::optional<json::Document> document_;
  std::string decoded_;
  std::string reason_;
};

/// The model that the body asks for; nothing where it names none, or several, in any letter case:
/// of those a server may take another than the last. Lifetime: as the document.
[[nodiscard]] std::optional<std::string_view> named_model(const CollectedBody& body);

/// Whether a Content-Type value names JSON; parameters are passed over.
[[nodiscard]] bool is_json_media_type(std::string_view content_type);
/// Whether a body rule may fit the body, by the type that the head names: JSON or none. Uploads of
/// another type need not be read.
[[nodiscard]] bool may_be_json(const http::Head& head);

}  // namespace fastgate::gateway
