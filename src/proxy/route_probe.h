/// One real request to a route's target, asked for by the admin API: the same decisions, the same
/// upstream request and the same connections as traffic, but no client and no key.
///
/// Belongs to the admin call that asked; runs on one worker's loop. Steps 4 to 11 of the request
/// path.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/dry_run.h"
#include "net/timer_wheel.h"
#include "proxy/attempt.h"
#include "proxy/local_service.h"

namespace fastgate::proxy {

struct ActiveConfig;

/// What a probe saw.
struct ProbeResult {
  bool is_matched = false;   ///< the request fits the route, which may be a later candidate
  std::string chosen_route;  ///< that traffic would take; empty: none
  std::string target_url;    ///< empty if nothing was sent
  std::uint16_t status = 0;  ///< 0: no answer
  std::chrono::nanoseconds time{0};
  std::string error;  ///< empty if all went well
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< its first kMaxBody bytes
};

class RouteProbe final : public LocalCall, public AttemptOwner {
 public:
  static constexpr std::size_t kMaxBody = 10 * 1024;
  using Done = std::function<void(ProbeResult)>;

  explicit RouteProbe(WorkerContext& worker);
  ~RouteProbe() override;
  RouteProbe(const RouteProbe&) = delete;
  RouteProbe& operator=(const RouteProbe&) = delete;

  /// Sends `request` to the route's target, if it fits the route. `done` is called once, in a later
  /// turn, unless this object was destroyed before; it may then destroy it.
  void start(const gateway::DryRequest& request, const std::string& route_id, Done done);

  // AttemptOwner
  void on_attempt_connected() override;
  void on_interim_response(const http::ResponseHead&) override {}
  void on_response(std::span<const std::string_view> body, bool is_complete) override;
  void on_response_body(std::span<const std::string_view> body, bool is_complete) override;
  void on_tunnel_bytes(std::string_view) override {}
  void on_tunnel_end() override {}
  void on_upstream_drained() override {}
  void on_attempt_failed(Error error) override;

 private:
  void send(const gateway::Route& route);
  [[nodiscard]] Result<void> build(const gateway::Route& route, std::string_view address);
  /// Why the request does not go to that route, secrets masked.
  [[nodiscard]] std::string why_not(const std::string& route_id) const;
  void answer_by_respond(const gateway::Route& route);
  void end_later(std::string error);
  void end();
  void on_timeout();

  WorkerContext& worker_;
  std::shared_ptr<const ActiveConfig> active_;
  std::unique_ptr<gateway::DryRun> run_;
  gateway::UpstreamRequest upstream_request_;
  http::HopByHop hops_;
  std::string body_;
  std::string frames_;
  Attempt attempt_;
  ProbeResult result_;
  MonotonicTime started_{};
  Done done_;
  net::Timer timer_;
  net::LaterCall ending_;
};

}  // namespace fastgate::proxy
