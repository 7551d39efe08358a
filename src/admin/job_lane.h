/// A thread with a bounded queue of jobs: what the admin API does with files and the database, so
/// that no worker's loop ever waits for it.
///
/// Owned by the server; jobs run one after another in the order of post(). Any thread may post.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace fastgate::admin {

class JobLane {
 public:
  using Job = std::function<void()>;

  explicit JobLane(std::size_t most_waiting);
  ~JobLane();
  JobLane(const JobLane&) = delete;
  JobLane& operator=(const JobLane&) = delete;

  /// False if as many jobs wait as may, or the lane was stopped: the job will not run.
  [[nodiscard]] bool post(Job job);
  /// Lets work that was begun go on, whatever waits; the caller bounds how many such jobs there
  /// are. After stop() the job is dropped.
  void post_further(Job job);
  /// The same for a job that is not to be lost: stop() has it run.
  void post_duty(Job job);
  /// Waits for the job in hand and for duties; the others that wait are dropped. Called once,
  /// before what the jobs use ends.
  void stop();

 private:
  enum class AtStop : std::uint8_t { Drop, Run };
  struct Waiting {
    Job job;
    AtStop at_stop = AtStop::Drop;
  };

  void add(Waiting waiting);
  void run();
  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> jobs_;
  bool is_stopped_ = false;
  std::thread thread_;
};

}  // namespace fastgate::admin
