#include "gateway/admit.h"

#include <functional>
#include <thread>

#include <doctest/doctest.h>

#include "support/times.h"

namespace fastgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Names = std::vector<std::string>;
using fastgate::test::kNow;

/// One key, one route and its policy, put together by hand, and a request that uses them.
struct AdmitScene {
  config::KeyConfig key_config;
  Route route;
  RoutePolicy policy;
  config::RateLimitingConfig rate_limiting;
  LimitBook book;
  Snapshot snapshot;
  http::RequestHead head;
  RequestFacts facts;
  Identity identity;
  std::optional<std::string_view> model;
  std::optional<AdmissionLimits> limits;

  AdmitScene() {
    key_config.key_id.value = "fg_aaaaaaaaaaaa";
    key_config.key_sha256 = sha256("fg_value");
    route.id = "r";
    route.policy = &policy;
    facts.head = &head;
    facts.client = IpAddress::v4(0xc0000201);
  }
  /// Call once all of the above is set.
  void adopt() {
    snapshot.keys = KeyBook({key_config});
    snapshot.routes.push_back(std::move(route));
    snapshot.config.rate_limiting = rate_limiting;
    identity.key = snapshot.keys.keys().data();
    limits.emplace(snapshot, book);
  }
  Admitted admit(WallTime now = kNow) {
    AdmissionRequest request;
    request.snapshot = &snapshot;
    request.route = snapshot.routes.data();
    request.identity = &identity;
    request.facts = &facts;
    request.model = model;
    request.now = now;
    return Admission::admit(*limits, request);
  }
  ErrorKind refusal() {
    const Admitted admitted = admit();
    return admitted.refusal ? admitted.refusal->kind : ErrorKind::Internal;
  }
};

TEST_CASE("a permission covers those below it") {
  const struct {
    Names held;
    Names wanted;
    bool permitted;
  } rows[] = {
      {{}, {}, true},
      {{}, {"chat"}, true},
      {{"*"}, {"chat"}, true},
      {{"chat"}, {}, true},
      {{"chat"}, {"chat"}, true},
      {{"chat"}, {"chat.completions"}, true},
      {{"chat"}, {"chat.completions.create"}, true},
      {{"chat.completions"}, {"chat"}, false},
      {{"chat"}, {"chatter"}, false},
      {{"chat"}, {"Chat"}, false},
      {{"chat"}, {"models", "chat.completions"}, true},
      {{"embeddings", "models"}, {"chat", "models"}, true},
      {{"embeddings"}, {"chat", "models"}, false},
      {{""}, {"chat"}, false},
  };
  for (const auto& row : rows) {
    INFO(row.held.size(), row.wanted.size(), (row.held.empty() ? "" : row.held[0]));
    CHECK(is_permitted(row.held, row.wanted) == row.permitted);
  }
}

TEST_CASE("auth decides what a missing or refused key means") {
  const struct {
    config::RouteAuth auth;
    bool has_key;
    bool passes;
  } rows[] = {
      {config::RouteAuth::Required, true, true}, {config::RouteAuth::Required, false, false},
      {config::RouteAuth::Optional, true, true}, {config::RouteAuth::Optional, false, true},
      {config::RouteAuth::None, true, true},     {config::RouteAuth::None, false, true},
  };
  for (const auto& row : rows) {
    for (const std::string_view reason : {"", "unknown", "inactive", "expired", "ambiguous"}) {
      if (row.has_key && !reason.empty()) continue;
      INFO(static_cast<int>(row.auth), " ", reason);
      AdmitScene scene;
      scene.policy.auth = row.auth;
      scene.adopt();
      if (!row.has_key) scene.identity.key = nullptr;
      scene.identity.refusal = reason;
      const Admitted admitted = scene.admit();
      CHECK(!admitted.refusal == row.passes);
      if (row.passes) continue;
      CHECK(admitted.refusal->kind == ErrorKind::Unauthorized);
      CHECK(admitted.refusal->side == ErrorSide::Client);
      if (!reason.empty() && reason != "ambiguous") {
        CHECK(admitted.refusal->text.find(reason) != std::string::npos);
      }
    }
  }
}

TEST_CASE("a key that does not fit the request is forbidden") {
  const struct {
    const char* what;
    std::function<void(AdmitScene&)> arrange;
    bool passes;
  } rows[] = {
      {"its routes", [](AdmitScene& s) { s.key_config.allowed_routes = {"q", "r"}; }, true},
      {"other routes", [](AdmitScene& s) { s.key_config.allowed_routes = {"q"}; }, false},
      {"lacks the permission",
       [](AdmitScene& s) {
         s.key_config.permissions = {"models"};
         s.policy.permissions = {"chat"};
       },
       false},
      {"its network",
       [](AdmitScene& s) { s.key_config.allowed_ips = {IpNetwork::parse("192.0.2.0/24").value()}; },
       true},
      {"another network",
       [](AdmitScene& s) { s.key_config.allowed_ips = {IpNetwork::parse("10.0.0.0/8").value()}; },
       false},
      {"its model",
       [](AdmitScene& s) {
         s.key_config.allowed_models = {"gpt-4*", "tiny"};
         s.model = "gpt-4-mini";
       },
       true},
      {"another model",
       [](AdmitScene& s) {
         s.key_config.allowed_models = {"gpt-4*", "tiny"};
         s.model = "tiny2";
       },
       false},
      {"models, and a body that names none",
       [](AdmitScene& s) {
         s.key_config.allowed_models = {"tiny"};
         s.head.framing = http::BodyFraming::Chunked;
       },
       false},
      {"models, and a body of no bytes",
       [](AdmitScene& s) {
         s.key_config.allowed_models = {"tiny"};
         s.head.framing = http::BodyFraming::ContentLength;
       },
       true},
      {"models, and a body of another kind",
       [](AdmitScene& s) {
         s.key_config.allowed_models = {"tiny"};
         s.head.framing = http::BodyFraming::ContentLength;
         s.head.content_length = 1;
       },
       false},
      {"models, and no body", [](AdmitScene& s) { s.key_config.allowed_models = {"tiny"}; }, true},
      {"no key is looked at",
       [](AdmitScene& s) {
         s.key_config.allowed_routes = {"q"};
         s.policy.auth = config::RouteAuth::None;
       },
       true},
      {"a shown key counts though it is optional",
       [](AdmitScene& s) {
         s.key_config.allowed_routes = {"q"};
         s.policy.auth = config::RouteAuth::Optional;
       },
       false},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    AdmitScene scene;
    row.arrange(scene);
    scene.adopt();
    CHECK((scene.refusal() == ErrorKind::Forbidden) == !row.passes);
  }
}

TEST_CASE("needs_model tells which bodies have to be read") {
  AdmitScene scene;
  scene.key_config.allowed_models = {"tiny"};
  scene.adopt();
  CHECK(needs_model(scene.identity));
  AdmitScene free;
  free.adopt();
  CHECK_FALSE(needs_model(free.identity));
  CHECK_FALSE(needs_model(Identity{}));
}

TEST_CASE("the key's rate is its own, else the default, and none when limiting is off") {
  const struct {
    std::optional<std::uint32_t> own;
    std::uint32_t fallback;
    bool enabled;
    std::uint32_t passes;  ///< of 20
  } rows[] = {{5, 0, true, 5},
              {std::nullopt, 7, true, 7},
              {0, 7, true, 20},
              {5, 7, false, 20},
              {std::nullopt, 0, true, 20}};
  for (const auto& row : rows) {
    AdmitScene scene;
    scene.key_config.rate_limit = row.own;
    scene.rate_limiting = {row.enabled, row.fallback};
    scene.adopt();
    std::uint32_t passed = 0;
    for (int i = 0; i < 20; ++i) passed += scene.admit().refusal ? 0 : 1;
    CHECK(passed == row.passes);
    CHECK(scene.admit().rate.has_value() == (row.passes < 20));
  }
}

TEST_CASE("what was taken is given back when a later rate refuses") {
  AdmitScene scene;
  scene.policy.limits.client_rate = 60;
  scene.policy.limits.client_burst = 3;
  scene.key_config.rate_limit = 60;
  scene.key_config.burst = 3;
  scene.policy.limits.rate = 60;
  scene.policy.limits.burst = 1;
  scene.adopt();
  CHECK_FALSE(scene.admit().refusal);
  for (int i = 0; i < 10; ++i) {
    const Admitted refused = scene.admit();
    REQUIRE(refused.refusal);
    CHECK(refused.refusal->kind == ErrorKind::RateLimited);
    CHECK_FALSE(refused.may_wait);
    REQUIRE(refused.rate);
    CHECK_FALSE(refused.rate->allowed);
    CHECK(refused.rate->limit == 1);
    CHECK(refused.rate->retry_after == seconds(1));
  }
  // Two of three are left with client and key.
  const auto key = scene.book.for_key("fg_aaaaaaaaaaaa");
  CHECK(key->peek({60, 3}, kNow).remaining == 2);
  CHECK(scene.book.take_for_client("r", scene.facts.client, {60, 3}, kNow).remaining == 1);
}

TEST_CASE("the tightest rate is told") {
  AdmitScene scene;
  scene.key_config.rate_limit = 10;
  scene.policy.limits.rate = 100;
  scene.policy.limits.client_rate = 50;
  scene.adopt();
  const Admitted admitted = scene.admit();
  REQUIRE(admitted.rate);
  CHECK(admitted.rate->allowed);
  CHECK(admitted.rate->limit == 10);
  CHECK(admitted.rate->remaining == 9);
}

TEST_CASE("a permit holds places in key and route until it goes, wherever it is moved") {
  AdmitScene scene;
  scene.key_config.max_concurrency = 2;
  scene.policy.limits.max_concurrency = 3;
  scene.adopt();
  const auto key = scene.book.for_key("fg_aaaaaaaaaaaa");
  const auto route = scene.book.for_route("r");

  Admitted first = scene.admit();
  Permit kept = std::move(first.permit);
  {
    Admitted second = scene.admit();
    CHECK(key->inside() == 2);
    CHECK(route->inside() == 2);
    CHECK(scene.refusal() == ErrorKind::RateLimited);
    CHECK(route->inside() == 2);
    kept = std::move(second.permit);
    CHECK(key->inside() == 1);
  }
  CHECK(key->inside() == 1);
  kept.release();
  kept.release();
  CHECK(key->inside() == 0);
  CHECK(route->inside() == 0);
  Permit& self = kept;
  kept = std::move(self);
  CHECK(key->inside() == 0);
}

TEST_CASE("too many at once: the rate is given back, and a queue says that waiting may help") {
  AdmitScene scene;
  scene.key_config.rate_limit = 60;
  scene.key_config.burst = 2;
  scene.key_config.max_concurrency = 5;
  scene.policy.limits.max_concurrency = 1;
  scene.policy.may_wait = true;
  scene.adopt();
  const Admitted inside = scene.admit();
  CHECK_FALSE(inside.refusal);
  CHECK_FALSE(inside.may_wait);
  for (int i = 0; i < 5; ++i) {
    const Admitted refused = scene.admit();
    CHECK(refused.refusal);
    CHECK(refused.may_wait);
    REQUIRE(refused.rate);
    CHECK(refused.rate->retry_after > milliseconds(0));
  }
  const auto key = scene.book.for_key("fg_aaaaaaaaaaaa");
  CHECK(key->inside() == 1);
  CHECK(key->peek({60, 2}, kNow).remaining == 1);
}

TEST_CASE("limits outlive a snapshot") {
  LimitBook* book = nullptr;
  AdmitScene old;
  old.key_config.rate_limit = 1;
  book = &old.book;
  old.adopt();
  CHECK_FALSE(old.admit().refusal);
  const AdmissionLimits again(old.snapshot, *book);
  old.limits.emplace(again);
  CHECK(old.refusal() == ErrorKind::RateLimited);
}

TEST_CASE("16 threads with one key: exactly the limit passes") {
  AdmitScene scene;
  scene.key_config.rate_limit = 500;
  scene.policy.limits.client_rate = 700;
  scene.policy.limits.rate = 900;
  scene.adopt();
  std::atomic<int> passed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          if (!scene.admit().refusal) passed.fetch_add(1);
        }
      });
    }
  }
  // Refused requests give their client place back, but while they hold it another may be refused.
  CHECK(passed.load() == 500);
  CHECK(scene.refusal() == ErrorKind::RateLimited);
}

TEST_CASE("rate fields") {
  const auto fields_of = [](const RateState& state) {
    std::vector<std::pair<std::string, std::string>> headers;
    append_rate_fields(headers, state);
    std::string text;
    for (const auto& [name, value] : headers) text += name + ": " + value + "\n";
    return text;
  };
  RateState state;
  state.limit = 60;
  state.remaining = 59;
  state.reset = milliseconds(1);
  CHECK(fields_of(state) ==
        "RateLimit-Limit: 60\nRateLimit-Remaining: 59\nRateLimit-Reset: 1\n"
        "x-ratelimit-limit-requests: 60\nx-ratelimit-remaining-requests: 59\n"
        "x-ratelimit-reset-requests: 1ms\n");
  state.allowed = false;
  state.remaining = 0;
  state.reset = minutes(6);
  state.retry_after = milliseconds(1001);
  CHECK(fields_of(state) ==
        "Retry-After: 2\nRateLimit-Limit: 60\nRateLimit-Remaining: 0\nRateLimit-Reset: 360\n"
        "x-ratelimit-limit-requests: 60\nx-ratelimit-remaining-requests: 0\n"
        "x-ratelimit-reset-requests: 6m0s\n");
  const std::pair<milliseconds, const char*> rows[] = {
      {milliseconds(0), "0ms"},      {milliseconds(999), "999ms"},     {milliseconds(1000), "1s"},
      {milliseconds(1050), "1.05s"}, {milliseconds(61'500), "1m1.5s"}, {minutes(61), "1h1m0s"},
  };
  for (const auto& [reset, text] : rows) {
    state.reset = reset;
    CHECK(fields_of(state).ends_with(std::string("x-ratelimit-reset-requests: ") + text + "\n"));
  }
  RateState busy;
  busy.allowed = false;
  CHECK(fields_of(busy) == "Retry-After: 1\n");
}

}  // namespace
}  // namespace fastgate::gateway
