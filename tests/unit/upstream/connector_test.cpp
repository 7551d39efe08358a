#include "upstream/connector.h"

#include <array>
#include <chrono>
#include <optional>
#include <span>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/listen_socket.h"
#include "net/timer_wheel.h"
#include "support/name_service.h"
#include "support/no_descriptors.h"

namespace fastgate::upstream {
namespace {

using test::name_service;

/// A test that waits this long has failed.
constexpr std::chrono::seconds kBound{30};

/// A loop with a server that listens at 127.0.0.2 alone.
class Place {
 public:
  Place()
      : loop(std::move(net::Loop::make()).value()),
        resolver(*loop, {.fresh_for = std::chrono::hours(1),
                         .suspect_every = std::chrono::milliseconds(0)}) {
    auto socket = net::ListenSocket::open("127.0.0.2", 0, net::ListenSocket::Sharing::Exclusive);
    REQUIRE(socket.has_value());
    port = socket->local_port();
    auto made = net::Acceptor::start(*loop, std::move(*socket), [this](auto stream, const auto&) {
      accepted.push_back(std::move(stream));
    });
    REQUIRE(made.has_value());
    acceptor_ = std::move(*made);
    beat();
  }

  /// Connects to `host`, beginning with the address of that number.
  Result<std::unique_ptr<net::Stream>> connect(
      const std::string& host, std::uint32_t first,
      std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    std::optional<Result<std::unique_ptr<net::Stream>>> done;
    const auto connecting = connect_to(
        *loop, resolver,
        {.host = host, .port = port, .first_address = first, .timeout = timeout, .tls = nullptr},
        [&](Result<std::unique_ptr<net::Stream>> stream) { done = std::move(stream); });
    const auto end = std::chrono::steady_clock::now() + kBound;
    while (!done && std::chrono::steady_clock::now() < end) loop->run_once();
    REQUIRE(done.has_value());
    return *std::move(done);
  }

  std::unique_ptr<net::Loop> loop;
  net::Resolver resolver;
  std::vector<std::unique_ptr<net::Stream>> accepted;
  std::uint16_t port = 0;

 private:
  /// Keeps a turn of the loop from waiting for long.
  void beat() { heartbeat_.arm<&Place::beat>(loop->timers(), std::chrono::milliseconds(10), this); }
  std::unique_ptr<net::Acceptor> acceptor_;
  net::Timer heartbeat_;
};

TEST_CASE("all addresses of a name are tried, whichever comes first") {
  name_service.answer_with({"127.0.0.1", "127.0.0.2", "127.0.0.3"});
  for (std::uint32_t first = 0; first < 5; ++first) {
    INFO(first);
    Place place;
    const auto stream = place.connect("several.names.test", first);
    REQUIRE(stream.has_value());
  }
}

/// A server at 127.0.0.5 whose queue is full: whoever connects hears nothing.
class SilentServer {
 public:
  explicit SilentServer(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    REQUIRE(inet_pton(AF_INET, "127.0.0.5", &address.sin_addr) == 1);
    const auto* at = reinterpret_cast<const sockaddr*>(&address);
    REQUIRE(bind(sockets_.front(), at, sizeof address) == 0);
    REQUIRE(listen(sockets_.front(), 0) == 0);
    for (const int caller : std::span(sockets_).subspan(1)) connect(caller, at, sizeof address);
  }
  ~SilentServer() {
    for (const int socket : sockets_) close(socket);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

 private:
  static int open_socket() {
    return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  }
  std::array<int, 4> sockets_{open_socket(), open_socket(), open_socket(), open_socket()};
};

TEST_CASE("an address that says nothing holds up no connection") {
  name_service.answer_with({"127.0.0.5", "127.0.0.2"});
  Place place;
  const SilentServer silent(place.port);
  for (std::uint32_t first = 0; first < 3; ++first) {
    INFO(first);
    CHECK(place.connect("half.silent.names.test", first).has_value());
  }
  name_service.answer_with({"127.0.0.5", "127.0.0.1"});
  const auto refused = place.connect("silent.names.test", 0, std::chrono::milliseconds(400));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::ConnectTimeout);
}

TEST_CASE("a name none of whose addresses answers is asked for again, and then found") {
  name_service.answer_with({"127.0.0.1", "127.0.0.3"});
  Place place;
  const auto refused = place.connect("moved.names.test", 0);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::ConnectFailed);
  CHECK(refused.error().retry == RetrySafety::Always);
  // What is known of it is fresh, and wrong.
  name_service.answer_with({"127.0.0.2"});
  // However many connections fail until the look-up, on a thread of its own, has its answer.
  bool is_found = false;
  const auto end = std::chrono::steady_clock::now() + kBound;
  while (!is_found && std::chrono::steady_clock::now() < end) {
    is_found = place.connect("moved.names.test", 0).has_value();
  }
  CHECK(is_found);
}

TEST_CASE("a name that does not resolve is a failure to connect") {
  name_service.answer_with({});
  Place place;
  const auto refused = place.connect("none.names.test", 0);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::ConnectFailed);
}

TEST_CASE("without descriptors it is this process that fails, not the server") {
  Place place;
  std::optional<Error> error;
  {
    const test::NoDescriptors none;
    auto refused = place.connect("127.0.0.2", 0);
    if (!refused) error = std::move(refused.error());
  }
  REQUIRE(error.has_value());
  CHECK(error->kind == ErrorKind::Overloaded);
  CHECK(error->side == ErrorSide::Gateway);
  CHECK(error->retry == RetrySafety::Always);
  CHECK(error->text == "the gateway can open no further connection: too many open files");
  CHECK(place.connect("127.0.0.2", 0).has_value());
}

TEST_CASE("a name's failure that comes with the end of the time is not told as well") {
  Place place;
  std::unique_ptr<Connecting> connecting;
  std::vector<ErrorKind> told;
  bool is_over = false;
  constexpr std::chrono::milliseconds kLimit{1};
  place.loop->post([&] {
    using std::chrono::steady_clock;
    // A name with a NUL is not looked up, so that its failure waits for the loop's next turn.
    connecting = connect_to(*place.loop, place.resolver,
                            {.host = std::string("cut\0off", 7),
                             .port = place.port,
                             .first_address = 0,
                             .timeout = kLimit,
                             .tls = nullptr},
                            [&](Result<std::unique_ptr<net::Stream>> stream) {
                              place.loop->dispose(std::move(connecting));
                              REQUIRE_FALSE(stream.has_value());
                              told.push_back(stream.error().kind);
                              place.loop->post([&] { is_over = true; });
                            });
    // This turn lasts until the time limit has passed, for the timers too.
    const auto end = steady_clock::now() + kLimit + 3 * net::TimerWheel::kTick;
    while (steady_clock::now() < end) continue;
  });
  const auto end = std::chrono::steady_clock::now() + kBound;
  while (!is_over && std::chrono::steady_clock::now() < end) place.loop->run_once();
  CHECK(told == std::vector{ErrorKind::ConnectTimeout});
}

}  // namespace
}  // namespace fastgate::upstream
