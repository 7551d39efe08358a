#include "http/body_framing.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"

namespace fastgate::http {
namespace {

constexpr std::size_t kMaxLengthDigits = 19;

Checked<std::uint64_t> read_length(std::string_view value) {
  if (value.empty() || value.size() > kMaxLengthDigits || !std::ranges::all_of(value, is_digit)) {
    return malformed("Content-Length is not a plain number");
  }
  std::uint64_t length = 0;
  for (const char c : value) length = length * 10 + static_cast<std::uint64_t>(c - '0');
  if (length > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return malformed("Content-Length is too large");
  }
  return length;
}

/// Only a lone `chunked` is forwarded, so no other reader can find another coding in the value.
std::optional<Fault> check_coding(std::string_view value) {
  if (equals_ignoring_case(value, "chunked")) return std::nullopt;
  constexpr Fault kUnknownLength{ErrorKind::Malformed, "Transfer-Encoding is not chunked"};
  const std::size_t comma = value.rfind(',');
  if (comma == std::string_view::npos) return kUnknownLength;
  if (!equals_ignoring_case(trim(value.substr(comma + 1)), "chunked")) return kUnknownLength;
  std::string_view others = value.substr(0, comma);
  bool any = false;
  while (const auto coding = next_list_element(others)) {
    if (equals_ignoring_case(*coding, "chunked")) return kUnknownLength;
    any = true;
  }
  if (!any) return kUnknownLength;
  return Fault{ErrorKind::NotImplemented, "a transfer coding other than chunked"};
}

}  // namespace

Checked<DeclaredBody> read_declared_body(const Head& head) {
  constexpr FieldIdSet kFraming(FieldId::ContentLength, FieldId::TransferEncoding);
  if (!head.fields.contains_any(kFraming)) return DeclaredBody{};
  std::size_t lengths = 0;
  std::size_t codings = 0;
  std::string_view length;
  std::string_view coding;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (head.fields.id_at(i) == FieldId::ContentLength) {
      ++lengths;
      length = head.field(i).value;
    } else if (head.fields.id_at(i) == FieldId::TransferEncoding) {
      ++codings;
      coding = head.field(i).value;
    }
  }
  if (lengths > 0 && codings > 0) return malformed("both Content-Length and Transfer-Encoding");
  if (lengths > 1) return malformed("more than one Content-Length field");
  if (codings > 1) return malformed("more than one Transfer-Encoding field");
  if (codings == 1) {
    if (head.minor_version == 0) return malformed("Transfer-Encoding in HTTP/1.0");
    if (const auto fault = check_coding(coding)) return std::unexpected(*fault);
    return DeclaredBody{.framing = BodyFraming::Chunked};
  }
  if (lengths == 0) return DeclaredBody{};
  const Checked<std::uint64_t> value = read_length(length);
  if (!value) return std::unexpected(value.error());
  return DeclaredBody{.framing = BodyFraming::ContentLength, .content_length = *value};
}

void frame_request(RequestHead& head, const DeclaredBody& declared) {
  head.framing = declared.framing;
  head.content_length = declared.content_length;
}

Checked<void> frame_response(ResponseHead& head, const DeclaredBody& declared,
                             Method request_method) {
  const bool never_has_body = head.status < 200 || head.status == 204;
  if (never_has_body && (declared.framing == BodyFraming::Chunked || declared.content_length > 0)) {
    return malformed("a body is announced by a status that has none");
  }
  if (never_has_body || head.status == 304 || request_method == Method::Head) {
    head.framing = BodyFraming::None;
    return {};
  }
  head.framing = declared.framing == BodyFraming::None ? BodyFraming::UntilClose : declared.framing;
  head.content_length = declared.content_length;
  return {};
}

}  // namespace fastgate::http
