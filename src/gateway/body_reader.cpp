#include "gateway/body_reader.h"

#include "base/text.h"
#include "gateway/body_decode.h"

namespace fastgate::gateway {
namespace {

/// Memory of a decoded body that is kept for the next one.
constexpr std::size_t kKeptSize = 256U << 10;
/// Bytes of a media type that are shown.
constexpr std::size_t kShownType = 64;

}  // namespace

bool is_json_media_type(std::string_view content_type) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  if (equals_ignoring_case(type, "application/json")) return true;
  constexpr std::string_view kSuffix = "+json";
  return type.size() > kSuffix.size() &&
         equals_ignoring_case(type.substr(type.size() - kSuffix.size()), kSuffix);
}

bool may_be_json(const http::Head& head) {
  const auto type = head.find(http::FieldId::ContentType);
  return !type || is_json_media_type(*type);
}

std::optional<std::string_view> named_model(const CollectedBody& body) {
  if (body.document == nullptr) return std::nullopt;
  std::optional<json::ValueView> model;
  for (const json::Member& member : body.document->root().members()) {
    // Some readers, Go's among them, take `Model` for `model`.
    if (!equals_ignoring_case(member.name, "model")) continue;
    if (model || member.name != "model") return std::nullopt;
    model = member.value;
  }
  if (!model || !model->is(json::Kind::String)) return std::nullopt;
  return model->string();
}

const CollectedBody& BodyReader::read(const http::Head& head, std::string_view bytes,
                                      std::size_t limit) {
  document_.reset();
  reason_.clear();
  if (decoded_.capacity() > kKeptSize) decoded_ = {};
  body_ = {.bytes = bytes, .document = nullptr, .reason = {}, .scratch = &scratch_};
  if (parse(head, limit)) {
    body_.document = &*document_;
  } else {
    body_.reason = reason_;
  }
  return body_;
}

bool BodyReader::parse(const http::Head& head, std::size_t limit) {
  std::string_view text = body_.bytes;
  const auto refuse = [this](std::string reason) {
    reason_ = std::move(reason);
    return false;
  };
  if (text.empty()) return refuse("is empty");
  const auto type = head.find(http::FieldId::ContentType);
  if (type && !is_json_media_type(*type)) {
    return refuse("has the media type '" + std::string(type->substr(0, kShownType)) +
                  "', not JSON");
  }
  const std::string_view coding = head.find(http::FieldId::ContentEncoding).value_or("");
  if (!is_identity_coding(coding)) {
    if (auto done = decode_body(coding, text, limit, decoded_); !done) {
      return refuse("cannot be decoded: " + done.error().text);
    }
    text = decoded_;
  }
  auto parsed = parser_.parse(text);
  if (!parsed) return refuse("is not JSON: " + parsed.error().text);
  if (!parsed->root().is(json::Kind::Object) && !parsed->root().is(json::Kind::Array)) {
    return refuse("is neither a JSON object nor an array");
  }
  document_ = *parsed;
  return true;
}

}  // namespace fastgate::gateway
