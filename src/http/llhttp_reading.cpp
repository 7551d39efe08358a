#include "http/llhttp_reading.h"

#include <algorithm>

#include <llhttp.h>

#include "http/characters.h"

namespace fastgate::http {
namespace {

constexpr int kStop = -1;

/// What the callbacks compare with, and how far they are.
struct Reading {
  const Head* head = nullptr;
  std::string_view start_text;  ///< the target or the reason
  std::size_t field = 0;        ///< index of the next field name
  FieldList::Span named{};      ///< the field whose value comes next; none has an empty name
  bool headers_complete = false;
};

Reading& reading_of(llhttp_t* parser) {
  return *static_cast<Reading*>(parser->data);
}

int on_start_text(llhttp_t* parser, const char* at, std::size_t length) {
  const std::string_view ours = reading_of(parser).start_text;
  const bool same = length == ours.size() && (at == ours.data() || length == 0);
  return same ? 0 : kStop;
}

int on_header_field(llhttp_t* parser, const char* at, std::size_t length) {
  Reading& reading = reading_of(parser);
  if (reading.field == reading.head->fields.size()) return kStop;
  reading.named = reading.head->fields.span_at(reading.field++);
  const bool same = at == reading.head->text.data() + reading.named.name_offset &&
                    length == reading.named.name_length;
  return same ? 0 : kStop;
}

/// llhttp keeps the white space behind a value, so the start and the end of the line are compared.
int on_header_value(llhttp_t* parser, const char* at, std::size_t length) {
  const Reading& reading = reading_of(parser);
  const FieldList::Span& ours = reading.named;
  if (ours.name_length == 0) return kStop;
  if (ours.value_length == 0 && length == 0) return 0;
  const bool same = at == reading.head->text.data() + ours.value_offset &&
                    length >= ours.value_length && at[length] == '\r';
  return same ? 0 : kStop;
}

int on_headers_complete(llhttp_t* parser) {
  reading_of(parser).headers_complete = true;
  return HPE_PAUSED;
}

constexpr llhttp_settings_t make_settings(llhttp_type type) {
  llhttp_settings_t settings{};
  (type == HTTP_REQUEST ? settings.on_url : settings.on_status) = on_start_text;
  settings.on_header_field = on_header_field;
  settings.on_header_value = on_header_value;
  settings.on_headers_complete = on_headers_complete;
  return settings;
}

constexpr llhttp_settings_t kRequestSettings = make_settings(HTTP_REQUEST);
constexpr llhttp_settings_t kResponseSettings = make_settings(HTTP_RESPONSE);

/// Whether llhttp may look into the value of a field. Names are not compared as fields.cpp does it,
/// so that a mistake there is found here.
bool is_looked_into(std::string_view name) {
  const auto begins = [name](char letter) { return (name.front() | 0x20) == letter; };
  switch (name.size()) {
    case std::string_view("upgrade").size():
      return begins('u');
    case std::string_view("connection").size():
    case std::string_view("content-length").size():
      return begins('c');
    case std::string_view("proxy-connection").size():
      return begins('p');
    case std::string_view("transfer-encoding").size():
      return begins('t');
    default:
      return false;
  }
}

/// The offset behind the line of a field.
std::size_t line_end(std::string_view text, const FieldList::Span& field) {
  std::size_t at = std::size_t{field.value_offset} + field.value_length;
  while (at < text.size() && is_blank(text[at])) ++at;
  return std::min(at + 2, text.size());
}

/// Gives llhttp the head from `begin` on, without the lines that need not be read.
bool read_head(llhttp_t& parser, std::size_t begin, LlhttpReads reads) {
  Reading& reading = reading_of(&parser);
  const std::string_view text = reading.head->text;
  const FieldList& fields = reading.head->fields;
  const std::size_t skippable = reads == LlhttpReads::Framing ? fields.size() : 0;
  for (std::size_t i = 0; i < skippable; ++i) {
    const FieldList::Span& span = fields.span_at(i);
    if (is_looked_into(text.substr(span.name_offset, span.name_length))) continue;
    if (span.name_offset < begin) return false;
    const std::size_t length = span.name_offset - begin;
    if (length > 0 && llhttp_execute(&parser, text.data() + begin, length) != HPE_OK) return false;
    if (reading.field != i) return false;
    reading.field = i + 1;
    begin = i + 1 < fields.size() ? fields.span_at(i + 1).name_offset : line_end(text, span);
  }
  return llhttp_execute(&parser, text.data() + begin, text.size() - begin) == HPE_PAUSED;
}

Checked<void> compare(const llhttp_t& parser, const Head& head, const DeclaredBody& declared) {
  const auto& reading = *static_cast<const Reading*>(parser.data);
  const bool same_fields = reading.headers_complete && reading.field == head.fields.size() &&
                           parser.error_pos == head.text.data() + head.text.size();
  const bool chunked = declared.framing == BodyFraming::Chunked;
  const bool sized = declared.framing == BodyFraming::ContentLength;
  const bool same_framing = ((parser.flags & F_CHUNKED) != 0) == chunked &&
                            ((parser.flags & F_TRANSFER_ENCODING) != 0) == chunked &&
                            ((parser.flags & F_CONTENT_LENGTH) != 0) == sized &&
                            (!sized || parser.content_length == declared.content_length);
  const bool same_version = parser.http_major == 1 && parser.http_minor == head.minor_version;
  if (!same_fields || !same_framing || !same_version) {
    return malformed("the head can be read in more than one way");
  }
  return {};
}

}  // namespace

Checked<void> confirm_by_llhttp(const RequestHead& head, const DeclaredBody& declared,
                                LlhttpReads reads) {
  Reading reading{.head = &head, .start_text = head.target()};
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &kRequestSettings);
  parser.data = &reading;
  std::size_t begin = 0;
  if (head.method == Method::Other) {
    constexpr std::string_view kNeutral = "POST";
    if (llhttp_execute(&parser, kNeutral.data(), kNeutral.size()) != HPE_OK) {
      return malformed("the method cannot be read");
    }
    begin = head.method_length;
  }
  if (!read_head(parser, begin, reads)) return malformed("the head breaks HTTP's grammar");
  return compare(parser, head, declared);
}

Checked<void> confirm_by_llhttp(const ResponseHead& head, const DeclaredBody& declared,
                                LlhttpReads reads) {
  Reading reading{.head = &head, .start_text = head.reason()};
  llhttp_t parser;
  llhttp_init(&parser, HTTP_RESPONSE, &kResponseSettings);
  parser.data = &reading;
  if (!read_head(parser, 0, reads)) return malformed("the head breaks HTTP's grammar");
  if (parser.status_code != head.status) return malformed("the status can be read in two ways");
  return compare(parser, head, declared);
}

}  // namespace fastgate::http
