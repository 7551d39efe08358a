#include "gateway/admit.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace fastgate::gateway {
namespace {

using std::chrono::seconds;

constexpr std::chrono::milliseconds kBusyRetry{1000};

bool covers(std::string_view held, std::string_view wanted) {
  if (held == "*" || held == wanted) return true;
  return wanted.size() > held.size() && wanted.starts_with(held) && wanted[held.size()] == '.';
}

bool fits_model(std::string_view pattern, std::string_view model) {
  if (pattern.ends_with('*')) return model.starts_with(pattern.substr(0, pattern.size() - 1));
  return model == pattern;
}

Error unauthorized(const Identity& identity, const http::RequestHead& head) {
  if (identity.refusal.empty()) {
    if (head.find(http::FieldId::Authorization) || head.find(http::FieldId::XApiKey)) {
      return fail(ErrorKind::Unauthorized,
                  "what was given is no API key of this gateway: its keys begin with `fg_`")
          .error();
    }
    return fail(ErrorKind::Unauthorized,
                "no API key was given: send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`")
        .error();
  }
  if (identity.refusal == "ambiguous") {
    return fail(ErrorKind::Unauthorized, "the API key was given more than once").error();
  }
  return fail(ErrorKind::Unauthorized, "the API key is " + std::string(identity.refusal)).error();
}

Error forbidden(std::string text) {
  return fail(ErrorKind::Forbidden, std::move(text)).error();
}

/// The key that counts on the request's route; null: none does.
const Key* key_of(const AdmissionRequest& request) {
  return request.route->policy->auth == config::RouteAuth::None ? nullptr : request.identity->key;
}

/// As far as the head tells: a POST without parameters may announce `Content-Length: 0`.
bool is_without_body(const http::Head& head) {
  return head.framing == http::BodyFraming::None ||
         (head.framing == http::BodyFraming::ContentLength && head.content_length == 0);
}

/// The 403 checks of a key.
std::optional<Error> check_key(const config::KeyConfig& key, const AdmissionRequest& request) {
  const Route& route = *request.route;
  const auto& routes = key.allowed_routes;
  if (!routes.empty() && std::find(routes.begin(), routes.end(), route.id) == routes.end()) {
    return forbidden("the API key is not meant for this route");
  }
  if (!is_permitted(key.permissions, route.policy->permissions)) {
    return forbidden("the API key lacks the permission for this route");
  }
  if (!key.allowed_ips.empty() && !contains(key.allowed_ips, request.facts->client)) {
    return forbidden("the API key may not be used from this address");
  }
  if (key.allowed_models.empty()) return std::nullopt;
  if (!request.model) {
    if (is_without_body(*request.facts->head)) return std::nullopt;
    return forbidden("the API key is for certain models, and the request does not name one");
  }
  const bool fits =
      std::any_of(key.allowed_models.begin(), key.allowed_models.end(),
                  [&](const std::string& pattern) { return fits_model(pattern, *request.model); });
  if (!fits) return forbidden("the API key may not use this model");
  return std::nullopt;
}

/// Whether there is anything to count of all that comes to a route.
bool is_limited(const RouteLimits& limits) {
  return limits.rate != 0 || limits.max_concurrency != 0;
}

/// Of two states that apply to one request, the one that tells the client more: a refusal, else the
/// one with less left.
void keep_tighter(std::optional<RateState>& kept, const RateState& state) {
  if (state.limit == 0) return;
  if (!kept || !state.allowed || state.remaining < kept->remaining) kept = state;
}

std::uint64_t rounded_up_seconds(std::chrono::milliseconds time) {
  return static_cast<std::uint64_t>(std::chrono::ceil<seconds>(time).count());
}

/// A duration in Go's form, which OpenAI's clients parse: `250ms`, `1.5s`, `6m0s`. Its views live
/// as long as it does.
class GoDuration {
 public:
  explicit GoDuration(std::chrono::milliseconds time) {
    const auto total = static_cast<std::uint64_t>(time.count());
    if (total < 1000) {
      put(total, "ms");
      return;
    }
    const std::uint64_t whole = total / 1000;
    if (whole >= 3600) put(whole / 3600, "h");
    if (whole >= 60) put(whole / 60 % 60, "m");
    put(whole % 60, "");
    if (std::uint64_t rest = total % 1000; rest != 0) {
      *end_++ = '.';
      for (; rest != 0; rest = rest % 100 * 10) *end_++ = static_cast<char>('0' + rest / 100);
    }
    *end_++ = 's';
  }
  GoDuration(const GoDuration&) = delete;
  GoDuration& operator=(const GoDuration&) = delete;
  [[nodiscard]] std::string_view text() const { return {text_.data(), end_}; }

 private:
  void put(std::uint64_t number, std::string_view unit) {
    end_ = std::to_chars(end_, text_.data() + text_.size(), number).ptr;
    end_ = std::ranges::copy(unit, end_).out;
  }

  std::array<char, 40> text_{};
  char* end_ = text_.data();
};

/// A whole number as text. Its views live as long as it does.
class Decimal {
 public:
  explicit Decimal(std::uint64_t value)
      : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), value).ptr) {}
  Decimal(const Decimal&) = delete;
  Decimal& operator=(const Decimal&) = delete;
  [[nodiscard]] std::string_view text() const { return {digits_.data(), end_}; }

 private:
  std::array<char, 20> digits_{};
  const char* end_;
};

/// Calls `add` for each field that tells of a rate, in their order. Form: values of up to 32 bytes.
template <class Add>
void each_rate_field(const RateState& rate, const Add& add) {
  if (!rate.allowed) {
    const std::uint64_t wait = std::max<std::uint64_t>(rounded_up_seconds(rate.retry_after), 1);
    add("Retry-After", Decimal(wait).text());
  }
  if (rate.limit == 0) return;
  const Decimal limit(rate.limit);
  const Decimal remaining(rate.remaining);
  add("RateLimit-Limit", limit.text());
  add("RateLimit-Remaining", remaining.text());
  add("RateLimit-Reset", Decimal(rounded_up_seconds(rate.reset)).text());
  add("x-ratelimit-limit-requests", limit.text());
  add("x-ratelimit-remaining-requests", remaining.text());
  add("x-ratelimit-reset-requests", GoDuration(rate.reset).text());
}

/// The rates of one request: what applies, and what has been taken of it.
class RateTakes {
 public:
  RateTakes(LimitBook& book, const AdmissionRequest& request) : book_(book), request_(request) {}

  /// Whether all three rates let the request through; if not, nothing is taken.
  bool take(Limit* key, Limit* route, Admitted& out) {
    const config::Config& config = request_.snapshot->config;
    if (!config.rate_limiting.enabled) return true;
    const RouteLimits& limits = request_.route->policy->limits;
    client_ = {limits.client_rate, limits.client_burst};
    route_ = {limits.rate, limits.burst};
    if (key != nullptr) {
      const Key& own = *request_.identity->key;
      key_ = {own.rate_limit.value_or(config.rate_limiting.default_requests_per_minute), own.burst};
    }
    return take_client(out) && take_key(key, out) && take_route(key, route, out);
  }

  void give_back(Limit* key, Limit* route) {
    give_back_client();
    if (key != nullptr) key->give_back(key_);
    if (route != nullptr) route->give_back(route_);
  }

 private:
  bool take_client(Admitted& out) {
    if (client_.per_minute == 0) return true;
    return note(
        book_.take_for_client(request_.route->id, request_.facts->client, client_, request_.now),
        "too many requests from this address", out);
  }
  bool take_key(Limit* key, Admitted& out) {
    if (key == nullptr) return true;
    if (note(key->take(key_, request_.now), "the API key's request limit is reached", out)) {
      return true;
    }
    give_back_client();
    return false;
  }
  bool take_route(Limit* key, Limit* route, Admitted& out) {
    if (route == nullptr) return true;
    if (note(route->take(route_, request_.now), "the route's request limit is reached", out)) {
      return true;
    }
    if (key != nullptr) key->give_back(key_);
    give_back_client();
    return false;
  }
  void give_back_client() {
    book_.give_back_for_client(request_.route->id, request_.facts->client, client_);
  }
  static bool note(const RateState& state, std::string_view text, Admitted& out) {
    keep_tighter(out.rate, state);
    if (!state.allowed) out.refusal = fail(ErrorKind::RateLimited, std::string(text)).error();
    return state.allowed;
  }

  LimitBook& book_;
  const AdmissionRequest& request_;
  Rate client_;
  Rate key_;
  Rate route_;
};

}  // namespace

Permit::Permit(Permit&& other) noexcept
    : key_(std::move(other.key_)), route_(std::move(other.route_)) {}

Permit& Permit::operator=(Permit&& other) noexcept {
  if (this == &other) return *this;
  release();
  key_ = std::move(other.key_);
  route_ = std::move(other.route_);
  return *this;
}

Permit::~Permit() {
  release();
}

void Permit::release() {
  if (const auto key = std::move(key_)) key->leave();
  if (const auto route = std::move(route_)) route->leave();
}

AdmissionLimits::AdmissionLimits(const Snapshot& snapshot, LimitBook& book) : book_(&book) {
  keys_.reserve(snapshot.keys.keys().size());
  for (const Key& key : snapshot.keys.keys()) {
    keys_.push_back(book.for_key(key.config->key_id.value));
  }
  routes_.reserve(snapshot.routes.size());
  for (const Route& route : snapshot.routes) {
    routes_.push_back(is_limited(route.policy->limits) ? book.for_route(route.id) : nullptr);
  }
}

std::optional<Error> check_access(const AdmissionRequest& request) {
  const Key* key = key_of(request);
  if (key == nullptr && request.route->policy->auth == config::RouteAuth::Required) {
    return unauthorized(*request.identity, *request.facts->head);
  }
  if (key == nullptr || !key->is_bound) return std::nullopt;
  return check_key(*key->config, request);
}

Admitted Admission::admit(const AdmissionLimits& limits, const AdmissionRequest& request) {
  Admitted out;
  out.refusal = check_access(request);
  if (out.refusal) return out;

  const Route& route = *request.route;
  const Key* key = key_of(request);
  const std::shared_ptr<Limit> none;
  const std::shared_ptr<Limit>& key_limit = key != nullptr ? limits.keys_[key->index] : none;
  // Among thousands of routes a look at the list costs more than all of the rest.
  const std::shared_ptr<Limit>& route_limit =
      is_limited(route.policy->limits) ? limits.routes_[route.index] : none;
  Limit* const charged_key =
      request.key_rate == AdmissionRequest::KeyRate::Take ? key_limit.get() : nullptr;
  RateTakes rates(*limits.book_, request);
  out.may_wait = route.policy->may_wait;
  if (!rates.take(charged_key, route_limit.get(), out)) return out;

  if (!enter(key_limit, key != nullptr ? key->max_concurrency : 0, out.permit.key_)) {
    out.refusal = fail(ErrorKind::RateLimited, "too many requests of this API key at once").error();
  } else if (!enter(route_limit, route.policy->limits.max_concurrency, out.permit.route_)) {
    out.permit.release();
    out.refusal = fail(ErrorKind::RateLimited, "too many requests of this route at once").error();
  }
  if (!out.refusal) {
    out.may_wait = false;
    return out;
  }
  rates.give_back(charged_key, route_limit.get());
  out.rate = RateState{.allowed = false, .reset = kBusyRetry, .retry_after = kBusyRetry};
  return out;
}

bool Admission::enter(const std::shared_ptr<Limit>& limit, std::uint32_t max,
                      std::shared_ptr<Limit>& held) {
  // Without a maximum nobody counts: it would only pass cache lines between the workers.
  if (!limit || max == 0) return true;
  if (!limit->try_enter(max)) return false;
  held = limit;
  return true;
}

bool needs_model(const Identity& identity) {
  return identity.key != nullptr && identity.key->names_models;
}

void append_rate_fields(std::vector<std::pair<std::string, std::string>>& headers,
                        const RateState& rate) {
  each_rate_field(rate, [&](std::string_view name, std::string_view value) {
    headers.emplace_back(name, value);
  });
}

void append_rate_lines(std::string& out, const RateState& rate) {
  // Put together aside: every answer of a limited key has these lines, and growing the text piece
  // by piece takes longer than all the rest of the limit.
  std::array<char, 512> lines;
  char* end = lines.data();
  each_rate_field(rate, [&end](std::string_view name, std::string_view value) {
    end = put_text(put_text(put_text(put_text(end, name), ": "), value), "\r\n");
  });
  out.append(lines.data(), end);
}

bool is_permitted(const std::vector<std::string>& held, const std::vector<std::string>& wanted) {
  if (held.empty() || wanted.empty()) return true;
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& permission) {
    return std::any_of(held.begin(), held.end(),
                       [&](const std::string& own) { return covers(own, permission); });
  });
}

}  // namespace fastgate::gateway
