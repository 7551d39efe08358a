#include "gateway/compile_headers.h"

#include "base/text.h"

namespace fastgate::gateway {
namespace {

using http::FieldId;

constexpr std::string_view kRegexPrefix = "regex:";

/// What the gateway says of the client in every request to an upstream.
constexpr FieldId kForwarding[] = {FieldId::XForwardedFor, FieldId::XForwardedProto,
                                   FieldId::XForwardedHost, FieldId::XRealIp, FieldId::XRequestId};

/// Fields that belong to the message's framing: written by the gateway, whatever a list of names
/// says.
constexpr http::FieldIdSet kFraming(FieldId::Host, FieldId::ContentLength,
                                    FieldId::TransferEncoding);

void remove_by_name(FieldRemoval& removal, std::string_view name) {
  if (!kFraming.contains(http::field_id(name))) removal.insert(name);
}

}  // namespace

FieldTemplate compile_field(const config::NamedText& field, const PathPattern& pattern) {
  FieldTemplate out;
  out.name = field.name;
  out.id = http::field_id(field.name);
  // Unknown names are literal text, so that it cannot fail.
  auto value = TemplateText::parse(field.value.value, pattern, TemplateText::Unknown::IsLiteral,
                                   field.value.literal_braces);
  FG_ASSERT(value.has_value());
  out.value = *std::move(value);
  out.is_secret = field.value.is_substituted;
  return out;
}

bool compile_header_rules(const config::RouteConfig& config, config::Diagnostics& diagnostics,
                          Route& route) {
  bool is_fine = true;
  for (const config::NamedText& wanted : config.match_headers) {
    HeaderRule rule;
    rule.name = wanted.name;
    rule.id = http::field_id(wanted.name);
    rule.text = wanted.value.value;
    rule.value = trim(wanted.value.value);
    rule.is_secret = wanted.value.is_substituted;
    if (rule.value.starts_with(kRegexPrefix)) {
      auto regex = Regex::compile(trim(rule.value).substr(kRegexPrefix.size()),
                                  {.letter_case = RegexCase::Insensitive});
      if (!regex) {
        const std::string reason = rule.is_secret ? "is no regular expression" : regex.error().text;
        diagnostics.error(wanted.value.mark, "`match_headers`: `" + rule.name + "`: " + reason);
        is_fine = false;
        continue;
      }
      rule.regex = *std::move(regex);
    }
    route.headers.push_back(std::move(rule));
  }
  return is_fine;
}

void compile_header_changes(const config::RouteConfig& config,
                            const std::vector<std::string>& strip, config::Diagnostics& diagnostics,
                            Route& route, RoutePolicy& policy) {
  FieldRemoval& removal = policy.remove_headers;
  for (const std::string& name : strip) remove_by_name(removal, name);
  for (const auto& name : config.remove_headers) remove_by_name(removal, name.value);
  for (const config::NamedText& field : config.add_headers) {
    route.add_headers.push_back(compile_field(field, route.pattern));
    policy.sets_host = policy.sets_host || route.add_headers.back().id == FieldId::Host;
    remove_by_name(removal, field.name);
  }
  for (const FieldId id : kForwarding) {
    if (!removal.ids.contains(id)) policy.forwarding.insert(id);
    removal.ids.insert(id);
  }
  removal.ids.insert(FieldId::Expect);
  removal.ids.insert(FieldId::TransferEncoding);

  for (const auto& name : config.remove_response_headers) {
    remove_by_name(policy.remove_response_headers, name.value);
  }
  for (const config::NamedText& field : config.add_response_headers) {
    FieldTemplate added = compile_field(field, route.pattern);
    if (added.id == FieldId::XRequestId) {
      diagnostics.warning(field.name_mark,
                          "`add_response_headers`: `X-Request-Id` is always the gateway's own");
      continue;
    }
    if (added.id != FieldId::SetCookie) remove_by_name(policy.remove_response_headers, field.name);
    policy.add_response_headers.push_back(std::move(added));
  }
}

}  // namespace fastgate::gateway
