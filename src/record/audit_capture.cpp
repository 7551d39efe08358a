#include "record/audit_capture.h"

#include <algorithm>

#include "base/text.h"
#include "config/secret_names.h"
#include "config/secret_query.h"
#include "json/utf8.h"
#include "json/writer.h"

namespace fastgate::record {
namespace {

/// Fields of a head that are kept: names are compared pair by pair.
constexpr std::size_t kMostFields = 256;
/// The longest event that is read for the merged message.
constexpr std::size_t kMostEvent = 1 << 20;

std::string_view content_type_of(const http::Head& head) {
  return head.find(http::FieldId::ContentType).value_or("");
}

bool is_same_name(const http::Field& a, const http::Field& b) {
  return a.id == b.id && (a.id != http::FieldId::Other || equals_ignoring_case(a.name, b.name));
}

/// Whether text in UTF-8, perhaps cut off within its last character; `size` is that of the whole
/// characters.
bool is_text(std::string_view bytes, std::size_t& size) {
  size = 0;
  while (size < bytes.size()) {
    const std::string_view rest = bytes.substr(size);
    if (rest.front() == '\0') return false;
    const std::size_t length = json::sequence_length(rest);
    if (length == 0) {
      constexpr std::size_t kLongestPart = 3;
      return rest.size() <= kLongestPart && static_cast<unsigned char>(rest.front()) >= 0xC2U;
    }
    size += length;
  }
  return true;
}

}  // namespace

void CapturedBody::begin(std::size_t most) {
  most_ = most;
  size_ = 0;
  kept_.clear();
}

void CapturedBody::add(std::string_view bytes) {
  if (most_ == 0) return;
  size_ += bytes.size();
  kept_.append(bytes.substr(0, most_ - kept_.size()));
}

void CapturedBody::drop() {
  most_ = 0;
  std::string().swap(kept_);
}

void CapturedBody::append_to(std::string& out, std::string_view content_type) const {
  std::size_t size = 0;
  if (is_text(kept_, size)) {
    out.append(kept_, 0, size);
    return;
  }
  out.append("[binary, ");
  append_decimal(out, size_);
  out.append(" bytes");
  if (!content_type.empty()) out.append(", ").append(content_type);
  out += ']';
}

void AuditCapture::begin(const config::AuditConfig& parts,
                         std::vector<std::string_view> secret_fields) {
  parts_ = parts;
  secret_fields_ = std::move(secret_fields);
  request_.begin(parts.request_body.count);
  response_.begin(parts.response_body.count);
  events_.reset();
  is_tunnel_ = false;
  reply_headers_.clear();
  reply_type_.clear();
}

void AuditCapture::begin_response(Answer answer, json::DocumentParser& parser) {
  is_tunnel_ = answer == Answer::Tunnel;
  if (answer != Answer::Events || !response_.is_on()) return;
  const auto most = static_cast<std::size_t>(parts_.response_body.count);
  events_.emplace(http::EventReader(kMostEvent), MessageMerge(parser, most));
}

void AuditCapture::add_response(std::span<const std::string_view> pieces) {
  if (is_tunnel_) return;
  for (const std::string_view piece : pieces) {
    if (events_) {
      events_->reader.feed(piece, [this](std::string_view data) { events_->merge.add(data); });
      // The stream itself is kept as long as it may be of another kind.
      if (events_->merge.is_recognised() && response_.is_on()) response_.drop();
    }
    response_.add(piece);
  }
}

void AuditCapture::reply(std::string_view content_type, const Fields& fields,
                         std::string_view body) {
  reply_type_ = content_type;
  response_.add(body);
  if (!parts_.headers) return;
  reply_headers_.clear();
  std::string scratch;
  json::JsonWriter writer(reply_headers_);
  writer.begin_object();
  if (!content_type.empty()) writer.key("Content-Type").value(content_type);
  for (const auto& [name, value] : fields) writer.key(name).value(shown(name, value, scratch));
  writer.end_object();
}

bool AuditCapture::is_secret(std::string_view name) const {
  return config::is_secret_name(name) ||
         std::ranges::any_of(secret_fields_, [&](std::string_view secret) {
           return equals_ignoring_case(secret, name);
         });
}

std::string_view AuditCapture::shown(std::string_view name, std::string_view value,
                                     std::string& scratch) const {
  return is_secret(name) ? config::kMask : config::mask_url(value, scratch);
}

/// Fields that came more than once are joined as a list (RFC 9110 section 5.3).
void AuditCapture::append_fields(std::string& out, const http::Head& head) const {
  const std::size_t count = std::min(head.fields.size(), kMostFields);
  std::string scratch;
  std::string joined;
  json::JsonWriter writer(out);
  writer.begin_object();
  for (std::size_t i = 0; i < count; ++i) {
    const http::Field field = head.field(i);
    bool came_before = false;
    for (std::size_t j = 0; j < i && !came_before; ++j) {
      came_before = is_same_name(head.field(j), field);
    }
    if (came_before) continue;
    joined = shown(field.name, field.value, scratch);
    for (std::size_t j = i + 1; j < count && joined != config::kMask; ++j) {
      const http::Field later = head.field(j);
      if (!is_same_name(later, field)) continue;
      joined.append(", ").append(shown(later.name, later.value, scratch));
    }
    writer.key(field.name).value(joined);
  }
  writer.end_object();
}

void AuditCapture::append_request_headers(std::string& out, const http::Head& head) const {
  if (parts_.headers) append_fields(out, head);
}

void AuditCapture::append_request_body(std::string& out, const http::Head& head) const {
  request_.append_to(out, content_type_of(head));
}

void AuditCapture::append_response_headers(std::string& out, const http::Head* head) const {
  if (!parts_.headers) return;
  if (head == nullptr) {
    out += reply_headers_;
  } else {
    append_fields(out, *head);
  }
}

void AuditCapture::append_response_body(std::string& out, const http::Head* head) const {
  if (events_ && events_->merge.is_recognised()) return events_->merge.append_body(out);
  response_.append_to(out,
                      head == nullptr ? std::string_view(reply_type_) : content_type_of(*head));
}

}  // namespace fastgate::record
