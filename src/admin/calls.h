/// The functions behind the call table, one a call. Contract section 6 names what each takes and
/// answers.
///
/// Stateless; each runs where its row of the table says.
#pragma once

#include "admin/api.h"
#include "admin/call_table.h"
#include "json/writer.h"
#include "record/audit_query.h"

namespace fastgate::admin {

// session_calls.cpp
[[nodiscard]] Answer open_session(const CallContext& context, const Call& call);
[[nodiscard]] Answer show_session(const CallContext& context, const Call& call);
[[nodiscard]] Answer close_session(const CallContext& context, const Call& call);
/// A Set-Cookie value for the pages' session.
[[nodiscard]] std::string session_cookie(const Call& call, const std::string& value);
[[nodiscard]] Answer list_tokens(const CallContext& context, const Call& call);

// config_calls.cpp
[[nodiscard]] Answer show_config(const CallContext& context, const Call& call);
[[nodiscard]] Answer validate_config(const CallContext& context, const Call& call);
[[nodiscard]] Answer reload_config(const CallContext& context, const Call& call);

// key_calls.cpp
[[nodiscard]] Answer list_keys(const CallContext& context, const Call& call);
[[nodiscard]] Answer list_key_sources(const CallContext& context, const Call& call);
[[nodiscard]] Answer show_key(const CallContext& context, const Call& call);
[[nodiscard]] Answer create_key(const CallContext& context, const Call& call);
[[nodiscard]] Answer update_key(const CallContext& context, const Call& call);
[[nodiscard]] Answer rotate_key(const CallContext& context, const Call& call);
[[nodiscard]] Answer delete_key(const CallContext& context, const Call& call);

// route_calls.cpp
[[nodiscard]] Answer list_routes(const CallContext& context, const Call& call);
[[nodiscard]] Answer show_route(const CallContext& context, const Call& call);
[[nodiscard]] Answer create_route(const CallContext& context, const Call& call);
[[nodiscard]] Answer update_route(const CallContext& context, const Call& call);
[[nodiscard]] Answer toggle_route(const CallContext& context, const Call& call);
[[nodiscard]] Answer delete_route(const CallContext& context, const Call& call);

// explain_calls.cpp
[[nodiscard]] Answer explain_request(const CallContext& context, const Call& call);

// page_calls.cpp
[[nodiscard]] Answer show_page(const CallContext& context, const Call& call);
[[nodiscard]] Answer show_dashboard(const CallContext& context, const Call& call);

// history_calls.cpp
[[nodiscard]] Answer list_history(const CallContext& context, const Call& call);
[[nodiscard]] Answer roll_back(const CallContext& context, const Call& call);

// store_status.cpp
/// The store's reader, on the lane of reads. Errors: 503 while the store is switched off.
[[nodiscard]] std::expected<record::AuditReader*, ApiError> open_store(const CallContext& context);
[[nodiscard]] std::unexpected<ApiError> store_is_off();
/// The member `store` of the status.
void append_store_status(json::JsonWriter& json, const CallContext& context);

// openapi_calls.cpp
[[nodiscard]] Answer show_openapi(const CallContext& context, const Call& call);

// status_calls.cpp
[[nodiscard]] Answer show_status(const CallContext& context, const Call& call);

// route_test_calls.cpp
[[nodiscard]] Answer test_route(const CallContext& context, const Call& call);

// log_calls.cpp
[[nodiscard]] Answer list_logs(const CallContext& context, const Call& call);
[[nodiscard]] Answer show_log(const CallContext& context, const Call& call);
[[nodiscard]] Answer export_logs(const CallContext& context, const Call& call);

// metric_calls.cpp
/// Keys that are active and have not expired.
[[nodiscard]] std::uint64_t active_keys(const config::Config& config, WallTime now);
[[nodiscard]] Answer show_metrics(const CallContext& context, const Call& call);
[[nodiscard]] Answer show_daily_metrics(const CallContext& context, const Call& call);
[[nodiscard]] Answer show_hourly_metrics(const CallContext& context, const Call& call);
[[nodiscard]] Answer show_minutely_metrics(const CallContext& context, const Call& call);

}  // namespace fastgate::admin
