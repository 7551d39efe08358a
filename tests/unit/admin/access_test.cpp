#include "admin/access.h"

#include <doctest/doctest.h>

#include "http/http1_parser.h"

namespace fastgate::admin {
namespace {

using namespace std::chrono_literals;

const WallTime kNow{1'700'000'000s};

/// A request as the gateway sees it.
struct Request {
  explicit Request(const std::string& fields, const std::string& line = "GET /admin/x",
                   std::uint32_t client = 0x7f000001) {
    http::Http1RequestParser parser({});
    parser.begin(head);
    REQUIRE(parser.feed_head(line + " HTTP/1.1\r\n" + fields + "\r\n").has_value());
    REQUIRE(http::parse_target(head.method, head.target(), target).has_value());
    facts = gateway::make_facts(head, target,
                                {.peer = IpAddress::v4(client),
                                 .listener_scheme = gateway::Scheme::Http,
                                 .trusted_proxies = nullptr,
                                 .request_id = "req_1",
                                 .scratch = nullptr});
  }
  http::RequestHead head;
  http::Target target;
  gateway::RequestFacts facts;
};

struct Scene {
  Scene() {
    settings.allow.push_back(IpNetwork::parse("127.0.0.0/8").value());
    settings.tokens.push_back({.name = "a",
                               .token_sha256 = sha256("alpha"),
                               .role = config::AdminRole::Admin,
                               .mark = {}});
    settings.tokens.push_back({.name = "v",
                               .token_sha256 = sha256("victor"),
                               .role = config::AdminRole::Viewer,
                               .mark = {}});
  }
  std::uint16_t status(const Request& request, Role role = Role::Viewer) {
    const Access access(settings, sessions, guard);
    const auto caller = access.admit(request.facts, role, kNow, Access::Counting::On);
    return caller ? 200 : caller.error().status;
  }
  config::AdminConfig settings;
  SessionBook sessions;
  gateway::FailureGuard guard;
};

TEST_CASE("tokens are taken from the header before the query") {
  Scene scene;
  CHECK(scene.status(Request("Host: a\r\n")) == 401);
  CHECK(scene.status(Request("Host: a\r\nAuthorization: Bearer alpha\r\n")) == 200);
  CHECK(scene.status(Request("Host: a\r\nAuthorization: bearer  alpha\r\n")) == 200);
  CHECK(scene.status(Request("Host: a\r\nAuthorization: Basic alpha\r\n")) == 401);
  CHECK(scene.status(Request("Host: a\r\n", "GET /admin/x?token=alpha")) == 200);
  CHECK(scene.status(Request("Host: a\r\n", "GET /admin/x?token=%61lpha")) == 200);
  CHECK(scene.status(
            Request("Host: a\r\nAuthorization: Bearer no\r\n", "GET /admin/x?token=alpha")) == 401);
  CHECK(scene.status(
            Request("Host: a\r\nAuthorization: Bearer " + std::string(2000, 'a') + "\r\n")) == 401);
}

TEST_CASE("roles are held against what a call needs") {
  Scene scene;
  const Request viewer("Host: a\r\nAuthorization: Bearer victor\r\n");
  CHECK(scene.status(viewer, Role::Viewer) == 200);
  CHECK(scene.status(viewer, Role::Operator) == 403);
  CHECK(scene.status(Request("Host: a\r\n"), Role::None) == 200);
}

TEST_CASE("an address outside the list gets nothing") {
  Scene scene;
  CHECK(scene.status(Request("Host: a\r\nAuthorization: Bearer alpha\r\n", "GET /admin/x",
                             0x0a000001)) == 403);
  CHECK(scene.status(Request("Host: a\r\n", "GET /admin/x", 0x0a000001), Role::None) == 403);
}

TEST_CASE("wrong tokens are counted where the caller says so, and right ones pass all the same") {
  Scene scene;
  const Request wrong("Host: a\r\nAuthorization: Bearer no\r\n");
  const Access access(scene.settings, scene.sessions, scene.guard);
  for (int i = 0; i < 50; ++i) {
    CHECK(access.admit(wrong.facts, Role::Viewer, kNow, Access::Counting::Off).error().status ==
          401);
  }
  for (int i = 0; i < 50; ++i) static_cast<void>(scene.status(wrong));
  CHECK(scene.status(wrong) == 429);
  CHECK(scene.status(Request("Host: a\r\nAuthorization: Bearer alpha\r\n")) == 200);
}

TEST_CASE("a session lasts while it is used, and not for ever") {
  SessionBook book;
  const SessionBook::Opened opened = book.open(sha256("alpha"), kNow);
  CHECK(opened.cookie != opened.csrf_token);
  REQUIRE(book.find(opened.cookie, kNow + 1h).has_value());
  CHECK(book.find(opened.cookie, kNow + 1h)->csrf_token == opened.csrf_token);
  CHECK(book.find(opened.cookie, kNow + 2h + 30min).has_value());
  CHECK_FALSE(book.find(opened.cookie, kNow + 4h + 31min).has_value());
  const SessionBook::Opened other = book.open(sha256("alpha"), kNow);
  for (auto at = kNow; at < kNow + 12h; at += 1h) CHECK(book.find(other.cookie, at).has_value());
  CHECK_FALSE(book.find(other.cookie, kNow + 12h + 1s).has_value());
}

TEST_CASE("sessions are bounded: the one that was idle longest goes") {
  SessionBook book;
  const SessionBook::Opened first = book.open(sha256("a"), kNow);
  const SessionBook::Opened second = book.open(sha256("a"), kNow + 1s);
  for (std::size_t i = 2; i < SessionBook::kMost; ++i) {
    static_cast<void>(book.open(sha256("a"), kNow + 2s));
  }
  REQUIRE(book.find(first.cookie, kNow + 3s).has_value());
  static_cast<void>(book.open(sha256("a"), kNow + 4s));
  CHECK(book.find(first.cookie, kNow + 5s).has_value());
  CHECK_FALSE(book.find(second.cookie, kNow + 5s).has_value());
  book.close(first.cookie);
  CHECK_FALSE(book.find(first.cookie, kNow + 5s).has_value());
}

TEST_CASE("a cookie is read from among others") {
  CHECK(cookie_value("a=1; fastgate_session=x; b=2", "fastgate_session") == "x");
  CHECK(cookie_value("xfastgate_session=x", "fastgate_session").empty());
  CHECK(cookie_value("fastgate_session", "fastgate_session").empty());
  CHECK(cookie_value("", "fastgate_session").empty());
}

}  // namespace
}  // namespace fastgate::admin
