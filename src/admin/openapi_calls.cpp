#include <algorithm>

#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "admin/openapi_schemas.h"
#include "base/text.h"
#include "json/writer.h"

namespace fastgate::admin {
namespace {

const CallShape* shape_of(std::string_view operation) {
  const std::span<const CallShape> shapes = call_shapes();
  const auto found = std::ranges::find_if(
      shapes, [&](const CallShape& shape) { return shape.operation == operation; });
  return found == shapes.end() ? nullptr : &*found;
}

void append_parameter(json::JsonWriter& json, std::string_view name, std::string_view where) {
  json.begin_object().key("name").value(name).key("in").value(where);
  if (where == "path") json.key("required").value(true);
  json.key("schema").begin_object().key("type").value("string").end_object().end_object();
}

void append_parameters(json::JsonWriter& json, const CallEntry& entry, const CallShape& shape) {
  json.key("parameters").begin_array();
  for (const std::string_view part : split(entry.pattern, '/')) {
    if (part.starts_with('{')) append_parameter(json, part.substr(1, part.size() - 2), "path");
  }
  for (const std::string_view name : split(shape.query, ' ')) {
    if (!name.empty()) append_parameter(json, name, "query");
  }
  json.end_array();
}

void append_content(json::JsonWriter& json, std::string_view type, std::string_view schema) {
  json.key("content").begin_object().key(type).begin_object().key("schema").begin_object();
  if (schema.empty()) {
    json.key("type").value("string");
  } else {
    json.key("$ref").value("#/components/schemas/" + std::string(schema));
  }
  json.end_object().end_object().end_object();
}

void append_responses(json::JsonWriter& json, const CallShape& shape) {
  json.key("responses").begin_object();
  json.key(shape.status).begin_object().key("description").value("Done");
  if (!shape.content_type.empty()) append_content(json, shape.content_type, shape.answer);
  json.end_object();
  json.key("4XX").begin_object().key("description").value("Refused");
  append_content(json, "application/json", "Error");
  json.end_object();
  json.key("5XX").begin_object().key("description").value("Failed");
  append_content(json, "application/json", "Error");
  json.end_object().end_object();
}

void append_operation(json::JsonWriter& json, const CallEntry& entry, const CallShape& shape) {
  json.key(to_lower(name_of(entry.method))).begin_object();
  json.key("operationId").value(entry.operation).key("summary").value(entry.summary);
  json.key("description").value("Role: " + std::string(name_of(entry.role)) + ".");
  append_parameters(json, entry, shape);
  if (entry.body != BodyKind::None) {
    json.key("requestBody").begin_object();
    const bool is_yaml = entry.body == BodyKind::Yaml;
    append_content(json, is_yaml ? "application/yaml" : "application/json", shape.request);
    json.end_object();
  }
  if (entry.role == Role::None) json.key("security").begin_array().end_array();
  append_responses(json, shape);
  json.end_object();
}

void append_paths(json::JsonWriter& json) {
  const std::span<const CallEntry> table = call_table();
  std::vector<std::string_view> done;
  json.key("paths").begin_object();
  for (const CallEntry& first : table) {
    if (shape_of(first.operation) == nullptr) continue;
    if (std::ranges::find(done, first.pattern) != done.end()) continue;
    done.push_back(first.pattern);
    json.key(first.pattern).begin_object();
    for (const CallEntry& entry : table) {
      const CallShape* shape = shape_of(entry.operation);
      if (entry.pattern == first.pattern && shape != nullptr) append_operation(json, entry, *shape);
    }
    json.end_object();
  }
  json.end_object();
}

void append_security(json::JsonWriter& json) {
  json.key("securitySchemes").begin_object();
  json.key("bearer").begin_object().key("type").value("http").key("scheme").value("bearer");
  json.end_object().key("query").begin_object().key("type").value("apiKey");
  json.key("in").value("query").key("name").value("token").end_object();
  json.key("session").begin_object().key("type").value("apiKey").key("in").value("cookie");
  json.key("name").value(Access::kCookie).end_object().end_object();
}

}  // namespace

Answer show_openapi(const CallContext& context, const Call& call) {
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("openapi").value("3.1.0").key("info").begin_object();
  json.key("title").value("FastGate admin API");
  json.key("version").value(context.parts.facts.health_facts().version);
  json.key("license").begin_object().key("name").value("MIT").key("identifier").value("MIT");
  json.end_object().end_object();
  json.key("servers").begin_array().begin_object().key("url").value(call.admin_path).end_object();
  json.end_array().key("security").begin_array();
  for (const std::string_view scheme : {"bearer", "query", "session"}) {
    json.begin_object().key(scheme).begin_array().end_array().end_object();
  }
  json.end_array();
  append_paths(json);
  json.key("components").begin_object().key("schemas").raw(openapi_schemas());
  append_security(json);
  json.end_object().end_object();
  const std::string tag = tag_of(text);
  return tagged_reply(call, std::move(text), tag);
}

}  // namespace fastgate::admin
