#include "gateway/trace.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "config/secret_names.h"
#include "config/secret_query.h"
#include "gateway/compile_body.h"
#include "gateway/route_fit.h"

namespace fastgate::gateway {
namespace {

/// Bytes of a client's value that are shown.
constexpr std::size_t kShownBytes = 80;

std::string shown(std::string_view value) {
  return value.size() <= kShownBytes ? std::string(value)
                                     : std::string(value.substr(0, kShownBytes)) + "…";
}

std::string method_mismatch(const Route& route, const http::RequestHead& head) {
  constexpr std::array kNamed = {
      std::pair{http::Method::Get, "GET"},         std::pair{http::Method::Head, "HEAD"},
      std::pair{http::Method::Post, "POST"},       std::pair{http::Method::Put, "PUT"},
      std::pair{http::Method::Delete, "DELETE"},   std::pair{http::Method::Connect, "CONNECT"},
      std::pair{http::Method::Options, "OPTIONS"}, std::pair{http::Method::Trace, "TRACE"},
      std::pair{http::Method::Patch, "PATCH"}};
  std::vector<std::string> wanted = route.other_methods;
  for (const auto& [method, name] : kNamed) {
    if ((route.methods & method_bit(method)) != 0) wanted.emplace_back(name);
  }
  std::string text = "method is " + shown(head.method_name()) + ", not ";
  for (std::size_t i = 0; i < wanted.size(); ++i)
    text.append(i == 0 ? "" : " or ").append(wanted[i]);
  return text;
}

std::string host_mismatch(const Route& route, const RequestFacts& facts) {
  if (facts.authority.empty())
    return "there is no host, wants '" + route.config->match_host.value + "'";
  return "host is '" + shown(facts.authority) + "', wants '" + route.config->match_host.value + "'";
}

std::string header_mismatch(const HeaderRule& rule, const RequestFacts& facts) {
  // As lists of routes show it: whoever may only read asks for explanations too.
  const bool is_secret = rule.is_secret || config::is_secret_name(rule.name);
  const std::string wanted = is_secret ? std::string(config::kMask) : rule.text;
  const auto value = facts.head->find(rule.name);
  if (!value) return "header " + rule.name + " is absent, wants '" + wanted + "'";
  const std::string found = is_secret ? std::string(config::kMask) : shown(*value);
  return "header " + rule.name + " is '" + found + "', wants '" + wanted + "'";
}

bool is_secret_field(std::string_view name, const std::vector<FieldTemplate>& added) {
  return config::is_secret_name(name) ||
         std::ranges::any_of(added, [&](const FieldTemplate& field) {
           return field.is_secret && equals_ignoring_case(field.name, name);
         });
}

/// The fields of a head's text, secrets masked.
std::vector<std::pair<std::string, std::string>> masked_fields(std::string_view head,
                                                               const Route& route) {
  std::vector<std::pair<std::string, std::string>> fields;
  head.remove_prefix(std::min(head.find("\r\n") + 2, head.size()));
  std::string scratch;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    const bool is_secret = is_secret_field(name, route.add_headers);
    const std::string_view value = trim(line.substr(colon + 1));
    // A field may hold a URL, as Referer does.
    fields.emplace_back(name, is_secret ? config::kMask : config::mask_url(value, scratch));
  }
  return fields;
}

std::string masked_body(const DryRun& run) {
  const Route& route = *run.route();
  if (!route.body_patch) return *run.upstream_body();
  Captures captures;
  const TemplateValues values = template_values(run.plan(), captures);
  std::vector<std::string> texts(route.body_placeholders.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    route.body_placeholders[i].append_to(texts[i], values, Escape::None);
  }
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const json::FieldPatch patch = masked_patch(route);
  const auto changed = patch.apply(run.body()->bytes, views);
  std::string out;
  // It was changed before, with other values.
  if (changed) changed->append_to(out);
  return out;
}

ExplainedRequest explain_request(const DryRun& run) {
  const Route& route = *run.route();
  ExplainedRequest out;
  out.method = run.facts()->head->method_name();
  std::string scratch;
  out.url = run.target_urls().front();
  if (route.target_path_is_secret) {
    out.url.resize(out.url.size() - run.upstream()->target().size());
    out.url.append("/").append(config::kMask);
  } else {
    out.url = std::string(config::mask_url(out.url, scratch));
  }
  out.headers = masked_fields(run.upstream()->head, route);
  if (run.upstream_body()) out.body = masked_body(run);
  return out;
}

ExplainedReply explain_reply(const Reply& reply, const FixedAnswer& answer) {
  ExplainedReply out;
  out.status = reply.status;
  if (!reply.body.empty()) out.headers.emplace_back("Content-Type", reply.content_type);
  for (const auto& [name, value] : reply.headers) {
    const bool is_secret = is_secret_field(name, answer.headers);
    out.headers.emplace_back(name, is_secret ? std::string(config::kMask) : value);
  }
  out.body = answer.is_secret ? std::string(config::kMask) : reply.body;
  return out;
}

/// Takes out what came through `${…}` where no field's own mark tells: patterns, hosts, messages.
void mask_secrets(Explanation& explanation, const config::SecretTexts& secrets) {
  if (secrets.is_empty()) return;
  for (RejectedRoute& route : explanation.rejected) {
    route.reason = secrets.masked(std::move(route.reason));
  }
  for (std::optional<ExplainedError>* error : {&explanation.error, &explanation.refusal}) {
    if (*error) (*error)->message = secrets.masked(std::move((*error)->message));
  }
  if (!explanation.upstream_request) return;
  ExplainedRequest& request = *explanation.upstream_request;
  request.url = secrets.masked_whole(std::move(request.url));
  for (auto& [name, value] : request.headers) value = secrets.masked_whole(std::move(value));
}

std::optional<ExplainedError> explain_error(const std::optional<Error>& error) {
  if (!error) return std::nullopt;
  return ExplainedError{status_of(error->kind), error->text};
}

}  // namespace

std::string mismatch(const Route& route, const RequestFacts& facts, const CollectedBody* body) {
  if (!method_fits(route, *facts.head)) return method_mismatch(route, *facts.head);
  if (!host_fits(route.host, facts)) return host_mismatch(route, facts);
  if (!route.pattern.matches(facts.target->match_path, facts.scratch)) {
    return "path does not fit '" + std::string(route.pattern.text()) + "'";
  }
  for (const HeaderRule& rule : route.headers) {
    if (!header_fits(rule, facts)) return header_mismatch(rule, facts);
  }
  return route.body ? body_mismatch(*route.body, body) : std::string();
}

namespace {

Explanation explain_unmasked(const Snapshot& snapshot, const DryRequest& request) {
  const DryRun run(snapshot, request);
  Explanation out;
  out.error = explain_error(run.error());
  out.refusal = explain_error(run.refusal());
  out.rate = run.rate();
  out.own_path = run.own_path();
  if (run.facts() == nullptr || !out.own_path.empty()) return out;
  for (const Route& route : snapshot.routes) {
    if (&route == run.route()) break;
    std::string reason = mismatch(route, *run.facts(), run.body());
    if (!reason.empty()) out.rejected.push_back({route.id, std::move(reason)});
  }
  if (run.route() == nullptr) return out;
  out.route_id = run.route()->id;
  if (snapshot.config.proxy.failover) {
    for (const Route* route : run.candidates().routes) {
      if (route != run.route()) out.failover.push_back(route->id);
    }
  }
  if (run.upstream() != nullptr) {
    out.upstream_request = explain_request(run);
    const config::PreambleConfig& preamble = run.route()->policy->failover_preamble;
    if (preamble.bytes.count != 0) out.failover_preamble = preamble;
  }
  if (run.reply()) out.respond = explain_reply(*run.reply(), *run.route()->respond);
  return out;
}

}  // namespace

Explanation explain(const Snapshot& snapshot, const DryRequest& request) {
  Explanation out = explain_unmasked(snapshot, request);
  mask_secrets(out, snapshot.config.secrets);
  return out;
}

}  // namespace fastgate::gateway
