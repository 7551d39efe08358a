#include "proxy/route_probe.h"

#include <algorithm>
#include <array>

#include "gateway/trace.h"
#include "gateway/upstream_request.h"
#include "proxy/frame_body.h"
#include "proxy/worker_context.h"

namespace fastgate::proxy {
namespace {

http::ParserLimits response_limits(const ActiveConfig& active) {
  const config::ProxyConfig& proxy = active.snapshot->config.proxy;
  return {.max_head_bytes = static_cast<std::uint32_t>(proxy.max_response_header_size.count)};
}

}  // namespace

RouteProbe::RouteProbe(WorkerContext& worker)
    : worker_(worker), active_(worker.active), attempt_(*this, worker.loop, worker.body_pieces) {}

RouteProbe::~RouteProbe() {
  attempt_.stop(Attempt::Request::Unfinished);
}

void RouteProbe::start(const gateway::DryRequest& request, const std::string& route_id, Done done) {
  done_ = std::move(done);
  started_ = worker_.loop.now();
  run_ = std::make_unique<gateway::DryRun>(*active_->snapshot, request);
  const std::vector<const gateway::Route*>& candidates = run_->candidates().routes;
  if (!candidates.empty()) result_.chosen_route = candidates.front()->id;
  const auto found = std::ranges::find_if(
      candidates, [&](const gateway::Route* route) { return route->id == route_id; });
  if (found == candidates.end()) return end_later(why_not(route_id));
  result_.is_matched = true;
  const gateway::Route& route = **found;
  if (run_->facts() == nullptr) return end_later("the request is malformed");
  hops_.inspect(*run_->facts()->head);
  if (route.respond) return answer_by_respond(route);
  send(route);
}

std::string RouteProbe::why_not(const std::string& route_id) const {
  if (run_->facts() == nullptr) return run_->error()->text;
  const gateway::Snapshot& snapshot = *active_->snapshot;
  const auto found = std::ranges::find(snapshot.routes, route_id, &gateway::Route::id);
  if (found == snapshot.routes.end()) return "the route is switched off";
  if (!run_->own_path().empty()) return "the gateway answers this path itself";
  const std::string reason = gateway::mismatch(*found, *run_->facts(), run_->body());
  if (reason.empty()) return "the request does not come to this route";
  return snapshot.config.secrets.masked("the request does not fit this route: " + reason);
}

void RouteProbe::answer_by_respond(const gateway::Route& route) {
  gateway::ForwardPlan plan = run_->plan();
  plan.route = &route;
  gateway::Captures captures;
  gateway::Reply reply =
      gateway::fixed_reply(*route.respond, gateway::template_values(plan, captures));
  result_.status = reply.status;
  result_.headers = std::move(reply.headers);
  result_.body = reply.body.substr(0, kMaxBody);
  end_later({});
}

Result<void> RouteProbe::build(const gateway::Route& route, std::string_view address) {
  const gateway::GroupSpec& spec = active_->snapshot->groups[static_cast<std::size_t>(route.group)];
  gateway::ForwardPlan plan = run_->plan();
  plan.snapshot = active_->snapshot.get();
  plan.route = &route;
  plan.facts = run_->facts();
  plan.hop_by_hop = &hops_;
  plan.host = spec.host_header.empty() ? address : std::string_view(spec.host_header);
  const bool has_body = run_->facts()->head->framing != http::BodyFraming::None;
  if (has_body) body_ = run_->sent_body();
  if (has_body && route.body_patch) {
    Result<std::string> changed = gateway::change_body(plan, body_);
    if (!changed) return std::unexpected(std::move(changed.error()));
    body_ = std::move(*changed);
  }
  std::optional<std::uint64_t> length;
  if (has_body) length = body_.size();
  if (auto built = gateway::build_upstream_request(plan, length, upstream_request_); !built) {
    return built;
  }
  const bool is_tls = spec.protocol == config::Protocol::Https;
  result_.target_url =
      std::string(is_tls ? "https://" : "http://") + std::string(address) +
      (route.target_path_is_secret ? std::string("/***") : std::string(upstream_request_.target()));
  return {};
}

void RouteProbe::send(const gateway::Route& route) {
  const std::shared_ptr<upstream::Group>& group =
      active_->groups[static_cast<std::size_t>(route.group)];
  const Result<std::uint32_t> server = group->choose({}, 0);
  if (!server) return end_later(server.error().text);
  if (auto built = build(route, group->server(*server).address); !built) {
    return end_later(built.error().text);
  }
  timer_.arm<&RouteProbe::on_timeout>(worker_.loop.timers(),
                                      route.policy->connect_timeout + route.policy->timeout, this);
  worker_.loop.refresh_time();
  started_ = worker_.loop.now();
  attempt_.start({.group = group.get(),
                  .server = *server,
                  .connect_timeout = route.policy->connect_timeout,
                  .method = run_->facts()->head->method,
                  .reuse = AttemptTarget::Reuse::FreshOnly,
                  .limits = response_limits(*active_)},
                 static_cast<std::size_t>(active_->snapshot->config.proxy.buffer_limit.count));
}

void RouteProbe::on_attempt_connected() {
  worker_.write_pieces.clear();
  worker_.write_pieces.push_back(upstream_request_.head);
  const std::array<std::string_view, 1> body{body_};
  if (upstream_request_.framing != http::BodyFraming::None) {
    frame_body(upstream_request_.framing, {.pieces = body, .end = BodyEnd::Last}, frames_,
               worker_.write_pieces);
  }
  attempt_.send(worker_.write_pieces);
}

void RouteProbe::on_response(std::span<const std::string_view> body, bool is_complete) {
  const http::ResponseHead& head = attempt_.response();
  result_.status = head.status;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const http::Field field = head.field(i);
    result_.headers.emplace_back(field.name, field.value);
  }
  on_response_body(body, is_complete || head.status == 101);
}

void RouteProbe::on_response_body(std::span<const std::string_view> body, bool is_complete) {
  for (const std::string_view piece : body) {
    result_.body.append(piece.substr(0, kMaxBody - std::min(kMaxBody, result_.body.size())));
  }
  if (is_complete || result_.body.size() >= kMaxBody) end();
}

void RouteProbe::on_attempt_failed(Error error) {
  result_.error = std::move(error.text);
  end();
}

void RouteProbe::on_timeout() {
  // A stream goes on for as long as it likes; what came of it is enough.
  if (result_.status == 0) result_.error = "the upstream did not answer in time";
  end();
}

void RouteProbe::end_later(std::string error) {
  result_.error = std::move(error);
  worker_.loop.call_later<&RouteProbe::end>(ending_, this);
}

void RouteProbe::end() {
  timer_.disarm();
  worker_.loop.refresh_time();
  result_.time = worker_.loop.now() - started_;
  attempt_.stop(Attempt::Request::Unfinished);
  const Done done = std::move(done_);
  done(std::move(result_));
}

}  // namespace fastgate::proxy
