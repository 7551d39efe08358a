#include "server/event_queue.h"

#include <algorithm>
#include <utility>

namespace fastgate::server {

void EventQueue::push(Event event) {
  {
    const std::lock_guard lock(mutex_);
    const bool may_merge =
        event == Event::Reload || event == Event::ReopenLogs || event == Event::Upgrade;
    if (may_merge && std::find(events_.begin(), events_.end(), event) != events_.end()) return;
    events_.push_back(event);
  }
  wake_.notify_one();
}

void EventQueue::push_task(Task task) {
  {
    std::unique_lock lock(mutex_);
    if (refuses_tasks_) {
      lock.unlock();
      return task(TaskTurn::Refused);
    }
    tasks_.push_back(std::move(task));
    events_.push_back(Event::Task);
  }
  wake_.notify_one();
}

Task EventQueue::take_task() {
  const std::lock_guard lock(mutex_);
  if (tasks_.empty()) return nullptr;
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

void EventQueue::refuse_tasks() {
  std::deque<Task> refused;
  {
    const std::lock_guard lock(mutex_);
    refuses_tasks_ = true;
    refused.swap(tasks_);
  }
  for (const Task& task : refused) task(TaskTurn::Refused);
}

Event EventQueue::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return !events_.empty(); });
  const Event event = events_.front();
  events_.pop_front();
  return event;
}

std::optional<Event> EventQueue::take_for(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (!wake_.wait_for(lock, timeout, [this] { return !events_.empty(); })) return {};
  const Event event = events_.front();
  events_.pop_front();
  return event;
}

}  // namespace fastgate::server
