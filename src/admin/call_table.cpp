#include "admin/call_table.h"

#include "admin/calls.h"

namespace fastgate::admin {
namespace {

using enum http::Method;
using enum Role;

// Fixed paths stand before patterns that would take them.
constexpr CallEntry kCalls[] = {
    {Post, "/session", None, Lane::Loop, BodyKind::Json, open_session, "openSession",
     "Log in at the web pages"},
    {Get, "/session", Viewer, Lane::Loop, BodyKind::None, show_session, "showSession",
     "Who is logged in"},
    {Delete, "/session", Viewer, Lane::Loop, BodyKind::None, close_session, "closeSession",
     "Log out"},
    {Get, "/tokens", Admin, Lane::Loop, BodyKind::None, list_tokens, "listTokens",
     "The configured tokens by name and role"},
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
