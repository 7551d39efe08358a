#include "gateway/upstream_request.h"

#include <vector>

#include "base/text.h"
#include "gateway/body_decode.h"
#include "gateway/body_reader.h"
#include "gateway/field_run.h"
#include "gateway/upstream_target.h"
#include "http/http1_writer.h"

namespace fastgate::gateway {
namespace {

using http::BodyFraming;
using http::FieldId;

/// Builds one head. Short-lived.
class HeadBuilder {
 public:
  HeadBuilder(const ForwardPlan& plan, std::optional<std::uint64_t> body_length,
              UpstreamRequest& out)
      : plan_(plan),
        request_(*plan.facts->head),
        out_(out),
        body_length_(body_length),
        run_(out.head, request_) {}

  /// Behind the target.
  void build(const TemplateValues& values) {
    choose_framing();
    out_.upgrade = wants_upgrade();
    http::end_request_line(out_.head);
    append_client_fields();
    append_framing();
    append_forwarding();
    for (const FieldTemplate& field : plan_.route->add_headers) {
      out_.head.append(field.name).append(": ");
      field.value.append_to(out_.head, values);
      out_.head.append("\r\n");
    }
    http::append_end_of_head(out_.head);
  }

 private:
  void choose_framing() {
    out_.framing = request_.framing;
    if (!body_length_) return;
    // A request without a body stays one: `Content-Length: 0` on a GET surprises some servers.
    const bool has_body = *body_length_ > 0 || request_.framing != BodyFraming::None;
    out_.framing = has_body ? BodyFraming::ContentLength : BodyFraming::None;
  }

  [[nodiscard]] bool wants_upgrade() const {
    if (!request_.upgrade) return false;
    std::string_view list = request_.find(FieldId::Upgrade).value_or("");
    while (const auto protocol = next_list_element(list)) {
      if (equals_ignoring_case(*protocol, "h2c")) return false;
    }
    return true;
  }

  enum class Fate : std::uint8_t { Keep, Drop, Host, Length, Upgrade };

  [[nodiscard]] Fate fate_of(std::size_t index, const http::Field& field) const {
    // Upgrade stands among the hop-by-hop fields, and goes on only with the upgrade itself.
    if (field.id == FieldId::Upgrade) return out_.upgrade ? Fate::Upgrade : Fate::Drop;
    if (field.id == FieldId::Host) return Fate::Host;
    if (field.id == FieldId::ContentLength) return body_length_ ? Fate::Length : Fate::Keep;
    if (plan_.hop_by_hop != nullptr && plan_.hop_by_hop->is_taken_off(index)) return Fate::Drop;
    if (plan_.route->policy->remove_headers.contains(field)) return Fate::Drop;
    if (plan_.identity != nullptr && plan_.identity->carriers.contains(field.id)) return Fate::Drop;
    if (field.id == FieldId::Forwarded && !plan_.facts->peer_is_trusted) return Fate::Drop;
    return Fate::Keep;
  }

  void append_client_fields() {
    for (std::size_t i = 0; i < request_.fields.size(); ++i) {
      const http::Field field = request_.field(i);
      switch (fate_of(i, field)) {
        case Fate::Keep:
          run_.keep(field);
          break;
        case Fate::Drop:
          break;
        case Fate::Host:
          append_host();
          break;
        case Fate::Length:
          append_length();
          break;
        case Fate::Upgrade:
          run_.keep(field);
          append_upgrade_option();
          break;
      }
    }
    run_.flush();
    append_host();
  }

  /// Once, behind the first of what may be several Upgrade fields.
  void append_upgrade_option() {
    if (has_upgrade_option_) return;
    has_upgrade_option_ = true;
    run_.flush();
    http::append_field(out_.head, "Connection", "upgrade");
  }

  void append_host() {
    if (has_host_ || plan_.route->policy->sets_host) return;
    has_host_ = true;
    run_.flush();
    http::append_field(out_.head, "Host", plan_.host);
  }

  void append_length() {
    if (has_length_ || out_.framing != BodyFraming::ContentLength) return;
    has_length_ = true;
    run_.flush();
    http::append_field(out_.head, "Content-Length", *body_length_);
  }

  void append_framing() {
    if (body_length_) append_length();
    if (out_.framing == BodyFraming::Chunked) {
      http::append_field(out_.head, "Transfer-Encoding", "chunked");
    }
  }

  void append_forwarding() {
    const RequestFacts& facts = *plan_.facts;
    const http::FieldIdSet wanted = plan_.route->policy->forwarding;
    if (wanted.contains(FieldId::XForwardedFor)) append_forwarded_for();
    if (wanted.contains(FieldId::XForwardedProto)) {
      http::append_field(out_.head, "X-Forwarded-Proto",
                         facts.scheme == Scheme::Https ? "https" : "http");
    }
    if (wanted.contains(FieldId::XForwardedHost)) {
      std::string_view host = facts.authority;
      if (facts.peer_is_trusted) host = request_.find(FieldId::XForwardedHost).value_or(host);
      if (!host.empty()) http::append_field(out_.head, "X-Forwarded-Host", host);
    }
    if (wanted.contains(FieldId::XRealIp)) {
      out_.head.append("X-Real-IP: ");
      facts.client.append_to(out_.head);
      out_.head.append("\r\n");
    }
    if (wanted.contains(FieldId::XRequestId)) {
      http::append_field(out_.head, "X-Request-Id", facts.request_id);
    }
  }

  void append_forwarded_for() {
    out_.head.append("X-Forwarded-For: ");
    if (plan_.facts->peer_is_trusted) {
      for (std::size_t i = 0; i < request_.fields.size(); ++i) {
        if (request_.fields.id_at(i) != FieldId::XForwardedFor) continue;
        const std::string_view value = request_.field(i).value;
        if (!value.empty()) out_.head.append(value).append(", ");
      }
    }
    plan_.facts->peer.append_to(out_.head);
    out_.head.append("\r\n");
  }

  const ForwardPlan& plan_;
  const http::RequestHead& request_;
  UpstreamRequest& out_;
  std::optional<std::uint64_t> body_length_;
  FieldRun run_;
  bool has_host_ = false;
  bool has_length_ = false;
  bool has_upgrade_option_ = false;
};

/// A body that was never meant to be JSON is not a malformed one.
std::unexpected<Error> explain_failure(const ForwardPlan& plan, Error error) {
  const http::RequestHead& head = *plan.facts->head;
  if (!is_identity_coding(head.find(FieldId::ContentEncoding).value_or(""))) {
    return fail(ErrorKind::UnsupportedMediaType, "an encoded body cannot be changed on this route");
  }
  const auto type = head.find(FieldId::ContentType);
  if (type && !is_json_media_type(*type)) {
    return fail(ErrorKind::UnsupportedMediaType, "this route takes JSON bodies only");
  }
  return std::unexpected(std::move(error));
}

}  // namespace

TemplateValues template_values(const ForwardPlan& plan, Captures& captures) {
  TemplateValues values;
  values.facts = plan.facts;
  values.captures = &captures;
  if (plan.route->needs_captures) {
    const bool fits =
        plan.route->pattern.match(plan.facts->target->match_path, captures, plan.facts->scratch);
    if (!fits) captures.clear();
  } else {
    captures.clear();
  }
  if (plan.identity != nullptr) {
    values.key_id = plan.identity->key_id();
    values.source_path = plan.identity->source_path();
  }
  return values;
}

void UpstreamRequest::keep_target_only() {
  head.resize(target_offset + target_length);
  head.shrink_to_fit();
}

Result<void> build_upstream_request(const ForwardPlan& plan,
                                    std::optional<std::uint64_t> body_length,
                                    UpstreamRequest& out) {
  Captures own;
  Captures& captures = plan.captures != nullptr ? *plan.captures : own;
  const TemplateValues values = template_values(plan, captures);
  out.head.clear();
  http::begin_request_line(out.head, plan.facts->head->method_name());
  out.target_offset = static_cast<std::uint32_t>(out.head.size());
  if (auto built = append_target(*plan.route, *plan.facts, values, out.head); !built) return built;
  out.target_length = static_cast<std::uint32_t>(out.head.size()) - out.target_offset;
  HeadBuilder(plan, body_length, out).build(values);
  return {};
}

Result<std::string> change_body(const ForwardPlan& plan, std::string_view body) {
  FG_ASSERT(plan.route->body_patch != nullptr);
  // Clients announce `Content-Length: 0` with a POST that has no parameters.
  if (body.empty()) return std::string();
  const json::FieldPatch& patch = *plan.route->body_patch;
  Captures captures;
  const TemplateValues values = template_values(plan, captures);
  std::vector<std::string> texts(plan.route->body_placeholders.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!patch.uses_placeholder(i)) continue;
    plan.route->body_placeholders[i].append_to(texts[i], values, Escape::None);
  }
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  auto changed = patch.apply(body, views);
  if (!changed) return explain_failure(plan, std::move(changed).error());
  std::string out;
  changed->append_to(out);
  return out;
}

}  // namespace fastgate::gateway
