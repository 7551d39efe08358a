#include "gateway/reply.h"

#include <algorithm>

#include "base/text.h"
#include "gateway/error_type.h"
#include "http/http1_writer.h"
#include "json/writer.h"

namespace fastgate::gateway {
namespace {

/// What the client is told. Texts about upstream servers may name addresses, those about our own
/// faults more than that: both stay in the log.
std::string_view message_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::ConnectFailed:
      return "the upstream server cannot be reached";
    case ErrorKind::TlsFailed:
      return "the upstream server's TLS connection failed";
    case ErrorKind::UpstreamReset:
      return "the upstream server closed the connection";
    case ErrorKind::UpstreamMalformed:
      return "the upstream server's answer is not valid HTTP";
    case ErrorKind::ConnectTimeout:
      return "connecting to the upstream server timed out";
    case ErrorKind::UpstreamTimeout:
      return "the upstream server did not answer in time";
    case ErrorKind::NoServer:
      return "no upstream server is available";
    case ErrorKind::Internal:
    case ErrorKind::Config:
    case ErrorKind::Io:
      return "internal error";
    default:
      return error.text.empty() ? http::reason_phrase(status_of(error.kind))
                                : std::string_view(error.text);
  }
}

/// Whether what follows on the connection cannot be read any more, or is not worth reading.
bool ends_connection(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Malformed:
    case ErrorKind::RequestTimeout:
    case ErrorKind::BodyTooLarge:
    case ErrorKind::TargetTooLong:
    case ErrorKind::HeadTooLarge:
    case ErrorKind::ExpectationFailed:
    case ErrorKind::NotImplemented:
    case ErrorKind::VersionNotSupported:
      return true;
    default:
      return false;
  }
}

bool has_no_body(std::uint16_t status) {
  return status == 204 || status == 304 || status < 200;
}

/// Fields that append_reply writes itself.
bool is_framing(std::string_view name) {
  const http::FieldId id = http::field_id(name);
  return http::FieldIdSet(http::FieldId::ContentLength, http::FieldId::TransferEncoding,
                          http::FieldId::Connection, http::FieldId::XRequestId)
      .contains(id);
}

}  // namespace

std::uint16_t status_of(ErrorKind kind) {
  // clang-format off
  switch (kind) {
    case ErrorKind::Malformed: return 400;
    case ErrorKind::Unauthorized: return 401;
    case ErrorKind::Forbidden: return 403;
    case ErrorKind::NoRoute: return 404;
    case ErrorKind::MethodNotAllowed: return 405;
    case ErrorKind::RequestTimeout: return 408;
    case ErrorKind::BodyTooLarge: return 413;
    case ErrorKind::TargetTooLong: return 414;
    case ErrorKind::UnsupportedMediaType: return 415;
    case ErrorKind::ExpectationFailed: return 417;
    case ErrorKind::UpgradeRequired: return 426;
    case ErrorKind::RateLimited: return 429;
    case ErrorKind::HeadTooLarge: return 431;
    case ErrorKind::ClientGone: return 499;
    case ErrorKind::Internal:
    case ErrorKind::Config:
    case ErrorKind::Io: return 500;
    case ErrorKind::NotImplemented: return 501;
    case ErrorKind::ConnectFailed:
    case ErrorKind::TlsFailed:
    case ErrorKind::UpstreamReset:
    case ErrorKind::UpstreamMalformed: return 502;
    case ErrorKind::NoServer:
    case ErrorKind::Overloaded: return 503;
    case ErrorKind::ConnectTimeout:
    case ErrorKind::UpstreamTimeout: return 504;
    case ErrorKind::VersionNotSupported: return 505;
  }
  // clang-format on
  return 500;
}

Reply error_reply(const Error& error, std::string_view request_id) {
  Reply reply;
  reply.status = status_of(error.kind);
  reply.content_type = "application/json";
  reply.close = ends_connection(error.kind);
  const std::string_view message = message_of(error);
  json::JsonWriter writer(reply.body);
  writer.begin_object().key("detail").value(message);
  writer.key("error").begin_object();
  writer.key("message").value(message);
  writer.key("type").value(error_type(reply.status));
  writer.key("code").value(name_of(error.kind));
  writer.end_object().key("request_id").value(request_id).end_object();
  if (reply.status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

Reply fixed_reply(const FixedAnswer& answer, const TemplateValues& values) {
  Reply reply;
  reply.status = answer.status;
  reply.content_type = answer.is_json ? "application/json" : "text/plain; charset=utf-8";
  answer.body.append_to(reply.body, values, answer.is_json ? Escape::Json : Escape::None);
  for (const FieldTemplate& field : answer.headers) {
    std::string value;
    field.value.append_to(value, values);
    if (field.id == http::FieldId::ContentType) {
      reply.content_type = std::move(value);
    } else if (!is_framing(field.name)) {
      reply.headers.emplace_back(field.name, std::move(value));
    }
  }
  return reply;
}

void append_reply(std::string& out, const Reply& reply, const ReplyContext& context) {
  http::append_status_line(out, reply.status, "");
  const auto is_date = [](const auto& header) {
    return equals_ignoring_case(header.first, "date");
  };
  if (!context.http_date.empty() && std::ranges::none_of(reply.headers, is_date)) {
    http::append_field(out, "Date", context.http_date);
  }
  if (context.body != ReplyBody::Inside) {
    if (!reply.content_type.empty()) http::append_field(out, "Content-Type", reply.content_type);
    if (context.body == ReplyBody::Chunked) http::append_field(out, "Transfer-Encoding", "chunked");
  } else if (!has_no_body(reply.status)) {
    if (!reply.content_type.empty() && !reply.body.empty()) {
      http::append_field(out, "Content-Type", reply.content_type);
    }
    http::append_field(out, "Content-Length", reply.body.size());
  }
  for (const auto& [name, value] : reply.headers) http::append_field(out, name, value);
  if (!context.request_id.empty()) http::append_field(out, "X-Request-Id", context.request_id);
  if (!context.keep_alive || reply.close) {
    http::append_field(out, "Connection", "close");
  } else if (context.client_minor_version == 0) {
    http::append_field(out, "Connection", "keep-alive");
  }
  http::append_end_of_head(out);
  const bool is_bare = context.method == http::Method::Head || has_no_body(reply.status);
  if (is_bare || context.body != ReplyBody::Inside) return;
  out.append(reply.body);
}

}  // namespace fastgate::gateway
