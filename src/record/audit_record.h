/// One record of the audit store as readers get it (contract section 7).
///
/// A value; filled by AuditReader, printed by audit_json.h and audit_export.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "record/audit_batch.h"

namespace fastgate::record {

struct AuditRecord {
  std::string id;  ///< `log_` + 16 hex digits, see audit_id.h
  AuditStage stage = AuditStage::Complete;
  AuditKind kind = AuditKind::Traffic;
  std::string request_id;
  std::string key_id;       ///< "" without a key
  std::string source_path;  ///< "" without a key
  std::string route_id;     ///< "" without a route
  std::string method;
  std::string path;
  std::string query;
  std::string target_url;         ///< "" if no server was tried
  std::uint16_t status_code = 0;  ///< 0 until it is known
  WallTime request_time{};
  std::optional<WallTime> first_response_time;
  std::optional<WallTime> response_time;  ///< its end
  std::uint64_t ttfb_us = 0;
  std::uint64_t response_time_us = 0;
  std::uint64_t gateway_us = 0;
  std::uint64_t request_size = 0;
  std::uint64_t response_size = 0;
  std::uint64_t stream_chunks = 0;
  std::uint32_t retries = 0;
  bool is_stream = false;
  std::string ip_address;
  std::string user_agent;
  std::string error_message;
  std::string actor;       ///< who called the admin API: the token's name; "" for nobody known
  std::string actor_role;  ///< `admin`, `operator` or `viewer`; "" for nobody known
  AuditVia via = AuditVia::Nothing;

  // Captured parts. Empty where nothing was captured, and in lists (AuditParts::Facts).
  std::string request_headers;  ///< a JSON object
  std::string request_body;
  std::string response_headers;  ///< a JSON object
  std::string response_body;
};

}  // namespace fastgate::record
