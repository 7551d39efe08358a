#include "gateway/compile_route.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "gateway/compile_body.h"
#include "gateway/compile_headers.h"
#include "gateway/route_fit.h"
#include "http/target.h"

namespace fastgate::gateway {
namespace {

/// A path as requests can hold it: what is beyond ASCII percent-encoded. Names of captures are
/// ASCII.
std::string ascii_path(std::string_view text) {
  std::string out;
  for (const char& c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      out.push_back(c);
    } else {
      append_path_encoded(out, {&c, 1});
    }
  }
  return out;
}

/// Compiles one route. Short-lived.
class RouteCompiler {
 public:
  RouteCompiler(const config::RouteConfig& config, const config::Config& all,
                config::Diagnostics& diagnostics, RoutePolicies& policies)
      : config_(config), all_(all), diagnostics_(diagnostics), policies_(policies) {}

  std::optional<Route> compile() {
    route_.id = config_.route_id.value;
    route_.name = config_.route_name;
    auto pattern = PathPattern::parse(config_.match_path.value);
    if (!pattern) {
      // Everything else refers to the pattern's captures. The reader has told of what is none.
      const config::Mark mark = config_.match_path.mark;
      if (!diagnostics_.has_error_at(mark)) diagnostics_.error(mark, pattern.error().text);
      return std::nullopt;
    }
    route_.pattern = *std::move(pattern);
    compile_methods();
    bool is_fine = compile_host();
    is_fine = compile_header_rules(config_, diagnostics_, route_) && is_fine;
    is_fine = compile_body_rule(config_, diagnostics_, route_) && is_fine;
    is_fine = compile_target() && is_fine;
    is_fine = compile_body_changes(config_, diagnostics_, route_) && is_fine;
    compile_header_changes(config_, all_.proxy.strip_headers, diagnostics_, route_, policy_);
    compile_answer();
    compile_limits();
    route_.needs_captures = reads_captures();
    route_.config = &config_;
    if (!is_fine) return std::nullopt;
    route_.policy = &*policies_.insert(std::move(policy_)).first;
    return std::move(route_);
  }

 private:
  void compile_methods() {
    for (const std::string& name : config_.match_method) {
      const http::Method method = http::method_of(name);
      if (method == http::Method::Other) {
        route_.other_methods.push_back(name);
      } else {
        route_.methods |= method_bit(method);
      }
    }
  }

  bool compile_host() {
    std::string_view text = config_.match_host.value;
    if (text.empty()) return true;
    HostRule& rule = route_.host;
    const bool is_wildcard = text.starts_with("*.");
    if (is_wildcard) text.remove_prefix(2);
    const auto parts = http::parse_host(text);
    if (!parts || parts->host.empty()) {
      diagnostics_.error(config_.match_host.mark, "`match_host`: not a host name");
      return false;
    }
    rule.kind = is_wildcard ? HostRule::Kind::Wildcard : HostRule::Kind::Exact;
    rule.host = is_wildcard ? "." : "";
    rule.host += to_lower(without_final_dot(parts->host));
    rule.port = parts->port;
    return true;
  }

  bool compile_target() {
    route_.strip_path_prefix = config_.strip_path_prefix;
    if (route_.strip_path_prefix && route_.pattern.literal_prefix().empty()) {
      diagnostics_.warning(config_.match_path.mark,
                           "`strip_path_prefix` has no effect: the pattern begins with a wildcard");
      route_.strip_path_prefix = false;
    }
    if (!config_.target_path) return true;
    const config::Text& target = *config_.target_path;
    std::string_view text = target.value;
    if (text.ends_with('*')) {
      route_.target_path_takes_rest = true;
      while (text.ends_with('*')) text.remove_suffix(1);
      if (!route_.pattern.has_wildcard()) {
        return fail_target(
            "`target_path` ends in `*`, but `match_path` has no wildcard to fill it");
      }
    }
    auto parsed =
        TemplateText::parse(ascii_path(text), route_.pattern, TemplateText::Unknown::IsError);
    if (!parsed) return fail_target("`target_path`: " + parsed.error().text);
    route_.target_path = std::make_unique<const TemplateText>(*std::move(parsed));
    route_.target_path_is_secret = target.is_substituted;
    return true;
  }

  bool fail_target(std::string message) {
    diagnostics_.error(config_.target_path->mark, std::move(message));
    return false;
  }

  void compile_answer() {
    if (!config_.respond) return;
    const config::RespondConfig& respond = *config_.respond;
    FixedAnswer answer;
    answer.status = respond.status;
    answer.is_json = respond.is_json;
    answer.is_secret = respond.body.is_substituted;
    auto body = TemplateText::parse(respond.body.value, route_.pattern,
                                    TemplateText::Unknown::IsLiteral, respond.body.literal_braces);
    FG_ASSERT(body.has_value());
    answer.body = *std::move(body);
    // It is on the way back as an upstream's answer is: what the route does to those holds for it.
    for (const config::NamedText& field : respond.headers) {
      FieldTemplate own = compile_field(field, route_.pattern);
      if (policy_.remove_response_headers.contains({own.name, {}, own.id})) continue;
      answer.headers.push_back(std::move(own));
    }
    std::ranges::copy(policy_.add_response_headers, std::back_inserter(answer.headers));
    route_.respond = std::make_unique<const FixedAnswer>(std::move(answer));
  }

  void compile_limits() {
    const config::ProxyConfig& proxy = all_.proxy;
    policy_.auth = config_.auth;
    policy_.permissions = config_.permissions;
    policy_.timeout = config_.timeout.value_or(proxy.timeout);
    policy_.connect_timeout = config_.connect_timeout.value_or(proxy.connect_timeout);
    // A route's own `timeout` speaks of the first byte too, unless the route says otherwise.
    const milliseconds first =
        config_.timeout.value_or(proxy.first_byte_timeout.value_or(proxy.timeout));
    policy_.first_byte_timeout = config_.first_byte_timeout.value_or(first);
    const milliseconds total = proxy.total_timeout.value_or(milliseconds(0));
    policy_.total_timeout = config_.total_timeout.value_or(total);
    policy_.sse_keepalive = config_.sse_keepalive.value_or(proxy.sse_keepalive);
    policy_.failover_preamble = config_.failover_preamble.value_or(proxy.failover_preamble);
    policy_.retry_count = config_.retry_count.value_or(proxy.max_retries);
    policy_.retry_on = config_.retry_on;
    policy_.max_body_size = config_.max_body_size.value_or(all_.server.max_body_size).count;
    const config::AuditConfig& audit = config_.audit;
    policy_.keeps_content =
        audit.headers || audit.request_body.count != 0 || audit.response_body.count != 0;
    policy_.may_wait = config_.queue.has_value();
    policy_.limits = {.rate = config_.rate_limit,
                      .burst = config_.burst,
                      .client_rate = config_.client_rate_limit,
                      .client_burst = config_.client_burst,
                      .max_concurrency = config_.max_concurrency};
  }

  [[nodiscard]] bool reads_captures() const {
    const auto in_field = [](const FieldTemplate& field) { return field.value.has_capture(); };
    const auto in_text = [](const TemplateText& text) { return text.has_capture(); };
    return route_.target_path_takes_rest ||
           (route_.target_path && route_.target_path->has_capture()) ||
           std::ranges::any_of(route_.add_headers, in_field) ||
           std::ranges::any_of(policy_.add_response_headers, in_field) ||
           std::ranges::any_of(route_.body_placeholders, in_text) ||
           (route_.respond && (route_.respond->body.has_capture() ||
                               std::ranges::any_of(route_.respond->headers, in_field)));
  }

  const config::RouteConfig& config_;
  const config::Config& all_;
  config::Diagnostics& diagnostics_;
  RoutePolicies& policies_;
  Route route_;
  RoutePolicy policy_;
};

}  // namespace

std::optional<Route> compile_route(const config::RouteConfig& route, const config::Config& config,
                                   config::Diagnostics& diagnostics, RoutePolicies& policies) {
  return RouteCompiler(route, config, diagnostics, policies).compile();
}

}  // namespace fastgate::gateway
