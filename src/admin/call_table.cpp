#include "admin/call_table.h"

#include "admin/calls.h"

namespace fastgate::admin {
namespace {

using enum http::Method;
using enum Role;

// Fixed paths stand before patterns that would take them.
constexpr CallEntry kCalls[] = {
    {Get, "", None, Lane::Loop, BodyKind::None, show_dashboard, "showStart", "To the web pages"},
    {Get, "/", None, Lane::Loop, BodyKind::None, show_dashboard, "showRoot", "To the web pages"},
    {Get, "/dashboard", None, Lane::Loop, BodyKind::None, show_dashboard, "showDashboard",
     "To the web pages"},
    {Get, "/ui", None, Lane::Loop, BodyKind::None, show_dashboard, "showUi", "To the web pages"},
    {Get, "/ui/*", None, Lane::Loop, BodyKind::None, show_page, "showPage",
     "A file of the web pages"},
    {Post, "/session", None, Lane::Loop, BodyKind::Json, open_session, "openSession",
     "Log in at the web pages"},
    {Get, "/session", Viewer, Lane::Loop, BodyKind::None, show_session, "showSession",
     "Who is logged in"},
    {Delete, "/session", Viewer, Lane::Loop, BodyKind::None, close_session, "closeSession",
     "Log out"},
    {Get, "/tokens", Admin, Lane::Loop, BodyKind::None, list_tokens, "listTokens",
     "The configured tokens by name and role"},
    {Get, "/keys", Viewer, Lane::Reads, BodyKind::None, list_keys, "listKeys", "Keys"},
    {Post, "/keys", Admin, Lane::Writes, BodyKind::Json, create_key, "createKey",
     "Create a key; its value is shown once"},
    {Get, "/keys/sources", Viewer, Lane::Reads, BodyKind::None, list_key_sources, "listKeySources",
     "Whose keys there are"},
    {Post, "/keys/update/{key_id}", Admin, Lane::Writes, BodyKind::Json, update_key,
     "updateKeyByPost", "Change a key"},
    {Post, "/keys/delete/{key_id}", Admin, Lane::Writes, BodyKind::None, delete_key,
     "deleteKeyByPost", "Delete a key"},
    {Get, "/keys/{key_id}", Viewer, Lane::Reads, BodyKind::None, show_key, "showKey", "A key"},
    {Put, "/keys/{key_id}", Admin, Lane::Writes, BodyKind::Json, update_key, "updateKey",
     "Change a key"},
    {Delete, "/keys/{key_id}", Admin, Lane::Writes, BodyKind::None, delete_key, "deleteKey",
     "Delete a key"},
    {Post, "/keys/{key_id}/rotate", Admin, Lane::Writes, BodyKind::Json, rotate_key, "rotateKey",
     "Give a key a new value"},
    {Get, "/routes", Viewer, Lane::Reads, BodyKind::None, list_routes, "listRoutes", "Routes"},
    {Post, "/routes", Operator, Lane::Writes, BodyKind::Json, create_route, "createRoute",
     "Create a route"},
    {Post, "/routes/update/{route_id}", Operator, Lane::Writes, BodyKind::Json, update_route,
     "updateRouteByPost", "Change a route"},
    {Post, "/routes/delete/{route_id}", Operator, Lane::Writes, BodyKind::None, delete_route,
     "deleteRouteByPost", "Delete a route"},
    {Get, "/routes/{route_id}", Viewer, Lane::Reads, BodyKind::None, show_route, "showRoute",
     "A route"},
    {Put, "/routes/{route_id}", Operator, Lane::Writes, BodyKind::Json, update_route, "updateRoute",
     "Change a route"},
    {Delete, "/routes/{route_id}", Operator, Lane::Writes, BodyKind::None, delete_route,
     "deleteRoute", "Delete a route"},
    {Post, "/routes/{route_id}/toggle", Operator, Lane::Writes, BodyKind::None, toggle_route,
     "toggleRoute", "Switch a route on or off"},
    {Post, "/explain", Viewer, Lane::Reads, BodyKind::Json, explain_request, "explain",
     "What would be done with a request"},
    {Post, "/routes/{route_id}/test", Operator, Lane::Reads, BodyKind::Json, test_route,
     "testRoute", "Send a real request to a route's target"},
    {Get, "/logs", Viewer, Lane::Reads, BodyKind::None, list_logs, "listLogs",
     "Records of requests, newest first"},
    {Get, "/logs/export", Viewer, Lane::Reads, BodyKind::None, export_logs, "exportLogs",
     "Records of any number as CSV, JSON or NDJSON"},
    {Get, "/logs/{log_id}", Viewer, Lane::Reads, BodyKind::None, show_log, "showLog",
     "A record with its captured parts"},
    {Get, "/metrics", Viewer, Lane::Reads, BodyKind::None, show_metrics, "showMetrics",
     "Statistics of all requests"},
    {Get, "/metrics/daily", Viewer, Lane::Reads, BodyKind::None, show_daily_metrics,
     "showDailyMetrics", "Statistics by day"},
    {Get, "/metrics/hourly", Viewer, Lane::Reads, BodyKind::None, show_hourly_metrics,
     "showHourlyMetrics", "Statistics by hour"},
    {Get, "/metrics/minutely", Viewer, Lane::Reads, BodyKind::None, show_minutely_metrics,
     "showMinutelyMetrics", "Statistics by minute"},
    {Get, "/openapi.json", Viewer, Lane::Loop, BodyKind::None, show_openapi, "showOpenApi",
     "This document"},
    {Get, "/status", Viewer, Lane::Reads, BodyKind::None, show_status, "showStatus",
     "What the process is doing"},
    {Get, "/config/history", Viewer, Lane::Writes, BodyKind::None, list_history, "listHistory",
     "Changes of the configuration, newest first"},
    {Post, "/config/rollback", Admin, Lane::Writes, BodyKind::Json, roll_back, "rollBack",
     "Put the files back as they were before a change"},
    {Get, "/config", Viewer, Lane::Writes, BodyKind::None, show_config, "showConfig",
     "The effective configuration, secrets masked"},
    {Post, "/config/validate", Viewer, Lane::Writes, BodyKind::Yaml, validate_config,
     "validateConfig", "Check a configuration text without applying it"},
    {Post, "/reload", Operator, Lane::Writes, BodyKind::None, reload_config, "reload",
     "Load the files again, as HUP does"},
};

}  // namespace

std::span<const CallEntry> call_table() {
  return kCalls;
}

}  // namespace fastgate::admin
