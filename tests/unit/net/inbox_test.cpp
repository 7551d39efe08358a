// The streams that are read in one turn: what each is told although telling another changes it.
#include "net/inbox.h"

#include <string>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

/// Streams whose next bytes come in one turn, told of in the order of `receivers`.
class Turn {
 public:
  explicit Turn(std::size_t count) : owners(count) {
    for (std::size_t i = 0; i < count; ++i) {
      StreamPair pair = make_tcp_pair(test);
      senders.push_back(std::move(pair.near));
      receivers.push_back(std::move(pair.far));
      senders.back()->start(&sender_owner_);
      receivers.back()->start(&owners[i]);
    }
    test.settle();
  }

  /// Runs `on_first` when the first of the streams is told of something; what `send` does is there
  /// for all of them before the loop looks.
  void run(const std::function<void()>& send, std::function<void(std::size_t first)> on_first) {
    on_first_ = std::move(on_first);
    for (std::size_t i = 0; i < owners.size(); ++i) {
      owners[i].on_bytes_hook = [this, i] {
        if (const auto hook = std::exchange(on_first_, nullptr)) hook(i);
      };
    }
    send();
    REQUIRE(test.run_until([this] { return on_first_ == nullptr; }));
  }
  void write_to_all(const std::string& text) {
    for (const auto& sender : senders) sender->write(text);
  }

  TestLoop test;
  std::vector<std::unique_ptr<Stream>> senders;
  std::vector<std::unique_ptr<Stream>> receivers;
  std::vector<TestOwner> owners;

 private:
  TestOwner sender_owner_;
  std::function<void(std::size_t)> on_first_;
};

TEST_CASE("a stream that another one's bytes end is told of nothing") {
  Turn turn(2);
  std::size_t ended = 0;
  turn.run([&] { turn.write_to_all("bytes"); },
           [&](std::size_t first) {
             ended = 1 - first;
             turn.receivers[ended].reset();
           });
  turn.test.settle();
  CHECK(turn.owners[ended].reads == 0);
  CHECK(turn.owners[1 - ended].received == "bytes");
}

TEST_CASE("what was read of a stream that another one's bytes pause waits until it is resumed") {
  Turn turn(2);
  std::size_t paused = 0;
  turn.run([&] { turn.write_to_all("before,"); },
           [&](std::size_t first) {
             paused = 1 - first;
             turn.receivers[paused]->pause_reading();
           });
  turn.senders[paused]->write("behind");
  turn.test.settle();
  TestOwner& owner = turn.owners[paused];
  CHECK(owner.reads == 0);
  SUBCASE("in order, and never from inside") {
    turn.receivers[paused]->resume_reading();
    CHECK(owner.reads == 0);
    REQUIRE(turn.test.run_until([&] { return owner.received.size() >= 13; }));
    CHECK(owner.received == "before,behind");
  }
  SUBCASE("although it is paused again in between") {
    turn.receivers[paused]->resume_reading();
    turn.receivers[paused]->pause_reading();
    turn.test.settle();
    CHECK(owner.reads == 0);
    turn.receivers[paused]->resume_reading();
    REQUIRE(turn.test.run_until([&] { return owner.received.size() >= 13; }));
    CHECK(owner.received == "before,behind");
  }
  SUBCASE("for whom it has by then") {
    TestOwner other;
    turn.receivers[paused]->set_owner(&other);
    turn.receivers[paused]->resume_reading();
    REQUIRE(turn.test.run_until([&] { return other.received.size() >= 13; }));
    CHECK(other.received == "before,behind");
    CHECK(owner.reads == 0);
  }
  SUBCASE("or it ends") {
    turn.receivers[paused].reset();
    turn.test.settle();
    CHECK(owner.reads == 0);
  }
  SUBCASE("and comes before what a failed write finds in the socket") {
    turn.senders[paused]->reset_on_close();
    turn.senders[paused].reset();
    turn.test.settle();
    turn.receivers[paused]->write("fails");
    turn.receivers[paused]->resume_reading();
    REQUIRE(turn.test.run_until([&] { return owner.failed == 1; }));
    CHECK(owner.received.starts_with("before,"));
    CHECK(owner.ended == 0);
  }
}

TEST_CASE("an end and a reset wait for a paused stream as bytes do") {
  for (const bool is_reset : {false, true}) {
    INFO("reset ", is_reset);
    // The first is told of bytes; the others, of whose order nothing is known, of how they end.
    Turn turn(8);
    std::size_t told = 0;
    turn.run(
        [&] {
          turn.senders[0]->write("bytes");
          for (std::size_t i = 1; i < turn.senders.size(); ++i) {
            if (is_reset) turn.senders[i]->reset_on_close();
            turn.senders[i].reset();
          }
        },
        [&](std::size_t first) {
          told = first;
          for (const auto& receiver : turn.receivers) receiver->pause_reading();
        });
    CHECK(told == 0);
    turn.test.settle();
    for (const TestOwner& owner : turn.owners) CHECK(owner.ended + owner.failed == 0);
    for (const auto& receiver : turn.receivers) receiver->resume_reading();
    turn.test.settle();
    int ended = 0;
    int failed = 0;
    for (const TestOwner& owner : turn.owners) {
      ended += owner.ended;
      failed += owner.failed;
    }
    CHECK(ended == (is_reset ? 0 : 7));
    CHECK(failed == (is_reset ? 7 : 0));
  }
}

TEST_CASE("a stream that another one's bytes hand on tells its new owner") {
  Turn turn(2);
  TestOwner heir;
  std::size_t handed_on = 0;
  turn.run([&] { turn.write_to_all("bytes"); },
           [&](std::size_t first) {
             handed_on = 1 - first;
             turn.receivers[handed_on]->set_owner(&heir);
           });
  REQUIRE(turn.test.run_until([&] { return heir.received == "bytes"; }));
  CHECK(turn.owners[handed_on].reads == 0);
}

TEST_CASE("a stream that ends while as many wait as are read in one go is told of nothing") {
  Turn turn(Inbox::kMostStreams + 1);
  const std::vector<std::size_t> last{Inbox::kMostStreams - 1, Inbox::kMostStreams};
  turn.run([&] { turn.write_to_all("bytes"); },
           [&](std::size_t first) {
             CHECK(first == 0);
             for (const std::size_t i : last) turn.receivers[i].reset();
           });
  turn.test.settle();
  for (const std::size_t i : last) {
    CHECK(turn.owners[i].reads + turn.owners[i].ended + turn.owners[i].failed == 0);
  }
}

TEST_CASE("more streams than are read in one go are all told what came") {
  Turn turn(Inbox::kMostStreams + 3);
  turn.run([&] { turn.write_to_all("bytes"); }, [](std::size_t) {});
  for (const TestOwner& owner : turn.owners) {
    CHECK(turn.test.run_until([&owner] { return owner.received == "bytes"; }));
  }
}

TEST_CASE("streams that bring more than the read buffer holds together lose nothing") {
  Turn turn(9);
  const std::string much = numbered_bytes(Loop::kReadBufferSize);
  turn.run([&] { turn.write_to_all(much); }, [](std::size_t) {});
  for (const TestOwner& owner : turn.owners) {
    CHECK(turn.test.run_until([&] { return owner.received.size() == much.size(); }));
    CHECK(owner.received == much);
  }
}

TEST_CASE("in one turn upstreams are told before clients, whichever bytes came first") {
  TestLoop test;
  const StreamPair pair = make_tcp_pair(test);
  TestOwner upstream;
  TestOwner client;
  std::string order;
  upstream.on_bytes_hook = [&order] { order += 'u'; };
  client.on_bytes_hook = [&order] { order += 'c'; };
  pair.near->start(&upstream);
  pair.far->start(&client);
  test.settle();
  pair.near->write("to the client's stream");
  pair.far->write("to the upstream's stream");
  REQUIRE(test.run_until([&order] { return order.size() == 2; }));
  CHECK(order == "uc");
}

TEST_CASE("an end that came before a new connection is told before it") {
  TestLoop test;
  auto socket = ListenSocket::open("127.0.0.1", 0, ListenSocket::Sharing::ReusePort);
  REQUIRE(socket.has_value());
  const std::uint16_t port = socket->local_port();
  TestOwner owner;
  std::vector<int> ended_before;
  std::vector<std::unique_ptr<Stream>> accepted;
  auto acceptor =
      Acceptor::start(test.loop(), std::move(*socket), [&](auto stream, const SocketAddress&) {
        ended_before.push_back(owner.ended);
        accepted.push_back(std::move(stream));
      });
  REQUIRE(acceptor.has_value());
  const auto connect = [port] {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return fd;
  };
  const int first = connect();
  REQUIRE(test.run_until([&] { return accepted.size() == 1; }));
  accepted.front()->start(&owner);
  test.settle();
  ::close(first);
  const int second = connect();
  REQUIRE(test.run_until([&] { return accepted.size() == 2; }));
  CHECK(ended_before == std::vector<int>{0, 1});
  ::close(second);
}

}  // namespace
}  // namespace fastgate::net::testing
