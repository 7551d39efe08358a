#include "admin/job_lane.h"

#include <algorithm>
#include <iterator>
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
    jobs_.push_back({.job = std::move(job)});
  }
  wake_.notify_one();
  return true;
}

void JobLane::post_further(Job job) {
  add({.job = std::move(job)});
}

void JobLane::post_duty(Job job) {
  add({.job = std::move(job), .at_stop = AtStop::Run});
}

void JobLane::add(Waiting waiting) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) return;
    jobs_.push_back(std::move(waiting));
  }
  wake_.notify_one();
}

void JobLane::stop() {
  std::deque<Waiting> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    const auto first = std::stable_partition(
        jobs_.begin(), jobs_.end(),
        [](const Waiting& waiting) { return waiting.at_stop == AtStop::Run; });
    std::move(first, jobs_.end(), std::back_inserter(dropped));
    jobs_.erase(first, jobs_.end());
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
      if (jobs_.empty()) return;
      job = std::move(jobs_.front().job);
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace fastgate::admin
