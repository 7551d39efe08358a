#include "gateway/body_match.h"

#include "base/utf8.h"
#include "json/equality.h"
#include "json/value.h"

namespace fastgate::gateway {
namespace {

/// Bytes of a value that are shown.
constexpr std::size_t kShown = 80;

const BodyField* first_mismatch(const BodyRule& rule, const json::Document& document) {
  for (const BodyField& field : rule.fields) {
    const auto value = document.find(field.name);
    if (!value || !json::equal(*value, field.value.view())) return &field;
  }
  return nullptr;
}

json::MatchOutcome match_schema(const BodyRule& rule, const CollectedBody& body,
                                json::SchemaScratch& own) {
  json::SchemaScratch& scratch = body.scratch != nullptr ? *body.scratch : own;
  return rule.schema->match(body.document->root(), scratch);
}

std::string shown(json::ValueView value) {
  std::string text = json::to_json(value);
  if (text.size() <= kShown) return text;
  // Not inside a character of several bytes.
  std::size_t length = kShown;
  while (length > 0 && is_utf8_continuation(text[length])) --length;
  text.resize(length);
  return text + "…";
}

std::string field_mismatch(const BodyField& field, const CollectedBody& body, bool is_secret) {
  const auto value = body.document->find(field.name);
  if (!value) return "body: " + field.name + " is absent";
  const std::string wanted = is_secret ? "***" : shown(field.value.view());
  return "body: " + field.name + " is " + shown(*value) + ", not " + wanted;
}

std::string schema_mismatch(const BodyRule& rule, const CollectedBody& body) {
  json::SchemaScratch own;
  switch (match_schema(rule, body, own)) {
    case json::MatchOutcome::Match:
      return {};
    case json::MatchOutcome::LimitReached:
      return "body: matching it with the schema is too much work";
    case json::MatchOutcome::NoMatch:
      break;
  }
  const std::string place = (body.scratch != nullptr ? *body.scratch : own).failed_at();
  return place.empty() ? "body does not fit the schema"
                       : "body does not fit the schema at " + place;
}

}  // namespace

bool body_fits(const BodyRule& rule, const CollectedBody* body) {
  if (body == nullptr || body->document == nullptr) return false;
  if (!rule.schema) return first_mismatch(rule, *body->document) == nullptr;
  if (body->scratch != nullptr) return rule.schema->matches(body->document->root(), *body->scratch);
  json::SchemaScratch own;
  return rule.schema->matches(body->document->root(), own);
}

std::string body_mismatch(const BodyRule& rule, const CollectedBody* body) {
  if (body == nullptr) return "body is absent";
  if (body->document == nullptr) return "body " + std::string(body->reason);
  if (rule.schema) return schema_mismatch(rule, *body);
  const BodyField* field = first_mismatch(rule, *body->document);
  return field == nullptr ? std::string() : field_mismatch(*field, *body, rule.is_secret);
}

}  // namespace fastgate::gateway
