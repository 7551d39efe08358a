#include "gateway/route_tests.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "gateway/dry_run.h"
#include "json/equality.h"
#include "json/value.h"

namespace fastgate::gateway {
namespace {

/// Between two tests, so that no test uses up the limits of the next.
constexpr std::chrono::hours kPause{1};

/// The value of a field in the text of a head; nothing if it has none.
std::optional<std::string_view> find_in_head(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && equals_ignoring_case(line.substr(0, colon), name)) {
      return trim(line.substr(colon + 1));
    }
  }
  return std::nullopt;
}

bool same_json(std::string_view wanted, std::string_view text) {
  const auto a = json::Value::parse(wanted);
  if (!a) return false;
  // Text that is no JSON is compared with a JSON string.
  if (a->view().is(json::Kind::String) && a->view().string() == text) return true;
  const auto b = json::Value::parse(text);
  return b && json::equal(a->view(), b->view());
}

/// One test. Short-lived.
class RouteTest {
 public:
  RouteTest(const Snapshot& snapshot, const config::RouteTestConfig& test)
      : snapshot_(snapshot), test_(test) {}

  /// The request; a reason where the test itself is wrong.
  Result<DryRequest> request() const {
    DryRequest request;
    request.method = test_.method;
    request.url = test_.path;
    bool has_type = false;
    for (const config::NamedText& header : test_.headers) {
      request.headers.emplace_back(header.name, header.value.value);
      has_type = has_type || equals_ignoring_case(header.name, "Content-Type");
    }
    if (test_.body_text) request.body = *test_.body_text;
    if (test_.body_json) {
      request.body = test_.body_json->text;
      if (!has_type) request.headers.emplace_back("Content-Type", "application/json");
    }
    if (!test_.key_id) return request;
    request.key = snapshot_.keys.find_id(*test_.key_id);
    if (request.key == nullptr) {
      return fail(ErrorKind::Config, "there is no key `" + *test_.key_id + "`");
    }
    const auto& allowed = request.key->config->allowed_ips;
    if (!allowed.empty()) request.client = allowed.front().base;
    return request;
  }

  /// Whether limits and permissions matter.
  [[nodiscard]] bool asks_for_admission() const {
    const int status = test_.expect_status.value_or(0);
    return test_.key_id || status == 401 || status == 403 || status == 429;
  }

  /// What is not as expected; empty if all is.
  [[nodiscard]] std::string complaint(const DryRun& run) const {
    if (!run.own_path().empty()) {
      return "the gateway answers this itself: " + std::string(run.own_path());
    }
    std::string found = check_status(run);
    if (found.empty()) found = check_route(run);
    if (found.empty()) found = check_target(run);
    if (found.empty()) found = check_headers(run);
    if (found.empty()) found = check_body(run);
    return found;
  }

 private:
  [[nodiscard]] std::string check_status(const DryRun& run) const {
    const Error* failure = run.refusal() ? &*run.refusal() : run.error() ? &*run.error() : nullptr;
    if (failure != nullptr) {
      const std::uint16_t status = status_of(failure->kind);
      if (test_.expect_status == status) return {};
      return "the answer is " + std::to_string(status) + ": " + failure->text;
    }
    if (!test_.expect_status) return {};
    const std::string wanted = "the status is not " + std::to_string(*test_.expect_status);
    if (!run.reply()) return wanted + ": the request goes to an upstream server";
    if (run.reply()->status == *test_.expect_status) return {};
    return wanted + " but " + std::to_string(run.reply()->status);
  }

  [[nodiscard]] std::string check_route(const DryRun& run) const {
    if (!test_.expect_route_id) return {};
    if (run.route() != nullptr && run.route()->id == *test_.expect_route_id) return {};
    const std::string found = run.route() != nullptr ? "is `" + run.route()->id + "`" : "is none";
    return "the route " + found + ", not `" + *test_.expect_route_id + "`";
  }

  [[nodiscard]] std::string check_target(const DryRun& run) const {
    if (!test_.expect_target_url) return {};
    const std::vector<std::string> urls = run.target_urls();
    if (std::ranges::find(urls, *test_.expect_target_url) != urls.end()) return {};
    if (urls.empty()) return "there is no target_url";
    if (run.route()->target_path_is_secret) return "the target_url is another one";
    return "the target_url is " + urls.front() + ", not " + *test_.expect_target_url;
  }

  [[nodiscard]] std::string check_headers(const DryRun& run) const {
    for (const config::NamedText& wanted : test_.expect_headers) {
      const auto value = header_of(run, wanted.name);
      if (!value) return "there is no header `" + wanted.name + "`";
      // Values may hold secrets of the configuration: neither is told.
      if (*value != wanted.value.value)
        return "the header `" + wanted.name + "` is not as expected";
    }
    return {};
  }

  [[nodiscard]] static std::optional<std::string> header_of(const DryRun& run,
                                                            std::string_view name) {
    if (run.upstream() != nullptr) {
      const auto value = find_in_head(run.upstream()->head, name);
      return value ? std::optional<std::string>(*value) : std::nullopt;
    }
    if (!run.reply()) return std::nullopt;
    if (equals_ignoring_case(name, "Content-Type")) return run.reply()->content_type;
    for (const auto& [key, value] : run.reply()->headers) {
      if (equals_ignoring_case(key, name)) return value;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string check_body(const DryRun& run) const {
    if (!test_.expect_body) return {};
    std::string_view body;
    if (run.reply()) body = run.reply()->body;
    if (run.upstream() != nullptr && run.upstream_body()) body = *run.upstream_body();
    return same_json(test_.expect_body->text, body) ? "" : "the body is not as expected";
  }

  const Snapshot& snapshot_;
  const config::RouteTestConfig& test_;
};

}  // namespace

void run_route_tests(const Snapshot& snapshot, config::Diagnostics& diagnostics) {
  std::optional<LimitBook> book;
  std::optional<AdmissionLimits> limits;
  WallTime now{};
  for (const config::RouteConfig& route : snapshot.config.routes) {
    for (const config::RouteTestConfig& config : route.tests) {
      const RouteTest test(snapshot, config);
      auto request = test.request();
      if (!request) {
        diagnostics.error(config.mark,
                          "test of route `" + route.route_id.value + "`: " + request.error().text);
        continue;
      }
      if (test.asks_for_admission()) {
        if (!limits) limits.emplace(snapshot, book.emplace());
        request->limits = &*limits;
        request->now = now += kPause;
      }
      const std::string complaint = test.complaint(DryRun(snapshot, *request));
      if (complaint.empty()) continue;
      diagnostics.error(config.mark,
                        "test of route `" + route.route_id.value + "` failed: " + complaint);
    }
  }
}

}  // namespace fastgate::gateway
