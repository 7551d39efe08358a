#include "admin/openapi_schemas.h"

namespace fastgate::admin {
namespace {

constexpr std::string_view kSchemas = R"json({
"Error":{"type":"object","required":["detail","error","request_id"],"properties":{"detail":{"type":"string"},"error":{"type":"object","required":["message","type","code"],"properties":{"message":{"type":"string"},"type":{"type":"string"},"code":{"type":"string"}}},"request_id":{"type":"string"},"errors":{"type":"array","items":{"$ref":"#/components/schemas/FieldError"}}}},
"FieldError":{"type":"object","required":["field","message"],"properties":{"field":{"type":"string"},"message":{"type":"string"},"file":{"type":"string"},"line":{"type":"integer"},"column":{"type":"integer"}}},
"Finding":{"type":"object","required":["file","line","column","message"],"properties":{"file":{"type":"string"},"line":{"type":"integer"},"column":{"type":"integer"},"message":{"type":"string"}}},
"Deleted":{"type":"object","required":["message"],"properties":{"message":{"type":"string"},"key_id":{"type":"string"},"route_id":{"type":"string"}}},
"Ok":{"type":"object","required":["ok"],"properties":{"ok":{"type":"boolean"}}},
"Session":{"type":"object","required":["name","role","csrf_token"],"properties":{"name":{"type":"string"},"role":{"enum":["admin","operator","viewer"]},"csrf_token":{"type":"string"}}},
"Login":{"type":"object","required":["token"],"properties":{"token":{"type":"string"}}},
"TokenList":{"type":"object","required":["items","total"],"properties":{"items":{"type":"array","items":{"type":"object","required":["name","role"],"properties":{"name":{"type":"string"},"role":{"type":"string"}}}},"total":{"type":"integer"}}},
"KeyInput":{"type":"object","properties":{"source_path":{"type":"string"},"description":{"type":["string","null"]},"permissions":{"type":["array","null"],"items":{"type":"string"}},"rate_limit":{"type":["integer","null"]},"burst":{"type":["integer","null"]},"max_concurrency":{"type":["integer","null"]},"allowed_ips":{"type":["array","null"],"items":{"type":"string"}},"allowed_routes":{"type":["array","null"],"items":{"type":"string"}},"allowed_models":{"type":["array","null"],"items":{"type":"string"}},"expires_at":{"type":["string","null"]},"expires_days":{"type":["integer","null"]},"is_active":{"type":["boolean","null"]}}},
"Key":{"type":"object","required":["key_id","source_path","description","permissions","rate_limit","burst","max_concurrency","allowed_ips","allowed_routes","allowed_models","created_at","expires_at","is_active","rotation_expires_at","file","usage"],"properties":{"key_id":{"type":"string","pattern":"^fg_[0-9a-f]{12}$"},"source_path":{"type":"string"},"description":{"type":"string"},"permissions":{"type":"array","items":{"type":"string"}},"rate_limit":{"type":["integer","string","null"]},"burst":{"type":["integer","string"]},"max_concurrency":{"type":["integer","string"]},"allowed_ips":{"type":"array","items":{"type":"string"}},"allowed_routes":{"type":"array","items":{"type":"string"}},"allowed_models":{"type":"array","items":{"type":"string"}},"created_at":{"type":["string","null"]},"expires_at":{"type":["string","null"]},"is_active":{"type":["boolean","string"]},"rotation_expires_at":{"type":["string","null"]},"file":{"type":"string"},"usage":{"$ref":"#/components/schemas/Usage"},"key_value":{"type":"string","pattern":"^fg_[A-Za-z0-9_-]{43}$","description":"Only in the answer that made it."}}},
"Usage":{"type":"object","required":["requests","errors","bytes_in","bytes_out","last_used_at"],"properties":{"requests":{"type":"integer"},"errors":{"type":"integer"},"bytes_in":{"type":"integer"},"bytes_out":{"type":"integer"},"last_used_at":{"type":["string","null"]}}},
"KeyList":{"type":"object","required":["items","total"],"properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/Key"}},"total":{"type":"integer"}}},
"KeySources":{"type":"object","required":["items","total"],"properties":{"items":{"type":"array","items":{"type":"object","required":["source_path","keys","active_keys"],"properties":{"source_path":{"type":"string"},"keys":{"type":"integer"},"active_keys":{"type":"integer"}}}},"total":{"type":"integer"}}},
"Rotation":{"type":"object","properties":{"keep_old_for":{"type":["string","number","null"],"description":"How long the old value goes on: 24h."}}},
"RouteInput":{"type":"object","description":"The fields of a route as YAML has them; null takes one away, *** keeps what is there."},
"Route":{"type":"object","required":["route_id","route_name","description","match_path","match_method","match_headers","target_protocol","strip_path_prefix","add_headers","remove_headers","add_response_headers","remove_response_headers","add_body_fields","remove_body_fields","priority","is_active","auth","permissions","rate_limit","burst","client_rate_limit","client_burst","max_concurrency","audit","tests","file","line","is_substituted"],"properties":{"route_id":{"type":"string"},"route_name":{"type":"string"},"description":{"type":"string"},"match_path":{"type":"string"},"match_method":{"type":"string"},"match_host":{"type":"string"},"match_headers":{"$ref":"#/components/schemas/Texts"},"match_body_schema":{"type":["object","boolean"]},"target_host":{"type":"string"},"upstream":{"type":"string"},"respond":{"type":"object"},"target_path":{"type":"string"},"target_protocol":{"type":"string"},"target_tls":{"type":"object"},"strip_path_prefix":{"type":["boolean","string"]},"add_headers":{"$ref":"#/components/schemas/Texts"},"remove_headers":{"type":"array","items":{"type":"string"}},"add_response_headers":{"$ref":"#/components/schemas/Texts"},"remove_response_headers":{"type":"array","items":{"type":"string"}},"add_body_fields":{"type":"object"},"remove_body_fields":{"type":"array","items":{"type":"string"}},"timeout":{"type":["number","string"]},"connect_timeout":{"type":["number","string"]},"first_byte_timeout":{"type":["number","string"]},"total_timeout":{"type":["number","string"]},"sse_keepalive":{"type":["number","string"]},"failover_preamble":{"type":["object","string"]},"retry_count":{"type":["integer","string"]},"retry_on":{"type":"array","items":{"type":"string"}},"priority":{"type":"integer"},"is_active":{"type":["boolean","string"]},"auth":{"type":"string"},"permissions":{"type":"array","items":{"type":"string"}},"rate_limit":{"type":["integer","string"]},"burst":{"type":["integer","string"]},"client_rate_limit":{"type":["integer","string"]},"client_burst":{"type":["integer","string"]},"max_concurrency":{"type":["integer","string"]},"queue":{"type":"object"},"max_body_size":{"type":["integer","string"]},"audit":{"type":"object"},"tests":{"type":"array","items":{"type":"object"}},"file":{"type":"string"},"line":{"type":"integer"},"is_substituted":{"type":"array","items":{"type":"string"}},"stats":{"type":"object"}}},
"Texts":{"type":"object","additionalProperties":{"type":"string"}},
"RouteList":{"type":"object","required":["items","total"],"properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/Route"}},"total":{"type":"integer"}}},
"DescribedRequest":{"type":"object","properties":{"method":{"type":"string"},"path":{"type":"string"},"url":{"type":"string"},"headers":{"$ref":"#/components/schemas/Texts"},"body":{"description":"A text, or JSON."},"key_id":{"type":"string"}}},
"RouteTest":{"type":"object","required":["route_id","matched","target_url","status_code","response_time_ms","error_message","response_headers","response_body"],"properties":{"route_id":{"type":"string"},"matched":{"type":"boolean"},"chosen_route_id":{"type":["string","null"]},"target_url":{"type":["string","null"]},"status_code":{"type":["integer","null"]},"response_time_ms":{"type":"number"},"error_message":{"type":["string","null"]},"response_headers":{"$ref":"#/components/schemas/Texts"},"response_body":{"type":"string"}}},
"Explanation":{"type":"object","required":["route_id","rejected","failover","upstream_request","candidates","trace"],"properties":{"route_id":{"type":["string","null"]},"rejected":{"type":"array","items":{"type":"object","required":["route_id","reason"],"properties":{"route_id":{"type":"string"},"reason":{"type":"string"}}}},"failover":{"type":"array","items":{"type":"string"}},"candidates":{"type":"array","items":{"type":"string"}},"upstream_request":{"type":["object","null"]},"own_path":{"description":"The field by which the gateway answers the path itself.","type":"string"},"trace":{"type":"string"}}},
"Config":{"type":"object","required":["yaml","files","generation"],"properties":{"yaml":{"type":"string"},"files":{"type":"array","items":{"type":"object","required":["path","sha256","writable"],"properties":{"path":{"type":"string"},"sha256":{"type":"string"},"writable":{"type":"boolean"}}}},"generation":{"type":"integer"}}},
"Validation":{"type":"object","required":["valid","errors"],"properties":{"valid":{"type":"boolean"},"errors":{"type":"array","items":{"$ref":"#/components/schemas/Finding"}}}},
"Reload":{"type":"object","required":["ok","generation","errors"],"properties":{"ok":{"type":"boolean"},"generation":{"type":"integer"},"errors":{"type":"array","items":{"$ref":"#/components/schemas/Finding"}}}},
"History":{"type":"object","required":["items","total"],"properties":{"items":{"type":"array","items":{"type":"object","required":["id","time","actor","source","ip_address","summary","diff","files"],"properties":{"id":{"type":"integer"},"time":{"type":"string"},"actor":{"type":"string"},"source":{"type":"string"},"ip_address":{"type":"string"},"summary":{"type":"string"},"diff":{"type":"string"},"files":{"type":"array","items":{"type":"string"}}}}},"total":{"type":"integer"}}},
"Rollback":{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}},
"RolledBack":{"type":"object","required":["ok","generation","files"],"properties":{"ok":{"type":"boolean"},"generation":{"type":"integer"},"files":{"type":"array","items":{"type":"string"}}}},
"Status":{"type":"object","required":["version","uptime_seconds","started_at","generation","config_file","pid","workers","is_draining","connections_open","requests_open","streams_open","active_api_keys","active_routes","upstreams","store","last_reload","admin_path"],"properties":{"version":{"type":"string"},"uptime_seconds":{"type":"integer"},"started_at":{"type":"string"},"generation":{"type":"integer"},"config_file":{"type":"string"},"pid":{"type":"integer"},"workers":{"type":"integer"},"is_draining":{"type":"boolean"},"connections_open":{"type":"integer"},"requests_open":{"type":"integer"},"streams_open":{"type":"integer"},"active_api_keys":{"type":"integer"},"active_routes":{"type":"integer"},"upstreams":{"type":"array","items":{"type":"object","required":["name","balance","servers"],"properties":{"name":{"type":"string"},"balance":{"type":"string"},"servers":{"type":"array","items":{"type":"object"}}}}},"store":{"type":"object","required":["enabled","state"],"properties":{"enabled":{"type":"boolean"},"state":{"enum":["ok","failing","off"]}}},"last_reload":{"type":["object","null"]},"admin_path":{"type":"string"}}},
"LogRecord":{"type":"object","required":["id","request_id","method","path","status_code","request_time","stage","kind"],"properties":{"id":{"type":"string"},"request_id":{"type":"string"},"kind":{"enum":["traffic","admin"]},"actor":{"description":"Of an admin call: the name of the token.","type":["string","null"]},"actor_role":{"enum":["admin","operator","viewer",null]},"actor_via":{"enum":["token","session",null]},"method":{"type":"string"},"path":{"type":"string"},"status_code":{"type":["integer","null"]},"request_time":{"type":"string"},"stage":{"enum":["begun","first_byte","complete"]}}},
"LogPage":{"type":"object","required":["items","next_cursor"],"properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/LogRecord"}},"next_cursor":{"type":["string","null"]},"total":{"type":"integer"}}},
"Metrics":{"type":"object","required":["total_requests","total_errors","success_rate","avg_response_time","active_api_keys","active_routes","last_hour_requests","requests_per_minute","p50_response_time","p95_response_time","p99_response_time","avg_ttfb","p50_ttfb","p95_ttfb","p99_ttfb","request_bytes","response_bytes","status_distribution","top_paths","top_sources","routes","keys","response_time_histogram"],"properties":{"total_requests":{"type":"integer"},"total_errors":{"type":"integer"},"success_rate":{"type":"number"},"avg_response_time":{"type":"number"},"active_api_keys":{"type":"integer"},"active_routes":{"type":"integer"},"last_hour_requests":{"type":"integer"},"requests_per_minute":{"type":"number"},"status_distribution":{"type":"object"},"top_paths":{"type":"array","items":{"type":"object"}},"top_sources":{"type":"array","items":{"type":"object"}},"routes":{"type":"array","items":{"type":"object"}},"keys":{"type":"array","items":{"type":"object"}},"response_time_histogram":{"type":"array","items":{"type":"object"}}}},
"Periods":{"type":"object","required":["items","total"],"properties":{"items":{"type":"array","items":{"type":"object","required":["time","total_requests","total_errors","success_rate","avg_response_time"],"properties":{"time":{"type":"string"},"total_requests":{"type":"integer"},"total_errors":{"type":"integer"},"success_rate":{"type":"number"},"avg_response_time":{"type":"number"}}}},"total":{"type":"integer"}}}
})json";

constexpr std::string_view kRecordFilter =
    "start_time end_time status_code method path key_id api_key source_path route_id is_stream "
    "has_error ip_address request_id kind actor order limit skip cursor";
constexpr std::string_view kExportFilter =
    "format fields start_time end_time status_code method path key_id api_key source_path route_id "
    "is_stream has_error ip_address request_id kind actor order";

constexpr CallShape kShapes[] = {
    {"showDashboard", "", "", "token", "302", ""},
    {"openSession", "Session", "Login", ""},
    {"showSession", "Session", "", ""},
    {"closeSession", "Ok", "", ""},
    {"listTokens", "TokenList", "", ""},
    {"listKeys", "KeyList", "", "source_path is_active skip limit"},
    {"createKey", "Key", "KeyInput", "dry_run", "201"},
    {"listKeySources", "KeySources", "", "skip limit"},
    {"updateKeyByPost", "Key", "KeyInput", "dry_run"},
    {"deleteKeyByPost", "Deleted", "", "dry_run"},
    {"showKey", "Key", "", ""},
    {"updateKey", "Key", "KeyInput", "dry_run"},
    {"deleteKey", "Deleted", "", "dry_run"},
    {"rotateKey", "Key", "Rotation", "dry_run"},
    {"listRoutes", "RouteList", "", "is_active skip limit"},
    {"createRoute", "Route", "RouteInput", "dry_run", "201"},
    {"updateRouteByPost", "Route", "RouteInput", "dry_run"},
    {"deleteRouteByPost", "Deleted", "", "dry_run"},
    {"showRoute", "Route", "", "format"},
    {"updateRoute", "Route", "RouteInput", "dry_run"},
    {"deleteRoute", "Deleted", "", "dry_run"},
    {"toggleRoute", "Route", "", "dry_run"},
    {"testRoute", "RouteTest", "DescribedRequest", ""},
    {"explain", "Explanation", "DescribedRequest", ""},
    {"showStatus", "Status", "", ""},
    {"listHistory", "History", "", "skip limit"},
    {"rollBack", "RolledBack", "Rollback", "dry_run"},
    {"showConfig", "Config", "", ""},
    {"validateConfig", "Validation", "", ""},
    {"reload", "Reload", "", ""},
    {"listLogs", "LogPage", "", kRecordFilter},
    {"exportLogs", "", "", kExportFilter, "200", "text/csv"},
    {"showLog", "LogRecord", "", ""},
    {"showMetrics", "Metrics", "", "hours"},
    {"showDailyMetrics", "Periods", "", "days route_id key_id"},
    {"showHourlyMetrics", "Periods", "", "hours route_id key_id"},
    {"showMinutelyMetrics", "Periods", "", "minutes route_id key_id"},
};

}  // namespace

std::string_view openapi_schemas() {
  return kSchemas;
}

std::span<const CallShape> call_shapes() {
  return kShapes;
}

}  // namespace fastgate::admin
