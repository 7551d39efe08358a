#include <unistd.h>

#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "admin/text_reads.h"
#include "config/load.h"
#include "json/writer.h"

namespace fastgate::admin {
namespace {

void write_findings(json::JsonWriter& json, const std::vector<FieldError>& errors) {
  json.key("errors").begin_array();
  for (const FieldError& error : errors) {
    json.begin_object().key("file").value(error.file).key("line").value(error.line);
    json.key("column").value(error.column).key("message").value(error.message).end_object();
  }
  json.end_array();
}

}  // namespace

Answer show_config(const CallContext& context, const Call& call) {
  const LoadedConfig running = context.parts.control.running();
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("yaml").value(config::print(running.snapshot->config));
  json.key("files").begin_array();
  // By the digest of a file that is known but for a short secret, this can be searched for.
  const bool tells_digests = call.caller.role == Role::Admin;
  std::string tag = context.parts.tag_salt + std::string(name_of(call.caller.role));
  for (const LoadedFile& file : *running.files) {
    const std::string digest = to_hex(file.digest);
    tag += digest;
    json.begin_object().key("path").value(file.path);
    if (tells_digests) json.key("sha256").value(digest);
    json.key("writable").value(::access(file.path.c_str(), W_OK) == 0).end_object();
  }
  json.end_array().key("generation").value(running.snapshot->generation).end_object();
  return tagged_reply(call, std::move(text), tag_of(tag));
}

Answer validate_config(const CallContext& context, const Call& call) {
  if (call.caller.role < Role::Admin &&
      !reads_no_more(call.body, *context.parts.control.running().files)) {
    return refuse(403, "forbidden",
                  "only the role `admin` may have a text checked that reads, by `${…}` or as a "
                  "file, what the running configuration does not");
  }
  const auto outcome = context.parts.control.validate(call.body);
  if (!outcome) return std::unexpected(outcome.error());
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("valid").value(outcome->ok);
  write_findings(json, outcome->errors);
  json.end_object();
  return json_reply(std::move(text));
}

Answer reload_config(const CallContext& context, const Call& call) {
  const auto outcome = context.parts.control.reload(
      {.actor = call.caller.name, .source = "reload", .ip_address = call.caller.client.text()});
  if (!outcome) return std::unexpected(outcome.error());
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("ok").value(outcome->ok);
  json.key("generation").value(outcome->generation);
  write_findings(json, outcome->errors);
  if (!outcome->ok) {
    const auto refused = refuse(422, "invalid_configuration",
                                "the configuration was rejected: what was in force goes on");
    append_refusal(json, refused.error(), call.request_id);
  }
  json.end_object();
  return json_reply(std::move(text), outcome->ok ? 200 : 422);
}

}  // namespace fastgate::admin
