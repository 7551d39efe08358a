#include "gateway/template_text.h"

#include <algorithm>

#include "base/text.h"
#include "gateway/text_hash.h"
#include "json/writer.h"

namespace fastgate::gateway {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

/// RFC 3986 section 3.3: pchar, and the slash between segments.
constexpr bool is_path_char(char c) {
  const char lower = to_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'z') ||
         std::string_view("-._~!$&'()*+,;=:@/").contains(c);
}

void append_header_safe(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\t') out.push_back(c);
  }
}

void append_escaped(std::string& out, std::string_view value, Escape escape) {
  switch (escape) {
    case Escape::None:
      out.append(value);
      break;
    case Escape::Header:
      append_header_safe(out, value);
      break;
    case Escape::Path:
      append_path_encoded(out, value);
      break;
    case Escape::Json:
      json::append_json_string_part(out, value);
      break;
  }
}

}  // namespace

void append_path_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_path_char(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
}

TemplateText::Part TemplateText::part_of(std::string_view name, const PathPattern& pattern) {
  using Kind = Part::Kind;
  if (pattern.has_capture(name)) return {Kind::Capture, std::string(name)};
  if (name == "request_id") return {Kind::RequestId, {}};
  if (name == "client_ip") return {Kind::ClientIp, {}};
  if (name == "key_id") return {Kind::KeyId, {}};
  if (name == "source_path") return {Kind::SourcePath, {}};
  if (name == "host") return {Kind::Host, {}};
  if (name == "method") return {Kind::Method, {}};
  if (name == "path") return {Kind::Path, {}};
  if (name == "request_uri") return {Kind::RequestUri, {}};
  if (name == "client_certificate_subject") return {Kind::CertificateSubject, {}};
  if (name == "client_certificate_verify") return {Kind::CertificateVerify, {}};
  return {};
}

void TemplateText::add_literal(std::string_view text) {
  if (text.empty()) return;
  if (parts_.empty() || parts_.back().kind != Part::Kind::Literal) parts_.emplace_back();
  parts_.back().text.append(text);
}

void TemplateText::add_placeholder(Part part) {
  has_placeholder_ = true;
  has_capture_ = has_capture_ || part.kind == Part::Kind::Capture;
  parts_.push_back(std::move(part));
}

TemplateText::Opening TemplateText::read_opening(std::string_view text,
                                                 const PathPattern& pattern) {
  const bool is_doubled = text.starts_with("{{");
  const std::string_view inside = text.substr(is_doubled ? 2 : 1);
  const std::size_t end = inside.find_first_of("{}");
  Opening opening;
  opening.name = inside.substr(0, std::min(end, inside.size()));
  if (end == std::string_view::npos || !inside.substr(end).starts_with(is_doubled ? "}}" : "}")) {
    return opening;
  }
  opening.part = part_of(opening.name, pattern);
  if (opening.part.kind == Part::Kind::Literal) return opening;
  opening.length = opening.name.size() + (is_doubled ? 4 : 2);
  if (is_doubled) opening.part = {Part::Kind::Literal, "{" + std::string(opening.name) + "}"};
  return opening;
}

Result<TemplateText> TemplateText::parse(std::string_view text, const PathPattern& pattern,
                                         Unknown unknown,
                                         std::span<const std::uint32_t> literal_braces) {
  TemplateText result;
  std::size_t begin = 0;
  for (const std::uint32_t brace : literal_braces) {
    const std::string_view before = text.substr(begin, brace - begin);
    if (const auto added = result.add_text(before, pattern, unknown); !added) {
      return std::unexpected(added.error());
    }
    result.add_literal("{");
    begin = std::size_t{brace} + 1;
  }
  if (const auto added = result.add_text(text.substr(begin), pattern, unknown); !added) {
    return std::unexpected(added.error());
  }
  return result;
}

Result<void> TemplateText::add_text(std::string_view text, const PathPattern& pattern,
                                    Unknown unknown) {
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    add_literal(text.substr(0, open));
    text.remove_prefix(open);
    if (text.empty()) break;
    Opening opening = read_opening(text, pattern);
    // A query cannot stand in a path, nor what is percent-encoded be encoded again.
    if (opening.part.kind == Part::Kind::RequestUri && unknown == Unknown::IsError) {
      return fail(ErrorKind::Config, "'{request_uri}' cannot stand here; '{path}' can");
    }
    if (opening.length == 0 && unknown == Unknown::IsError) {
      return fail(ErrorKind::Config, "unknown placeholder '{" + std::string(opening.name) +
                                         "}': match_path has no such capture");
    }
    if (opening.length == 0) {
      add_literal(text.substr(0, 1));
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(opening.length);
    if (opening.part.kind == Part::Kind::Literal) {
      add_literal(opening.part.text);
    } else {
      add_placeholder(std::move(opening.part));
    }
  }
  return {};
}

void TemplateText::append_to(std::string& out, const TemplateValues& values, Escape escape) const {
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Part::Kind::Literal:
        out.append(part.text);
        break;
      case Part::Kind::RequestId:
        append_escaped(out, values.facts->request_id, escape);
        break;
      case Part::Kind::ClientIp:
        // Digits, letters, dots and colons stand anywhere.
        values.facts->client.append_to(out);
        break;
      case Part::Kind::KeyId:
        append_escaped(out, values.key_id, escape);
        break;
      case Part::Kind::SourcePath:
        append_escaped(out, values.source_path, escape);
        break;
      case Part::Kind::Host:
        append_escaped(out, values.facts->host, escape);
        break;
      case Part::Kind::Method:
        append_escaped(out, values.facts->head->method_name(), escape);
        break;
      case Part::Kind::Path:
        append_escaped(out, values.facts->target->match_path, escape);
        break;
      case Part::Kind::RequestUri:
        append_escaped(out, values.facts->target->raw_path, escape);
        if (!values.facts->target->has_query) break;
        append_escaped(out, "?", escape);
        append_escaped(out, values.facts->target->query, escape);
        break;
      case Part::Kind::CertificateSubject:
        if (const ClientCertificate* certificate = values.facts->certificate) {
          append_escaped(out, certificate->subject(), escape);
        }
        break;
      case Part::Kind::CertificateVerify:
        if (const ClientCertificate* certificate = values.facts->certificate) {
          out.append(certificate->verify());
        }
        break;
      case Part::Kind::Capture:
        if (values.captures != nullptr) {
          append_escaped(out, values.captures->find(part.text), escape);
        }
        break;
    }
  }
}

std::size_t TemplateText::hash() const {
  std::uint64_t hash = parts_.size();
  for (const Part& part : parts_) {
    hash = text_hash(part.text, mix(hash, static_cast<std::uint64_t>(part.kind)));
  }
  return static_cast<std::size_t>(hash);
}

}  // namespace fastgate::gateway
