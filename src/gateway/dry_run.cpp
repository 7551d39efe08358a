#include "gateway/dry_run.h"

#include <algorithm>
#include <string_view>

#include "base/host_port.h"
#include "base/ids.h"
#include "base/text.h"
#include "gateway/own_paths.h"
#include "http/http1_parser.h"
#include "http/http1_writer.h"

namespace fastgate::gateway {
namespace {

/// Stands for the id that a real request would get.
constexpr std::string_view kRequestId = "req_000000000000000000000000";

/// A URL taken apart into what a client would send.
struct ClientTarget {
  std::string host = "localhost";
  std::string target;
  Scheme scheme = Scheme::Http;
};

ClientTarget client_target(std::string_view url) {
  ClientTarget out;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(url.substr(0, scheme.size()), scheme)) continue;
    out.scheme = scheme == "https://" ? Scheme::Https : Scheme::Http;
    url.remove_prefix(scheme.size());
    const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
    out.host = url.substr(0, end);
    url.remove_prefix(end);
    if (!url.starts_with('/')) out.target = "/";
    break;
  }
  // A fragment never leaves the client (RFC 9110 section 4.2.5).
  out.target.append(url.substr(0, url.find('#')));
  if (out.target.empty()) out.target = "/";
  return out;
}

bool has_header(const DryRequest& request, std::string_view name) {
  return std::ranges::any_of(request.headers, [&](const auto& header) {
    return equals_ignoring_case(header.first, name);
  });
}

Result<std::string> head_text(const DryRequest& request, const ClientTarget& target) {
  if (!http::is_field_name(request.method)) return fail(ErrorKind::Malformed, "bad method");
  std::string text;
  http::append_request_line(text, request.method, target.target);
  if (!has_header(request, "Host")) http::append_field(text, "Host", target.host);
  for (const auto& [name, value] : request.headers) {
    if (!http::is_field_name(name) || !http::is_field_value(value)) {
      return fail(ErrorKind::Malformed, "the header '" + name + "' cannot be sent");
    }
    http::append_field(text, name, value);
  }
  const bool is_framed =
      has_header(request, "Content-Length") || has_header(request, "Transfer-Encoding");
  if (request.body && !is_framed) http::append_field(text, "Content-Length", request.body->size());
  http::append_end_of_head(text);
  return text;
}

}  // namespace

DryRun::DryRun(const Snapshot& snapshot, const DryRequest& request)
    : snapshot_(snapshot), reader_(parser_) {
  auto done = parse(request);
  if (done) {
    own_path_ = own_path_field(snapshot.config.admin, target_.match_path);
    if (!own_path_.empty()) return;
    done = decide(request);
  }
  if (done) done = forward();
  if (!done) error_ = std::move(done).error();
}

Result<void> DryRun::parse(const DryRequest& request) {
  const ClientTarget target = client_target(request.url);
  auto text = head_text(request, target);
  if (!text) return std::unexpected(std::move(text).error());
  http::ParserLimits limits;
  limits.max_head_bytes = static_cast<std::uint32_t>(snapshot_.config.server.max_header_size.count);
  http::Http1RequestParser parser(limits);
  parser.begin(head_);
  auto fed = parser.feed_head(*text);
  if (!fed) return std::unexpected(std::move(fed).error());
  if (*fed != text->size() || !parser.head_complete()) {
    return fail(ErrorKind::Malformed, "the request's head cannot be read");
  }
  if (auto read = http::parse_target(head_.method, head_.target(), target_); !read) return read;
  const std::string_view own_id = head_.find(http::FieldId::XRequestId).value_or("");
  request_id_ = request.request_id.empty() ? std::string(kRequestId) : request.request_id;
  if (is_acceptable_request_id(own_id)) request_id_ = own_id;
  facts_ = make_facts(head_, target_,
                      {.peer = request.client,
                       .listener_scheme = target.scheme,
                       .trusted_proxies = &snapshot_.config.server.trusted_proxies,
                       .request_id = request_id_,
                       .scratch = nullptr});
  is_parsed_ = true;
  if (request.body && head_.framing != http::BodyFraming::None) {
    body_bytes_ = *request.body;
    body_ = &reader_.read(head_, body_bytes_, snapshot_.config.proxy.inspect_limit.count);
  }
  return {};
}

Result<void> DryRun::decide(const DryRequest& request) {
  snapshot_.index->shortlist(facts_, shortlist_);
  if (shortlist_.empty()) return std::unexpected(no_route(facts_, Misfit::Head));
  identity_ = identify(facts_, snapshot_.keys, request.now);
  if (request.key != nullptr) {
    if (request.key->is_active) identity_.key = request.key;
    if (!request.key->is_active) identity_.refusal = "inactive";
  }
  const bool reads_body = shortlist_.needs_body() && body_ != nullptr;
  if (reads_body && may_be_json(head_) &&
      body_bytes_.size() > snapshot_.config.proxy.inspect_limit.count) {
    return fail(ErrorKind::BodyTooLarge, "the body is larger than inspect_limit");
  }
  choose(shortlist_, reads_body ? body_ : nullptr, candidates_);
  if (candidates_.routes.empty()) return std::unexpected(no_route(facts_, Misfit::Body));
  route_ = candidates_.routes.front();
  admit(request);
  if (route_->policy->max_body_size != 0 && body_bytes_.size() > route_->policy->max_body_size) {
    return fail(ErrorKind::BodyTooLarge, "the body is larger than max_body_size");
  }
  return {};
}

void DryRun::admit(const DryRequest& request) {
  if (request.limits == nullptr) return;
  AdmissionRequest asked;
  asked.snapshot = &snapshot_;
  asked.route = route_;
  asked.identity = &identity_;
  asked.facts = &facts_;
  asked.now = request.now;
  if (body_ != nullptr) asked.model = named_model(*body_);
  Admitted admitted = Admission::admit(*request.limits, asked);
  refusal_ = std::move(admitted.refusal);
  rate_ = admitted.rate;
}

Result<void> DryRun::forward() {
  plan_.snapshot = &snapshot_;
  plan_.route = route_;
  plan_.facts = &facts_;
  plan_.identity = &identity_;
  if (route_->respond) {
    Captures captures;
    reply_ = fixed_reply(*route_->respond, template_values(plan_, captures));
    return {};
  }
  FG_ASSERT(route_->group != GroupIndex::None);
  const GroupSpec& group = snapshot_.groups[static_cast<std::size_t>(route_->group)];
  hop_by_hop_.inspect(head_);
  plan_.hop_by_hop = &hop_by_hop_;
  const config::UpstreamServerConfig& first = group.upstream.servers.front();
  host_ = group.host_header.empty() ? host_port_text(first.host, first.port) : group.host_header;
  plan_.host = host_;
  if (body_ != nullptr) upstream_body_ = body_bytes_;
  std::optional<std::uint64_t> length;
  if (route_->body_patch && body_ != nullptr) {
    auto changed = change_body(plan_, body_bytes_);
    if (!changed) return std::unexpected(std::move(changed).error());
    upstream_body_ = *std::move(changed);
    length = upstream_body_->size();
  }
  upstream_.emplace();
  auto built = build_upstream_request(plan_, length, *upstream_);
  if (!built) upstream_.reset();
  return built;
}

std::vector<std::string> DryRun::target_urls() const {
  std::vector<std::string> urls;
  if (!upstream_) return urls;
  const GroupSpec& group = snapshot_.groups[static_cast<std::size_t>(route_->group)];
  const std::string scheme = group.protocol == config::Protocol::Https ? "https://" : "http://";
  if (!group.is_named) return {scheme + group.host_header + std::string(upstream_->target())};
  for (const config::UpstreamServerConfig& server : group.upstream.servers) {
    urls.push_back(scheme + host_port_text(server.host, server.port) +
                   std::string(upstream_->target()));
  }
  return urls;
}

}  // namespace fastgate::gateway
