#include "gateway/compile_body.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "config/secret_names.h"

namespace fastgate::gateway {
namespace {

/// Placeholders that a body field may hold besides captures.
constexpr std::string_view kPlaceholders[] = {"request_id",
                                              "client_ip",
                                              "key_id",
                                              "source_path",
                                              "host",
                                              "method",
                                              "path",
                                              "request_uri",
                                              "client_certificate_subject",
                                              "client_certificate_verify"};

/// The place of a JSON pointer, or of the nearest thing around it that has one.
config::Mark place_of(const config::Json& json, std::string pointer) {
  for (;;) {
    const auto found = json.places.find(pointer);
    if (found != json.places.end()) return found->second;
    const std::size_t slash = pointer.rfind('/');
    if (slash == std::string::npos) return json.mark;
    pointer.resize(slash);
  }
}

bool compile_schema(const config::Json& json, config::Diagnostics& diagnostics, BodyRule& rule) {
  auto schema = json::Schema::compile(json.text);
  if (!schema) {
    diagnostics.error(place_of(json, schema.error().pointer),
                      "`match_body_schema`: " + schema.error().text());
    return false;
  }
  rule.schema = *std::move(schema);
  return true;
}

/// The names that placeholders of a route may have.
std::vector<std::string> placeholder_names(const PathPattern& pattern) {
  std::vector<std::string> names(std::begin(kPlaceholders), std::end(kPlaceholders));
  for (const std::string& name : pattern.capture_names()) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace

bool compile_body_rule(const config::RouteConfig& config, config::Diagnostics& diagnostics,
                       Route& route) {
  if (!config.match_body_schema) return true;
  const config::Json& json = *config.match_body_schema;
  auto value = json::Value::parse(json.text);
  if (!value) {
    diagnostics.error(json.mark, "`match_body_schema`: " + value.error().text);
    return false;
  }
  BodyRule rule;
  rule.is_secret = json.is_substituted;
  if (json::is_json_schema(value->view())) {
    if (!compile_schema(json, diagnostics, rule)) return false;
  } else {
    for (const json::Member& member : value->view().members()) {
      auto wanted = json::Value::parse(json::to_json(member.value));
      FG_ASSERT(wanted.has_value());
      rule.fields.push_back({std::string(member.name), *std::move(wanted)});
    }
  }
  route.body = std::make_unique<const BodyRule>(std::move(rule));
  return true;
}

bool compile_body_changes(const config::RouteConfig& config, config::Diagnostics& diagnostics,
                          Route& route) {
  if (config.add_body_fields.empty() && config.remove_body_fields.empty()) return true;
  json::FieldChanges changes;
  for (const auto& [name, value] : config.add_body_fields) {
    changes.add.push_back({name, value.text});
  }
  changes.remove = config.remove_body_fields;
  changes.placeholders = placeholder_names(route.pattern);
  auto patch = json::FieldPatch::compile(changes);
  if (!patch) {
    const config::Mark mark =
        config.add_body_fields.empty() ? config.mark : config.add_body_fields.front().second.mark;
    diagnostics.error(mark, patch.error().text);
    return false;
  }
  route.body_patch = std::make_unique<const json::FieldPatch>(*std::move(patch));
  for (const std::string& name : changes.placeholders) {
    auto text =
        TemplateText::parse("{" + name + "}", route.pattern, TemplateText::Unknown::IsLiteral);
    FG_ASSERT(text.has_value());
    route.body_placeholders.push_back(*std::move(text));
  }
  return true;
}

json::FieldPatch masked_patch(const Route& route) {
  json::FieldChanges changes;
  for (const auto& [name, value] : route.config->add_body_fields) {
    const bool is_secret = value.is_substituted || config::is_secret_name(name);
    changes.add.push_back(
        {name, is_secret ? "\"" + std::string(config::kMask) + "\"" : value.text});
  }
  changes.remove = route.config->remove_body_fields;
  changes.placeholders = placeholder_names(route.pattern);
  auto patch = json::FieldPatch::compile(changes);
  // The same names compiled before, and a masked value is JSON.
  FG_ASSERT(patch.has_value());
  return *std::move(patch);
}

}  // namespace fastgate::gateway
