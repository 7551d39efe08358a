#include "gateway/response_headers.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "gateway/field_run.h"
#include "http/http1_writer.h"

namespace fastgate::gateway {
namespace {

using http::BodyFraming;
using http::FieldId;

constexpr std::uint16_t kSwitchingProtocols = 101;

bool starts_ignoring_case(std::string_view name, std::string_view start) {
  return name.size() > start.size() && equals_ignoring_case(name.substr(0, start.size()), start);
}

bool is_rate_field(std::string_view name) {
  return starts_ignoring_case(name, "ratelimit-") || starts_ignoring_case(name, "x-ratelimit-");
}

bool passes(const http::ResponseHead& response, std::size_t index, const ResponsePlan& plan) {
  const http::Field field = response.field(index);
  if (field.id == FieldId::ContentLength) {
    return plan.framing.framing == BodyFraming::ContentLength ||
           plan.framing.framing == BodyFraming::None;
  }
  if (field.id == FieldId::TransferEncoding || field.id == FieldId::Connection) return false;
  if (response.status == kSwitchingProtocols && field.id == FieldId::Upgrade) return true;
  if (plan.hop_by_hop != nullptr && plan.hop_by_hop->is_taken_off(index)) return false;
  if (response.is_interim()) return true;
  if (field.id == FieldId::XRequestId && !plan.request_id.empty()) return false;
  if (plan.rate != nullptr && field.id == FieldId::Other && is_rate_field(field.name)) return false;
  return plan.route == nullptr || !plan.route->policy->remove_response_headers.contains(field);
}

void append_connection(std::string& out, const http::ResponseHead& response,
                       const ResponsePlan& plan) {
  if (response.status == kSwitchingProtocols) {
    http::append_field(out, "Connection", "upgrade");
  } else if (!plan.framing.keep_alive) {
    http::append_field(out, "Connection", "close");
  } else if (plan.client_minor_version == 0) {
    http::append_field(out, "Connection", "keep-alive");
  }
}

}  // namespace

DownstreamFraming downstream_framing(const http::RequestHead& request,
                                     const http::ResponseHead& response) {
  DownstreamFraming result;
  result.keep_alive = request.keep_alive;
  const std::uint16_t status = response.status;
  if (request.method == http::Method::Head || status < 200 || status == 204 || status == 304) {
    return result;
  }
  result.framing = response.framing;
  if (response.framing == BodyFraming::Chunked || response.framing == BodyFraming::UntilClose) {
    const bool takes_chunks = request.minor_version >= 1;
    result.framing = takes_chunks ? BodyFraming::Chunked : BodyFraming::UntilClose;
    result.keep_alive = request.keep_alive && takes_chunks;
  }
  return result;
}

void append_response_head(std::string& out, const http::ResponseHead& response,
                          const ResponsePlan& plan) {
  http::append_status_line(out, response.status, response.reason());
  FieldRun run(out, response);
  for (std::size_t i = 0; i < response.fields.size(); ++i) {
    if (passes(response, i, plan)) run.keep(response.field(i));
  }
  run.flush();
  if (response.is_interim()) return http::append_end_of_head(out);
  if (plan.route != nullptr && plan.values != nullptr) {
    for (const FieldTemplate& field : plan.route->policy->add_response_headers) {
      out.append(field.name).append(": ");
      field.value.append_to(out, *plan.values);
      out.append("\r\n");
    }
  }
  if (!plan.request_id.empty()) http::append_field(out, "X-Request-Id", plan.request_id);
  if (!plan.server_timing.empty()) http::append_field(out, "Server-Timing", plan.server_timing);
  if (plan.rate != nullptr) append_rate_lines(out, *plan.rate);
  if (plan.framing.framing == BodyFraming::Chunked) {
    http::append_field(out, "Transfer-Encoding", "chunked");
  }
  append_connection(out, response, plan);
  http::append_end_of_head(out);
}

void append_route_fields(std::vector<std::pair<std::string, std::string>>& headers,
                         const Route& route, const TemplateValues& values) {
  for (const FieldTemplate& field : route.policy->add_response_headers) {
    const auto is_same = [&](const auto& header) {
      return equals_ignoring_case(header.first, field.name);
    };
    const bool is_own =
        field.id == http::FieldId::ContentType || field.id == http::FieldId::XRequestId;
    if (is_own || field.is_secret || std::ranges::any_of(headers, is_same)) {
      continue;
    }
    std::string value;
    field.value.append_to(value, values);
    headers.emplace_back(field.name, std::move(value));
  }
}

}  // namespace fastgate::gateway
