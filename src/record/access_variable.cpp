#include "record/access_variable.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <unistd.h>

#include "base/text.h"
#include "config/secret_names.h"
#include "config/secret_query.h"
#include "record/basic_user.h"
#include "record/gateway_time.h"

namespace fastgate::record {
namespace {

using Record = ExchangeRecord;
using Scratch = LineScratch;
using Duration = std::chrono::nanoseconds;
using enum VariableKind;

std::string_view decimal(std::uint64_t value, Scratch& s) {
  const char* end = std::to_chars(s.digits.data(), s.digits.data() + s.digits.size(), value).ptr;
  return {s.digits.data(), static_cast<std::size_t>(end - s.digits.data())};
}

/// `whole.fff` of a number of thousandths.
std::string_view thousandths(std::uint64_t count, Scratch& s) {
  char* at = std::to_chars(s.digits.data(), s.digits.data() + s.digits.size(), count / 1000).ptr;
  *at++ = '.';
  for (const std::uint64_t unit : {100U, 10U, 1U})
    *at++ = static_cast<char>('0' + count / unit % 10);
  return {s.digits.data(), static_cast<std::size_t>(at - s.digits.data())};
}

std::uint64_t not_negative(Duration duration) {
  return static_cast<std::uint64_t>(std::max<Duration::rep>(duration.count(), 0));
}
std::string_view seconds(Duration duration, Scratch& s) {
  return thousandths(not_negative(duration) / 1'000'000, s);
}
std::string_view milliseconds(Duration duration, Scratch& s) {
  return thousandths(not_negative(duration) / 1'000, s);
}
std::string_view upstream_seconds(const Record& r, OptionalTime end, Scratch& s) {
  if (!r.upstream_started || !end) return {};
  return seconds(*end - *r.upstream_started, s);
}

std::string_view address(const IpAddress& address, Scratch& s) {
  if (s.address_text.empty() || s.address != address) {
    s.address = address;
    s.address_text.clear();
    address.append_to(s.address_text);
  }
  return s.address_text;
}

std::string_view flag(bool value) {
  return value ? "true" : "false";
}

/// Whether it begins with a method and a path.
bool is_like_request(std::string_view line) {
  const std::size_t space = line.find(' ');
  return line.substr(0, std::min(space, line.size())).find_first_of(":=\"'{<") == line.npos &&
         line.substr(std::min(space, line.size())).starts_with(" /");
}

/// What stands in the place of the request line where no valid head came, as nginx logs it. It may
/// be of a body whose length was told wrongly.
std::string_view refused_line(const http::Head& head, Scratch& s) {
  constexpr std::size_t kLongest = 512;
  std::string_view line = head.text;
  line = line.substr(0, std::min(line.find_first_of("\r\n"), kLongest));
  if (!is_like_request(line) && config::names_secret(line)) return config::kMask;
  return config::mask_url(line, s.masked);
}

/// The request line as it came.
std::string_view request_line(const Record& r, Scratch& s) {
  if (r.request == nullptr) {
    return r.refused == nullptr ? std::string_view() : refused_line(*r.refused, s);
  }
  constexpr std::size_t kVersionLength = std::string_view(" HTTP/1.1").size();
  const std::size_t end = std::size_t{r.request->target_offset} + r.request->target_length;
  return config::mask_url(std::string_view(r.request->text).substr(0, end + kVersionLength),
                          s.masked);
}

std::string_view request_uri(const Record& r, Scratch& s) {
  return r.request == nullptr ? std::string_view()
                              : config::mask_url(r.request->target(), s.masked);
}

std::string_view method(const Record& r, Scratch&) {
  return r.request == nullptr ? std::string_view() : r.request->method_name();
}

std::string_view protocol(const Record& r, Scratch&) {
  if (r.request == nullptr) return {};
  return r.request->minor_version == 0 ? "HTTP/1.0" : "HTTP/1.1";
}

/// Whether the field is called `wanted`, which is in lower case with '-'; `_` counts as '-'.
bool is_called(std::string_view name, std::string_view wanted) {
  const auto plain = [](char c) { return c == '_' ? '-' : to_lower(c); };
  return std::ranges::equal(name, wanted, {}, plain);
}

/// The value of a field by its name in lower case. As nginx: several of one name are one list.
std::string_view field_value(const http::Head& head, http::FieldId id, std::string_view wanted,
                             Scratch& s) {
  std::string_view value;
  if (!head.fields.contains(id)) return value;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (head.fields.id_at(i) != id) continue;
    const http::Field field = head.field(i);
    if (id == http::FieldId::Other && !is_called(field.name, wanted)) continue;
    if (value.empty()) {
      value = field.value;
      continue;
    }
    if (value.data() != s.joined.data()) s.joined = value;
    s.joined.append(", ").append(field.value);
    value = s.joined;
  }
  return value;
}

std::string_view request_field(const Record& r, http::FieldId id) {
  return r.request == nullptr ? std::string_view() : r.request->find(id).value_or("");
}

std::string_view status(const Record& r, Scratch& s) {
  if (r.status == 0) return kNoStatus;
  return decimal(r.status, s);
}

std::string_view target(const Record& r, Scratch& s) {
  if (r.upstream_address.empty()) return {};
  s.joined.clear();
  s.joined.append(r.upstream_scheme).append("://").append(r.upstream_address);
  s.joined.append(r.upstream_target);
  return config::mask_url(s.joined, s.masked);
}

std::string_view remote_user(const Record& r, Scratch& s) {
  return basic_user(request_field(r, http::FieldId::Authorization), s.joined);
}

std::string_view upstream_done(const Record& r, Scratch& s) {
  return upstream_seconds(r, r.upstream_done.value_or(r.finished), s);
}

std::string_view forwarded_for(const Record& r, Scratch& s) {
  constexpr std::string_view kName = "x-forwarded-for";
  std::string_view before;
  if (r.request != nullptr) before = field_value(*r.request, http::field_id(kName), kName, s);
  const std::string_view client = address(r.client, s);
  if (before.empty()) return client;
  if (before.data() != s.joined.data()) s.joined = before;
  s.joined.append(", ").append(client);
  return s.joined;
}

net::TlsFacts tls(const Record& r) {
  return r.client_stream == nullptr ? net::TlsFacts() : r.client_stream->tls_facts();
}

std::string_view session_reused(const Record& r, Scratch&) {
  const net::TlsFacts facts = tls(r);
  if (facts.protocol.empty()) return {};
  return facts.is_resumed ? "r" : ".";
}

std::string_view certificate(const Record& r, net::CertificateField field, Scratch& s) {
  if (!tls(r).has_certificate) return {};
  s.joined = r.client_stream->certificate_text(field);
  return s.joined;
}

std::string_view hostname(const Record&, Scratch& s) {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  s.joined = name.data();
  return s.joined;
}

}  // namespace

struct AccessVariable::Entry {
  std::string_view name;
  VariableKind kind;
  std::string_view (*value)(const ExchangeRecord&, LineScratch&);
};

namespace {

using Entry = AccessVariable::Entry;

// clang-format off
constexpr Entry kEntries[] = {
    {"remote_addr", Plain, [](const Record& r, Scratch& s) { return address(r.client, s); }},
    {"remote_port", Number, [](const Record& r, Scratch& s) { return decimal(r.peer_port, s); }},
    {"remote_user", Text, remote_user},
    {"proxy_add_x_forwarded_for", Text, forwarded_for},
    {"realip_remote_addr", Plain, [](const Record& r, Scratch& s) { return address(r.peer, s); }},
    {"realip_remote_port", Number, [](const Record& r, Scratch& s) { return decimal(r.peer_port, s); }},
    {"server_port", Number, [](const Record& r, Scratch& s) { return decimal(r.server_port, s); }},
    {"connection", Number, [](const Record& r, Scratch& s) { return decimal(r.connection_number, s); }},
    {"connection_requests", Number, [](const Record& r, Scratch& s) { return decimal(r.connection_requests, s); }},
    {"time_local", Plain, [](const Record& r, Scratch& s) { return s.times.local(end_time(r)); }},
    {"time_iso8601", Plain, [](const Record& r, Scratch& s) { return s.times.local_iso(end_time(r)); }},
    {"time_begun", Plain, [](const Record& r, Scratch& s) { return s.times.utc_iso(r.request_time); }},
    {"msec", Number, [](const Record& r, Scratch& s) { return seconds(end_time(r).time_since_epoch(), s); }},
    {"request", Text, request_line},
    {"request_method", Plain, method},
    {"request_uri", Text, request_uri},
    {"uri", Text, [](const Record& r, Scratch&) { return r.path; }},
    {"document_uri", Text, [](const Record& r, Scratch&) { return r.path; }},
    {"args", Text, [](const Record& r, Scratch& s) { return config::mask_query(r.query, s.masked); }},
    {"query_string", Text, [](const Record& r, Scratch& s) { return config::mask_query(r.query, s.masked); }},
    {"is_args", Suffix, [](const Record& r, Scratch&) { return std::string_view(r.query.empty() ? "" : "?"); }},
    {"request_length", Number, [](const Record& r, Scratch& s) { return decimal(r.request_head_size + r.request_size, s); }},
    {"request_size", Number, [](const Record& r, Scratch& s) { return decimal(r.request_size, s); }},
    {"request_id", Text, [](const Record& r, Scratch&) { return r.request_id; }},
    {"host", Text, [](const Record& r, Scratch&) { return r.host; }},
    {"scheme", Plain, [](const Record& r, Scratch&) { return r.scheme; }},
    {"https", Suffix, [](const Record& r, Scratch&) { return std::string_view(r.scheme == "https" ? "on" : ""); }},
    {"server_protocol", Plain, protocol},
    {"ssl_protocol", Plain, [](const Record& r, Scratch&) { return tls(r).protocol; }},
    {"ssl_cipher", Plain, [](const Record& r, Scratch&) { return tls(r).cipher; }},
    {"ssl_server_name", Text, [](const Record& r, Scratch&) { return tls(r).server_name; }},
    {"ssl_session_reused", Plain, session_reused},
    {"ssl_client_verify", Plain, [](const Record& r, Scratch&) { return tls(r).client_verify(); }},
    {"ssl_client_s_dn", Text, [](const Record& r, Scratch& s) { return certificate(r, net::CertificateField::Subject, s); }},
    {"ssl_client_i_dn", Text, [](const Record& r, Scratch& s) { return certificate(r, net::CertificateField::Issuer, s); }},
    {"ssl_client_serial", Plain, [](const Record& r, Scratch& s) { return certificate(r, net::CertificateField::Serial, s); }},
    {"ssl_client_fingerprint", Plain, [](const Record& r, Scratch& s) { return certificate(r, net::CertificateField::Fingerprint, s); }},
    {"content_type", Text, [](const Record& r, Scratch&) { return request_field(r, http::FieldId::ContentType); }},
    {"content_length", Text, [](const Record& r, Scratch&) { return request_field(r, http::FieldId::ContentLength); }},
    {"status", Number, status},
    {"body_bytes_sent", Number, [](const Record& r, Scratch& s) { return decimal(r.response_size, s); }},
    {"bytes_sent", Number, [](const Record& r, Scratch& s) { return decimal(r.bytes_sent, s); }},
    {"request_time", Number, [](const Record& r, Scratch& s) { return seconds(r.finished - r.started, s); }},
    {"upstream_addr", Text, [](const Record& r, Scratch&) { return r.upstream_address; }},
    {"upstream_status", Number, [](const Record& r, Scratch& s) { return r.upstream_status == 0 ? std::string_view() : decimal(r.upstream_status, s); }},
    {"upstream_response_time", Number, upstream_done},
    {"upstream_connect_time", Number, [](const Record& r, Scratch& s) { return upstream_seconds(r, r.upstream_connected, s); }},
    {"upstream_header_time", Number, [](const Record& r, Scratch& s) { return upstream_seconds(r, r.upstream_head, s); }},
    {"pipe", Text, [](const Record&, Scratch&) { return std::string_view("."); }},
    {"pid", Constant, [](const Record&, Scratch& s) { return decimal(static_cast<std::uint64_t>(::getpid()), s); }},
    {"hostname", Constant, hostname},
    {"route_id", Text, [](const Record& r, Scratch&) { return r.route_id; }},
    {"key_id", Text, [](const Record& r, Scratch&) { return r.key_id; }},
    {"source_path", Text, [](const Record& r, Scratch&) { return r.source_path; }},
    {"target_url", Text, target},
    {"ttfb_ms", Number, [](const Record& r, Scratch& s) { return r.first_byte ? milliseconds(*r.first_byte - r.started, s) : std::string_view(); }},
    {"response_time_ms", Number, [](const Record& r, Scratch& s) { return milliseconds(r.finished - r.started, s); }},
    {"gateway_us", Number, [](const Record& r, Scratch& s) { return decimal(gateway_us(r), s); }},
    {"retries", Number, [](const Record& r, Scratch& s) { return decimal(r.retries, s); }},
    {"is_stream", Flag, [](const Record& r, Scratch&) { return flag(r.is_stream); }},
    {"stream_chunks", Number, [](const Record& r, Scratch& s) { return decimal(r.stream_chunks, s); }},
    {"error", Text, [](const Record& r, Scratch&) { return std::string_view(r.error_message); }},
};
// clang-format on

constexpr std::string_view kFieldExamples[] = {
    "http_user_agent",      "http_referer",           "http_host",
    "http_x_forwarded_for", "sent_http_content_type", "upstream_http_content_type"};

/// Takes the prefix off; the rest must be a field name in nginx's spelling.
bool try_take_prefix(std::string_view& name, std::string_view prefix) {
  if (!name.starts_with(prefix) || name.size() == prefix.size()) return false;
  name.remove_prefix(prefix.size());
  return true;
}

/// The first argument of that name, which is in lower case; as it came. "" without one.
std::string_view argument(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t sign = pair.find('=');
    if (sign == std::string_view::npos || !equals_ignoring_case(pair.substr(0, sign), name)) {
      continue;
    }
    return pair.substr(sign + 1);
  }
  return {};
}

/// The first cookie of that name, which is in lower case; as it came. "" without one.
std::string_view cookie(const http::Head& head, std::string_view name) {
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (head.fields.id_at(i) != http::FieldId::Cookie) continue;
    std::string_view rest = head.field(i).value;
    while (!rest.empty()) {
      const std::string_view pair = trim(rest.substr(0, rest.find(';')));
      rest.remove_prefix(std::min(rest.find(';'), rest.size() - 1) + 1);
      const std::size_t sign = std::min(pair.find('='), pair.size());
      if (!equals_ignoring_case(pair.substr(0, sign), name)) continue;
      return pair.substr(std::min(sign + 1, pair.size()));
    }
  }
  return {};
}

/// Cookies of sessions, such as PHPSESSID, let in whoever holds them.
bool is_secret_cookie(std::string_view name) {
  constexpr std::string_view kParts[] = {"sess", "sid", "auth", "jwt"};
  return config::is_secret_parameter(name) ||
         std::ranges::any_of(kParts, [name](std::string_view part) { return name.contains(part); });
}

}  // namespace

std::optional<AccessVariable> AccessVariable::find(std::string_view name) {
  AccessVariable found;
  const std::string lower = to_lower(name);
  for (const Entry& entry : kEntries) {
    if (entry.name != lower) continue;
    found.entry_ = &entry;
    return found;
  }
  std::string_view field = lower;
  if (try_take_prefix(field, "arg_")) {
    found.source_ = FieldSource::Query;
    found.field_name_ = field;
    found.is_secret_ = config::is_secret_parameter(field);
    return found;
  }
  if (try_take_prefix(field, "cookie_")) {
    found.source_ = FieldSource::Cookie;
    found.field_name_ = field;
    found.is_secret_ = is_secret_cookie(field);
    return found;
  }
  if (try_take_prefix(field, "http_")) {
    found.source_ = FieldSource::Request;
  } else if (try_take_prefix(field, "sent_http_")) {
    found.source_ = FieldSource::Sent;
  } else if (try_take_prefix(field, "upstream_http_")) {
    found.source_ = FieldSource::Upstream;
  } else {
    return std::nullopt;
  }
  found.field_name_ = field;
  std::ranges::replace(found.field_name_, '_', '-');
  found.field_ = http::field_id(found.field_name_);
  found.is_secret_ = config::is_secret_name(found.field_name_);
  return found;
}

std::vector<std::string_view> AccessVariable::names() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kEntries) names.push_back(entry.name);
  names.insert(names.end(), std::begin(kFieldExamples), std::end(kFieldExamples));
  return names;
}

VariableKind AccessVariable::kind() const {
  return entry_ == nullptr ? Text : entry_->kind;
}

std::string_view AccessVariable::value(const ExchangeRecord& record, LineScratch& scratch) const {
  if (entry_ != nullptr) return entry_->value(record, scratch);
  std::string_view value;
  if (source_ == FieldSource::Query) value = argument(record.query, field_name_);
  if (source_ == FieldSource::Cookie && record.request != nullptr) {
    value = cookie(*record.request, field_name_);
  }
  if (source_ == FieldSource::Request && record.request != nullptr) {
    value = field_value(*record.request, field_, field_name_, scratch);
  }
  const bool is_answer = source_ == FieldSource::Sent || source_ == FieldSource::Upstream;
  if (is_answer && record.response != nullptr) {
    value = field_value(*record.response, field_, field_name_, scratch);
  } else if (is_sent_field() && record.own_response != nullptr) {
    value = field_value(*record.own_response, field_, field_name_, scratch);
  }
  if (is_secret_) return value.empty() ? std::string_view() : config::kMask;
  // Referer, Location and their like hold URLs.
  return config::mask_url(value, scratch.masked);
}

}  // namespace fastgate::record
