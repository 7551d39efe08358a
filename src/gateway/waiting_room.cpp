#include "gateway/waiting_room.h"

#include <algorithm>

#include "base/error.h"

namespace fastgate::gateway {

WaitingRoom::Enqueued WaitingRoom::enqueue(std::string_view key_id, Token token,
                                           MonotonicTime now) {
  FG_ASSERT(!waiting_.contains(token));
  if (waiting_.size() >= queue_.size) return Enqueued::Full;
  auto party = parties_.find(key_id);
  if (party == parties_.end()) {
    turns_.push_back({std::string(key_id), {}});
    party = parties_.emplace(std::string(key_id), std::prev(turns_.end())).first;
  }
  const MonotonicTime deadline = now + queue_.max_wait;
  party->second->row.push_back(token);
  waiting_.emplace(token, Waiting{party->second, deadline});
  deadlines_.emplace(deadline, token);
  return Enqueued::Accepted;
}

std::optional<WaitingRoom::Token> WaitingRoom::next_ready() const {
  if (turns_.empty()) return std::nullopt;
  return turns_.front().row.front();
}

void WaitingRoom::leave_front() {
  FG_ASSERT(!turns_.empty());
  const auto waiting = waiting_.find(turns_.front().row.front());
  // A key with more to come goes to the end of the round, as if it had just arrived.
  turns_.splice(turns_.end(), turns_, turns_.begin());
  take_out(waiting);
}

void WaitingRoom::skip_front() {
  if (turns_.size() > 1) turns_.splice(turns_.end(), turns_, turns_.begin());
}

std::vector<WaitingRoom::Token> WaitingRoom::expire(MonotonicTime now) {
  std::vector<Token> expired;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const Token token = deadlines_.begin()->second;
    expired.push_back(token);
    take_out(waiting_.find(token));
  }
  return expired;
}

bool WaitingRoom::remove(Token token) {
  const auto waiting = waiting_.find(token);
  if (waiting == waiting_.end()) return false;
  take_out(waiting);
  return true;
}

void WaitingRoom::take_out(std::map<Token, Waiting>::iterator waiting) {
  FG_ASSERT(waiting != waiting_.end());
  const auto [token, entry] = *waiting;
  std::deque<Token>& row = entry.party->row;
  row.erase(std::find(row.begin(), row.end(), token));
  if (row.empty()) {
    parties_.erase(entry.party->key_id);
    turns_.erase(entry.party);
  }
  deadlines_.erase({entry.deadline, token});
  waiting_.erase(waiting);
}

}  // namespace fastgate::gateway
