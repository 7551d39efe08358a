#include "admin/job_lane.h"

#include <utility>

namespace fastgate::admin {

JobLane::JobLane(std::size_t most_waiting) : most_waiting_(most_waiting) {
  thread_ = std::thread([this] { run(); });
}

JobLane::~JobLane() {
  stop();
}

bool JobLane::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_ || jobs_.size() >= most_waiting_) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void JobLane::post_further(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) return;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void JobLane::stop() {
  std::deque<Job> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    dropped.swap(jobs_);
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void JobLane::run() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_stopped_ || !jobs_.empty(); });
      if (is_stopped_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace fastgate::admin
