#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"
#include "base/units.h"
#include "gateway/trace.h"
#include "http/http1_writer.h"
#include "json/writer.h"

namespace fastgate::gateway {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// An object has each name once: values of one name are joined as RFC 9110 section 5.3 says.
void write_headers(json::JsonWriter& writer, const Headers& headers) {
  writer.key("headers").begin_object();
  for (auto it = headers.begin(); it != headers.end(); ++it) {
    const auto same = [&](const auto& other) {
      return equals_ignoring_case(other.first, it->first);
    };
    if (std::find_if(headers.begin(), it, same) != it) continue;
    std::string value = it->second;
    for (auto next = it + 1; next != headers.end(); ++next) {
      if (same(*next)) value.append(", ").append(next->second);
    }
    writer.key(it->first).value(value);
  }
  writer.end_object();
}

void write_request(json::JsonWriter& writer, const std::optional<ExplainedRequest>& request) {
  writer.key("upstream_request");
  if (!request) {
    writer.null();
    return;
  }
  writer.begin_object();
  writer.key("method").value(request->method).key("url").value(request->url);
  write_headers(writer, request->headers);
  writer.key("body");
  if (request->body) {
    writer.value(*request->body);
  } else {
    writer.null();
  }
  writer.end_object();
}

void write_error(json::JsonWriter& writer, std::string_view name,
                 const std::optional<ExplainedError>& error) {
  if (!error) return;
  writer.key(name).begin_object();
  writer.key("status").value(std::uint64_t{error->status});
  writer.key("message").value(error->message).end_object();
}

void append_headers_text(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers) {
    out.append("  ").append(name).append(": ").append(value).append("\n");
  }
}

void append_body_text(std::string& out, std::string_view body) {
  if (!body.empty()) out.append("\n  ").append(body).append("\n");
}

void append_error_text(std::string& out, std::string_view name,
                       const std::optional<ExplainedError>& error) {
  if (!error) return;
  out.append(name).append(": ").append(std::to_string(error->status)).append(" ");
  out.append(error->message).append("\n");
}

}  // namespace

void append_json(std::string& out, const Explanation& explanation) {
  json::JsonWriter writer(out);
  writer.begin_object().key("route_id");
  if (explanation.route_id) {
    writer.value(*explanation.route_id);
  } else {
    writer.null();
  }
  writer.key("rejected").begin_array();
  for (const RejectedRoute& route : explanation.rejected) {
    writer.begin_object().key("route_id").value(route.route_id);
    writer.key("reason").value(route.reason).end_object();
  }
  writer.end_array().key("failover").begin_array();
  for (const std::string& route : explanation.failover) writer.value(route);
  writer.end_array();
  write_request(writer, explanation.upstream_request);
  if (!explanation.own_path.empty()) writer.key("own_path").value(explanation.own_path);
  if (explanation.respond) {
    writer.key("respond").begin_object();
    writer.key("status").value(std::uint64_t{explanation.respond->status});
    write_headers(writer, explanation.respond->headers);
    writer.key("body").value(explanation.respond->body).end_object();
  }
  write_error(writer, "error", explanation.error);
  write_error(writer, "refusal", explanation.refusal);
  if (explanation.rate) {
    writer.key("rate_limit").begin_object();
    writer.key("limit").value(std::uint64_t{explanation.rate->limit});
    writer.key("remaining").value(std::uint64_t{explanation.rate->remaining}).end_object();
  }
  if (explanation.failover_preamble) {
    const auto time = static_cast<std::uint64_t>(explanation.failover_preamble->time.count());
    writer.key("failover_preamble").begin_object();
    writer.key("bytes").value(std::uint64_t{explanation.failover_preamble->bytes.count});
    writer.key("time_ms").value(time).end_object();
  }
  writer.end_object();
}

void append_text(std::string& out, const Explanation& explanation) {
  out.append("route: ").append(explanation.route_id.value_or("none")).append("\n");
  if (!explanation.own_path.empty()) {
    out.append("the gateway answers this itself: ").append(explanation.own_path).append("\n");
  }
  for (const RejectedRoute& route : explanation.rejected) {
    out.append("not ").append(route.route_id).append(": ").append(route.reason).append("\n");
  }
  for (const std::string& route : explanation.failover) {
    out.append("then ").append(route).append(", if the ones before it fail\n");
  }
  append_error_text(out, "error", explanation.error);
  append_error_text(out, "refused", explanation.refusal);
  if (explanation.rate) {
    out.append("rate limit: ").append(std::to_string(explanation.rate->limit));
    out.append(" requests a minute\n");
  }
  if (explanation.failover_preamble) {
    out.append("held back: an event stream's beginning, up to ");
    out.append(format_size(explanation.failover_preamble->bytes)).append(" or ");
    out.append(format_duration(explanation.failover_preamble->time)).append("\n");
  }
  if (explanation.upstream_request) {
    const ExplainedRequest& request = *explanation.upstream_request;
    out.append("\n").append(request.method).append(" ").append(request.url).append("\n");
    append_headers_text(out, request.headers);
    append_body_text(out, request.body.value_or(""));
  }
  if (explanation.respond) {
    const ExplainedReply& reply = *explanation.respond;
    out.append("\nanswer: ").append(std::to_string(reply.status)).append(" ");
    out.append(http::reason_phrase(reply.status)).append("\n");
    append_headers_text(out, reply.headers);
    append_body_text(out, reply.body);
  }
}

}  // namespace fastgate::gateway
