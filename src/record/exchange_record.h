/// The facts of one exchange, filled as they happen and read once by the recorder.
///
/// Owned by the Exchange. Views point into the exchange's own heads, snapshot and buffers; they are
/// valid until the exchange ends, so the recorder copies what it keeps. Steps 3, 12 and 14.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/ip_address.h"
#include "http/message.h"
#include "net/stream.h"
#include "record/audit_batch.h"
#include "record/audit_trace.h"

namespace fastgate::record {

class AuditCapture;

/// Who calls the admin API, for the audit store; never a secret.
struct AdminCaller {
  std::string name;       ///< of the token; "" for nobody known
  std::string_view role;  ///< a literal; "" for nobody known
  AuditVia via = AuditVia::Nothing;
};

struct ExchangeRecord {
  // What came.
  WallTime request_time;                       ///< first byte of the head, UTC
  MonotonicTime started;                       ///< the same moment; durations count from it
  const http::RequestHead* request = nullptr;  ///< null when no valid head came (400, 408)
  const http::RequestHead* refused = nullptr;  ///< what came then, as far as it was read
  std::string_view request_id;
  std::string_view path;    ///< raw, without query; "" without a head
  std::string_view query;   ///< without '?'
  std::string_view host;    ///< of the Host field, without port
  std::string_view scheme;  ///< "http" or "https": of the listener
  IpAddress client;         ///< the real one, behind trusted proxies
  IpAddress peer;
  std::uint64_t connection_number = 0;    ///< counts connections of the process
  std::uint32_t connection_requests = 0;  ///< requests so far on this connection, this one included
  std::uint16_t peer_port = 0;
  std::uint16_t server_port = 0;
  const net::Stream* client_stream = nullptr;  ///< for the facts of its TLS; null: not known

  // What was decided.
  std::string_view route_id;  ///< "" without a route
  std::string_view key_id;
  std::string_view source_path;
  std::string_view upstream_address;       ///< `host:port` of the last server tried; "" if none
  std::string_view upstream_scheme;        ///< "http" or "https"; "" if none was tried
  std::string_view upstream_target;        ///< path and query of the last attempt's request
  std::uint32_t route_index = UINT32_MAX;  ///< Snapshot::routes, for counters
  std::uint32_t retries = 0;               ///< attempts after the first

  // What went back.
  std::uint16_t status = 0;           ///< 0 until a head was made; 499 when the client left before
  std::uint16_t upstream_status = 0;  ///< of the last upstream answer; 0 if none
  bool is_stream = false;             ///< an event stream (http::is_event_stream)
  bool is_local = false;              ///< answered by a LocalService: no part of the statistics
  std::optional<ErrorKind> error_kind;  ///< what error_message tells of, where that is known
  const http::ResponseHead* response =
      nullptr;  ///< the upstream's head, for $sent_http_ and $upstream_http_
  /// The head of the gateway's own answer, for $sent_http_. Null: there is none, or no log tells
  /// it.
  const http::ResponseHead* own_response = nullptr;
  std::uint64_t request_head_size = 0;
  std::uint64_t request_size = 0;   ///< body bytes taken from the client
  std::uint64_t response_size = 0;  ///< body bytes given to the client
  std::uint64_t bytes_sent = 0;     ///< head, framing and body
  std::uint64_t stream_chunks = 0;  ///< data events
  OptionalTime first_byte;          ///< first byte of the answer's head given to the client
  OptionalTime upstream_started;    ///< attempt began (last attempt)
  OptionalTime upstream_connected;  ///< lease or connection ready
  OptionalTime upstream_head;       ///< response head complete
  OptionalTime upstream_done;       ///< response complete
  std::chrono::nanoseconds earlier_attempts{0};  ///< spent on attempts before the last one
  std::chrono::nanoseconds client_wait{0};  ///< waiting for the client's body before an attempt,
                                            ///< and for the client to take the end of the answer
  std::chrono::nanoseconds queue_wait{0};   ///< waiting for a place, for the audit store, or before
                                            ///< another try
  MonotonicTime finished;     ///< last byte handed to the client's socket, or given up
  std::string error_message;  ///< "" when all went well; never a secret

  /// Set for a call of the admin API alone, which the audit store keeps apart from traffic.
  const AdminCaller* admin_caller = nullptr;

  AuditTrace audit;                 ///< how far the audit store was told
  AuditCapture* capture = nullptr;  ///< what the route's `audit` keeps; null: nothing
};

/// Whether the exchange failed for the upstream's sake, before or within its answer.
[[nodiscard]] bool upstream_failed(const ExchangeRecord& record);

/// `http://host:port/path?query` of the last attempt; "" if there was none. The record's
/// `target_url`; its query is not masked (see config/secret_query.h).
[[nodiscard]] std::string target_url(const ExchangeRecord& record);

}  // namespace fastgate::record
