#include "proxy/waiting_lines.h"

#include <optional>
#include <vector>

#include "proxy/exchange.h"

namespace fastgate::proxy {

using gateway::WaitingRoom;

bool WaitingLines::is_anyone_at(const gateway::Route& route) const {
  if (waiting_ == 0) return false;
  const auto line = lines_.find(route.id);
  return line != lines_.end() && !line->second->waiting.empty();
}

WaitingRoom::Enqueued WaitingLines::enqueue(Exchange& exchange, const gateway::Route& route,
                                            std::string_view key_id) {
  std::unique_ptr<Line>& line = lines_[route.id];
  if (!line) line = std::make_unique<Line>(*route.config->queue);
  line->room.reconfigure(*route.config->queue);
  const WaitingRoom::Token token = next_token_++;
  const WaitingRoom::Enqueued result = line->room.enqueue(key_id, token, loop_.now());
  if (result == WaitingRoom::Enqueued::Full) return result;
  line->waiting.emplace(token, &exchange);
  exchange.set_waiting_token(token);
  ++waiting_;
  arm();
  return result;
}

void WaitingLines::remove(Exchange& exchange) {
  for (auto& [route, line] : lines_) {
    const auto found = line->waiting.find(exchange.waiting_token());
    if (found == line->waiting.end() || found->second != &exchange) continue;
    line->room.remove(found->first);
    line->waiting.erase(found);
    --waiting_;
    return;
  }
}

void WaitingLines::on_permit_released() {
  if (waiting_ > 0) loop_.call_later<&WaitingLines::look>(look_soon_, this);
}

void WaitingLines::arm() {
  if (waiting_ > 0) timer_.arm<&WaitingLines::look>(loop_.timers(), kLook, this);
}

void WaitingLines::look() {
  // Whoever goes on may come to wait at another route, which adds a line.
  std::vector<Line*> lines;
  lines.reserve(lines_.size());
  for (const auto& [route, line] : lines_) lines.push_back(line.get());
  for (Line* line : lines) {
    expire(*line);
    look_at(*line);
  }
  if (waiting_ == 0) {
    lines_.clear();
  } else {
    arm();
  }
}

void WaitingLines::expire(Line& line) {
  for (const WaitingRoom::Token token : line.room.expire(loop_.now())) {
    const auto found = line.waiting.find(token);
    Exchange* exchange = found->second;
    line.waiting.erase(found);
    --waiting_;
    exchange->on_wait_over();
  }
}

void WaitingLines::look_at(Line& line) {
  // A full round of turns without a place: nobody's turn has come.
  std::size_t passed_over = 0;
  while (passed_over < line.room.parties()) {
    const std::optional<WaitingRoom::Token> token = line.room.next_ready();
    if (!token) return;
    Exchange* exchange = line.waiting.at(*token);
    if (!exchange->try_turn()) {
      line.room.skip_front();
      ++passed_over;
      continue;
    }
    line.room.leave_front();
    line.waiting.erase(*token);
    --waiting_;
    passed_over = 0;
    exchange->on_turn();
  }
}

}  // namespace fastgate::proxy
