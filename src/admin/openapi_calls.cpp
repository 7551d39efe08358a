#include <algorithm>

#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "admin/openapi_schemas.h"
#include "base/text.h"
#include "json/writer.h"

namespace fastgate::admin {
namespace {

/// Whether the call has a parameter so called, whose type is this.
bool takes(const CallShape& shape, std::string_view parameter) {
  const std::vector<std::string_view> all = split(shape.parameters, ' ');
  return std::ranges::find(all, parameter) != all.end();
}

void append_type(json::JsonWriter& json, std::string_view type) {
  json.key("schema").begin_object();
  if (type == "count") {
    json.key("type").value("integer").key("minimum").value(std::uint64_t{0});
  } else if (type == "flag") {
    json.key("type").value("boolean");
  } else {
    json.key("type").value("string");
  }
  if (type.contains('|')) {
    json.key("enum").begin_array();
    for (const std::string_view word : split(type, '|')) json.value(word);
    json.end_array();
  }
  json.end_object();
}

void append_parameters(json::JsonWriter& json, const CallEntry& entry, const CallShape& shape) {
  json.key("parameters").begin_array();
  for (const std::string_view part : split(entry.pattern, '/')) {
    if (!part.starts_with('{')) continue;
    json.begin_object().key("name").value(part.substr(1, part.size() - 2)).key("in").value("path");
    json.key("required").value(true);
    append_type(json, {});
    json.end_object();
  }
  for (const std::string_view parameter : split(shape.parameters, ' ')) {
    if (parameter.empty()) continue;
    const std::size_t colon = std::min(parameter.find(':'), parameter.size());
    const std::string_view type = parameter.substr(std::min(colon + 1, parameter.size()));
    json.begin_object().key("name").value(parameter.substr(0, colon));
    json.key("in").value(type == "header" ? "header" : "query");
    append_type(json, type);
    json.end_object();
  }
  json.end_array();
}

void append_reference(json::JsonWriter& json, std::string_view schema) {
  json.key("$ref").value("#/components/schemas/" + std::string(schema));
}

/// A body of these types. JSON has a schema, and `other` where it may be that instead; the rest are
/// texts.
void append_content(json::JsonWriter& json, std::string_view types, std::string_view schema,
                    std::string_view other = {}) {
  json.key("content").begin_object();
  for (const std::string_view type : split(types, ' ')) {
    json.key(type).begin_object().key("schema").begin_object();
    if (type != "application/json") {
      json.key("type").value("string");
    } else if (other.empty()) {
      append_reference(json, schema);
    } else {
      json.key("anyOf").begin_array();
      for (const std::string_view one : {schema, other}) {
        json.begin_object();
        append_reference(json, one);
        json.end_object();
      }
      json.end_array();
    }
    json.end_object().end_object();
  }
  json.end_object();
}

/// What a call answers where it is not refused: a dry run answers the change instead, with 200.
void append_success(json::JsonWriter& json, const CallShape& shape) {
  const bool has_trial = takes(shape, "dry_run:flag");
  const bool is_cached = takes(shape, "If-None-Match:header");
  json.key(shape.status).begin_object().key("description").value("Done");
  if (is_cached) {
    json.key("headers").begin_object().key("ETag").begin_object();
    append_type(json, {});
    json.end_object().end_object();
  }
  if (!shape.content_types.empty()) {
    append_content(json, shape.content_types, shape.answer,
                   has_trial && shape.status == "200" ? "Change" : "");
  }
  json.end_object();
  if (has_trial && shape.status != "200") {
    json.key("200").begin_object().key("description").value("Tried only");
    append_content(json, "application/json", "Change");
    json.end_object();
  }
  if (is_cached) {
    json.key("304").begin_object().key("description").value("As it was").end_object();
  }
}

void append_responses(json::JsonWriter& json, const CallShape& shape) {
  json.key("responses").begin_object();
  append_success(json, shape);
  for (const auto& [status, what] : {std::pair("4XX", "Refused"), std::pair("5XX", "Failed")}) {
    json.key(status).begin_object().key("description").value(what);
    append_content(json, "application/json", "Error");
    json.end_object();
  }
  json.end_object();
}

void append_request(json::JsonWriter& json, BodyKind kind, std::string_view schema) {
  if (kind == BodyKind::None) return;
  const bool is_optional = schema.ends_with('?');
  if (is_optional) schema.remove_suffix(1);
  json.key("requestBody").begin_object().key("required").value(!is_optional);
  append_content(json, kind == BodyKind::Yaml ? "application/yaml" : "application/json", schema);
  json.end_object();
}

void append_operation(json::JsonWriter& json, const CallEntry& entry, const CallShape& shape) {
  json.key(to_lower(name_of(entry.method))).begin_object();
  json.key("operationId").value(entry.operation).key("summary").value(entry.summary);
  json.key("description").value("Role: " + std::string(name_of(entry.role)) + ".");
  append_parameters(json, entry, shape);
  append_request(json, entry.body, shape.request);
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
  json.key("name").value(Access::kCookie).key("description");
  json.value("Writes need the csrf_token of the session in X-CSRF-Token too.");
  json.end_object().end_object();
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
