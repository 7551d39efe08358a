#include "upstream/health_checker.h"

#include <utility>

#include "http/http1_writer.h"
#include "upstream/group.h"

namespace fastgate::upstream {
namespace {

constexpr std::uint32_t kMostHead = 16 * 1024;

}  // namespace

ServerCheck::ServerCheck(Group& group, std::uint32_t server, const HealthCheckSettings& settings)
    : group_(group), server_(server), settings_(settings), parser_({.max_head_bytes = kMostHead}) {}

ServerCheck::~ServerCheck() = default;

void ServerCheck::begin(net::Loop& loop, net::Resolver& resolver, FastRandom& random) {
  loop_ = &loop;
  resolver_ = &resolver;
  const auto interval = static_cast<std::uint64_t>(settings_.check.interval.count());
  const std::chrono::milliseconds first(random.below(interval + 1));
  next_.arm<&ServerCheck::ask>(loop.timers(), first, this);
}

void ServerCheck::ask() {
  const Server& server = group_.server(server_);
  timeout_.arm<&ServerCheck::on_timeout>(loop_->timers(), settings_.check.timeout, this);
  connecting_ = connect_to(*loop_, *resolver_,
                           {.host = server.config.host,
                            .port = server.config.port,
                            .first_address = 0,
                            .timeout = settings_.check.timeout,
                            .tls = settings_.tls},
                           [this](Result<std::unique_ptr<net::Stream>> stream) {
                             loop_->dispose(std::move(connecting_));
                             if (stream) return on_connected(std::move(*stream));
                             if (stream.error().kind == ErrorKind::Overloaded) return skip_check();
                             fail_check(stream.error().text);
                           });
}

void ServerCheck::on_connected(std::unique_ptr<net::Stream> stream) {
  stream_ = std::move(stream);
  parser_.begin(head_, http::Method::Get);
  stream_->start(this);
  std::string request;
  http::append_request_line(request, "GET", settings_.check.path);
  http::append_field(request, "Host", group_.server(server_).address);
  http::append_field(request, "User-Agent", "fastgate-health-check");
  http::append_field(request, "Connection", "close");
  http::append_end_of_head(request);
  stream_->write(request);
}

void ServerCheck::on_bytes(std::string_view bytes) {
  while (true) {
    const Result<std::size_t> fed = parser_.feed_head(bytes);
    if (!fed) return fail_check("its answer is not valid HTTP");
    if (!parser_.head_complete()) return;
    if (!head_.is_interim()) break;
    bytes.remove_prefix(*fed);
    parser_.begin(head_, http::Method::Get);
  }
  if (head_.status < settings_.check.expect_status_min ||
      head_.status > settings_.check.expect_status_max) {
    return fail_check("it answers " + std::to_string(head_.status));
  }
  conclude({});
}

void ServerCheck::on_end() {
  fail_check("it closed the connection without an answer");
}
void ServerCheck::on_failed(Error error) {
  fail_check(error.text);
}
void ServerCheck::on_timeout() {
  fail_check("no answer in time");
}

void ServerCheck::fail_check(const std::string& why) {
  conclude("health check of " + settings_.check.path + ": " + why);
}

/// Nothing was found out: this process has no descriptor left.
void ServerCheck::skip_check() {
  timeout_.disarm();
  next_.arm<&ServerCheck::ask>(loop_->timers(), settings_.check.interval, this);
}

void ServerCheck::conclude(const std::string& failure) {
  const bool is_well = failure.empty();
  timeout_.disarm();
  connecting_.reset();
  if (stream_) group_.discard(std::move(stream_));
  const bool was_well = group_.server(server_).is_healthy;
  std::chrono::milliseconds pause = settings_.check.interval;
  if (is_well == was_well) {
    agreeing_ = 0;
  } else {
    const std::uint32_t needed =
        is_well ? settings_.check.healthy_after : settings_.check.unhealthy_after;
    if (++agreeing_ >= needed) {
      agreeing_ = 0;
      group_.set_health(server_, is_well ? Group::Health::Up : Group::Health::Down, failure);
    } else {
      // A change that begins to show is looked at closer, so that it takes about one interval.
      pause /= 2;
    }
  }
  next_.arm<&ServerCheck::ask>(loop_->timers(), pause, this);
}

void HealthChecker::begin(Group& group, net::Loop& loop, net::Resolver& resolver,
                          FastRandom& random) {
  for (std::uint32_t i = 0; i < group.servers().size(); ++i) {
    checks_.push_back(std::make_unique<ServerCheck>(group, i, settings_));
    checks_.back()->begin(loop, resolver, random);
  }
}

}  // namespace fastgate::upstream
