// Requests at a fixed pace, and how long each took.
//   bench_pace --port P [--path /1k] [--connections N] [--rate REQUESTS_PER_SECOND]
// Each of N kept connections asks at its turn of the pace whether or not the answers before came,
// so a stall shows in every request that was due in it: times count from when a request was due.
// Each line on standard input is answered by the times since the line before, as JSON, in us; its
// text, a number, is a bound: `slower` counts the requests beyond it. The end of the input ends the
// program.
#include <algorithm>
#include <chrono>
#include <deque>
#include <vector>

#include <sys/timerfd.h>

#include "bench/bench_net.h"

namespace {

using namespace fastgate::bench;
using Clock = std::chrono::steady_clock;

struct Connection {
  int fd = -1;
  std::string answer;                 // bytes of unfinished answers
  std::deque<Clock::time_point> due;  // of the requests whose answers are to come
};

class Pace {
 public:
  explicit Pace(const Arguments& arguments)
      : port_(static_cast<std::uint16_t>(arguments.number("port", 0))),
        request_("GET " + arguments.text("path", "/1k") + " HTTP/1.1\r\nHost: bench.test\r\n\r\n"),
        step_(std::chrono::nanoseconds(1'000'000'000 / arguments.number("rate", 1000))),
        connections_(arguments.number("connections", 16)) {
    poller_.watch(STDIN_FILENO, EPOLLIN, nullptr);
    timer_ = check(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), "timerfd_create");
    poller_.watch(timer_, EPOLLIN, &timer_);
    for (Connection& connection : connections_) {
      connection.fd = connect_to(port_);
      poller_.watch(connection.fd, EPOLLIN, &connection);
    }
    next_ = Clock::now() + std::chrono::milliseconds(200);
    arm();
  }

  void run() {
    while (!ended_) {
      poller_.wait(1000, [this](void* who, std::uint32_t) {
        if (who == nullptr) return on_command();
        if (who == &timer_) return on_timer();
        read(*static_cast<Connection*>(who));
      });
    }
  }

 private:
  void arm() const {
    const auto since = next_.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    itimerspec at{};
    at.it_value.tv_sec = seconds.count();
    at.it_value.tv_nsec = std::chrono::nanoseconds(since - seconds).count();
    check(timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr), "timerfd_settime");
  }

  void on_timer() {
    std::uint64_t expirations = 0;
    if (::read(timer_, &expirations, sizeof expirations) < 0) return;
    for (const auto now = Clock::now(); next_ <= now; next_ += step_) {
      Connection& connection = connections_[turn_++ % connections_.size()];
      connection.due.push_back(next_);
      if (send(connection.fd, request_.data(), request_.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(request_.size())) {
        die("send");
      }
    }
    arm();
  }

  void read(Connection& connection) {
    const ssize_t count = recv(connection.fd, block_.data(), block_.size(), 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) die("a connection was lost");
    const auto now = Clock::now();
    connection.answer.append(block_.data(), static_cast<std::size_t>(count));
    while (true) {
      const std::size_t head = connection.answer.find("\r\n\r\n");
      if (head == std::string::npos) return;
      const std::string_view fields = std::string_view(connection.answer).substr(0, head + 2);
      const std::size_t whole = head + 4 + decimal(field_of(fields, "content-length"));
      if (connection.answer.size() < whole) return;
      if (!fields.starts_with("HTTP/1.1 200")) ++errors_;
      connection.answer.erase(0, whole);
      times_.push_back(
          std::chrono::duration_cast<std::chrono::microseconds>(now - connection.due.front())
              .count());
      connection.due.pop_front();
    }
  }

  [[nodiscard]] std::int64_t at(double part) const {
    if (times_.empty()) return 0;
    const auto index = static_cast<std::size_t>(part * static_cast<double>(times_.size()));
    return times_[std::min(index, times_.size() - 1)];
  }

  void on_command() {
    std::array<char, 64> line{};
    if (::read(STDIN_FILENO, line.data(), line.size() - 1) <= 0) {
      ended_ = true;
      return;
    }
    const std::uint64_t given = decimal(line.data());
    const std::int64_t bound = given == 0 ? INT64_MAX : static_cast<std::int64_t>(given);
    std::ranges::sort(times_);
    const auto slower = times_.end() - std::ranges::upper_bound(times_, bound);
    std::printf(
        "{\"requests\": %zu, \"errors\": %lu, \"p50\": %ld, \"p99\": %ld, \"p999\": %ld, "
        "\"max\": %ld, \"slower\": %ld}\n",
        times_.size(), errors_, at(0.5), at(0.99), at(0.999), at(1), slower);
    std::fflush(stdout);
    times_.clear();
    errors_ = 0;
  }

  const std::uint16_t port_;
  const std::string request_;
  const Clock::duration step_;
  std::vector<Connection> connections_;
  std::size_t turn_ = 0;
  Clock::time_point next_;
  int timer_ = -1;
  std::vector<std::int64_t> times_;  // us, since the last command
  std::uint64_t errors_ = 0;
  bool ended_ = false;
  std::vector<char> block_ = std::vector<char>(64 * 1024);
  Poller poller_;
};

}  // namespace

int main(int argc, char** argv) {
  Pace pace(Arguments(argc, argv));
  pace.run();
}
