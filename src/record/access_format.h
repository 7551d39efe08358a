/// Access-log formats: `combined`, `json`, `logfmt`, or nginx-style text with `$variables`;
/// compiled once, rendered per request.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "record/access_variable.h"
#include "record/exchange_record.h"

namespace fastgate::record {

class LineWriter;

class AccessFormat {
 public:
  /// Variables have nginx's names: remote_addr remote_port remote_user time_local time_iso8601 msec
  /// request request_method request_uri uri args is_args query_string status body_bytes_sent
  /// bytes_sent request_length request_time http_NAME sent_http_NAME upstream_http_NAME
  /// upstream_addr upstream_status upstream_response_time upstream_connect_time
  /// upstream_header_time host http_host server_port server_protocol scheme request_id connection
  /// connection_requests pid pipe content_type content_length hostname realip_remote_addr; and
  /// ours: route_id key_id source_path target_url ttfb_ms response_time_ms gateway_us retries
  /// is_stream stream_chunks error. `${name}` works too. http_authorization, http_cookie,
  /// http_x_api_key and the `token` of a query are masked as `***`. Errors: Config, naming an
  /// unknown variable and the nearest one.
  [[nodiscard]] static Result<AccessFormat> parse(std::string_view format);

  /// Appends one line with its '\n'. Escaping: `combined` and custom formats as nginx's default
  /// (`\xXX` for
  /// `"`, `\` and bytes below 32 or above 126; `-` for an empty value, but for $is_args); json as
  /// JSON strings, numbers and booleans, null for what there is not; logfmt as append_log_value,
  /// without the empty ones. No line break ever comes from a value.
  void append_line(std::string& out, const ExchangeRecord& record) const;
  /// The same with the caller's scratch: no allocation and no formatting of a second seen before.
  void append_line(std::string& out, const ExchangeRecord& record, LineScratch& scratch) const;

 private:
  friend class AccessFormatParser;
  enum class Style : std::uint8_t { Text, Json, Logfmt };
  /// A literal and then, perhaps, a variable.
  struct Part {
    std::string literal;
    AccessVariable variable;
    VariableKind kind = variable.kind();
  };
  void append_text(LineWriter& line, const ExchangeRecord& record, LineScratch& scratch) const;
  void append_json(LineWriter& line, const ExchangeRecord& record, LineScratch& scratch) const;
  void append_logfmt(LineWriter& line, const ExchangeRecord& record, LineScratch& scratch) const;

  Style style_ = Style::Text;
  std::vector<Part> parts_;
};

}  // namespace fastgate::record
