/// One loop on one thread: its listeners, its connections, its upstream groups.
///
/// Owned by the Server. Methods marked "any thread" post to the loop; everything else runs on it.
/// Steps 1 and 2 of the request path.
#pragma once

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "base/app_log.h"
#include "base/line_pause.h"
#include "gateway/failure_guard.h"
#include "net/listen_socket.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "proxy/downstream_connection.h"
#include "proxy/worker_context.h"
#include "record/recorder.h"
#include "server/accept_trouble.h"
#include "server/event_queue.h"
#include "server/generation.h"
#include "upstream/group_table.h"
#include "upstream/server_report.h"

namespace fastgate::server {

/// What all workers share; owned by the server and outliving them.
struct SharedParts {
  AppLog* log = nullptr;
  upstream::OutageLog* outages = nullptr;
  gateway::FailureGuard* failure_guard = nullptr;
  EventQueue* events = nullptr;
  std::atomic<std::uint32_t> open_connections{0};
  LinePause refusal_lines;  ///< of connections beyond max_connections
  AcceptTrouble accept_trouble;
};

/// How the connections of a listening address are taken and spoken to, and what is served there.
enum class Transport : std::uint8_t { Plain, Tls };
struct ListenerKind {
  Transport transport = Transport::Plain;
  gateway::Door door = gateway::Door::Traffic;
  net::Handover handover = net::Handover::WithBytes;
};

/// Names a listening address of the process over reloads.
using ListenerNumber = std::uint32_t;

/// A listening socket for one worker.
struct WorkerListener {
  ListenerNumber number = 0;
  net::ListenSocket socket;
  ListenerKind kind;
};

/// What a draining worker does with connections that wait in the kernel's queues.
enum class Waiting : std::uint8_t {
  Take,   ///< nobody else would
  Leave,  ///< another process listens on the same sockets
};

/// Which listeners stay, and what they are now.
using KeptListeners = std::vector<std::pair<ListenerNumber, ListenerKind>>;

class Worker final : public proxy::ConnectionKeeper {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Worker>> make(std::uint32_t index,
                                                            SharedParts& shared);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Starts the thread with its first generation, before any listener.
  void start(const std::shared_ptr<const Generation>& generation);

  /// Any thread. `done` runs on the worker's loop once the generation is in force there.
  void adopt(std::shared_ptr<const Generation> generation, std::function<void()> done);
  /// Any thread.
  void listen(std::vector<WorkerListener> listeners, std::function<void()> done);
  /// Any thread: stops listening on everything that is not among `kept`.
  void keep_listening_on(KeptListeners kept);
  /// Any thread: `done` gets a second descriptor of each listening socket.
  void copy_listeners(std::function<void(std::vector<WorkerListener>)> done);
  /// Any thread: leaves connections in the kernel's queues until resume_listening(); `done` runs on
  /// the loop once it does.
  void pause_listening(std::function<void()> done);
  /// Any thread.
  void resume_listening();
  /// Any thread: stops listening, lets what is in hand finish, then pushes Event::WorkerDone.
  void drain(Waiting waiting);
  /// Any thread: cuts everything.
  void stop();
  /// Waits for the thread's end after stop().
  void join();
  /// After join(): whether destroying it would wait for an answer of the system's name service.
  [[nodiscard]] bool is_held_up() const { return resolver_->is_asking(); }
  /// Any thread: hands what waits in the log buffers to their files.
  void flush_logs();

  [[nodiscard]] const record::Recorder& recorder() const { return *recorder_; }
  [[nodiscard]] const record::WorkerCounters& counters() const { return recorder_->counters(); }
  /// Any thread: what it sees of the upstream servers, at most a second old.
  [[nodiscard]] upstream::ServerReport server_report() const { return report_board_.read(); }

  void on_connection_closed(proxy::DownstreamConnection& connection) override;

 private:
  struct Listening {
    ListenerNumber number = 0;
    std::uint16_t port = 0;
    ListenerKind kind;
    std::unique_ptr<net::Acceptor> acceptor;
  };

  Worker(std::uint32_t index, SharedParts& shared, std::unique_ptr<net::Loop> loop);
  void run();
  void publish_server_report();
  void take_generation(const std::shared_ptr<const Generation>& generation);
  void take_connection(const Listening& listening, std::unique_ptr<net::Stream> stream,
                       const net::SocketAddress& peer);
  void begin_drain(Waiting waiting);
  void leave(std::unique_ptr<Listening> listening, std::chrono::milliseconds grace);
  void close_left();
  void report_if_drained();
  void cut_everything();

  const std::uint32_t index_;
  SharedParts& shared_;
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<record::Recorder> recorder_;
  std::unique_ptr<net::Resolver> resolver_;
  std::shared_ptr<const Generation> generation_;
  std::unique_ptr<upstream::GroupTable> groups_;
  std::unique_ptr<proxy::WorkerContext> context_;
  std::vector<std::unique_ptr<Listening>> listeners_;
  std::vector<std::unique_ptr<Listening>> leaving_;  ///< until closing_timer_ fires
  net::Timer closing_timer_;
  std::vector<std::unique_ptr<proxy::DownstreamConnection>> connections_;
  upstream::ServerReport report_;
  upstream::ReportBoard report_board_;
  net::Timer report_timer_;
  bool has_reported_drained_ = false;
  std::thread thread_;
};

/// How many there are to be.
[[nodiscard]] std::uint32_t worker_count(const config::ServerConfig& server);

/// Runs `step` for every worker and waits until each has called the function it was given.
template <class Step>
void on_every_worker(const std::vector<std::unique_ptr<Worker>>& workers, Step step) {
  std::latch done(static_cast<std::ptrdiff_t>(workers.size()));
  for (std::size_t i = 0; i < workers.size(); ++i) {
    step(i, *workers[i], [&done] { done.count_down(); });
  }
  done.wait();
}

}  // namespace fastgate::server
