/// The waiting rooms of one worker, and the exchanges that wait in them (routes with `queue`).
///
/// One a worker; single-threaded. Between steps 8 and 9 of the request path.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/snapshot.h"
#include "gateway/waiting_room.h"
#include "net/loop.h"
#include "net/timer_wheel.h"

namespace fastgate::proxy {

class Exchange;

class WaitingLines {
 public:
  /// Places that other workers give back, and rates that fill up again, are looked for so often.
  static constexpr std::chrono::milliseconds kLook{20};

  explicit WaitingLines(net::Loop& loop) : loop_(loop) {}

  /// Whether somebody waits at this route.
  [[nodiscard]] bool is_anyone_at(const gateway::Route& route) const;
  /// Lets an exchange wait for a place at its route. Full: it is answered 429.
  [[nodiscard]] gateway::WaitingRoom::Enqueued enqueue(Exchange& exchange,
                                                       const gateway::Route& route,
                                                       std::string_view key_id);
  /// Its client left.
  void remove(Exchange& exchange);
  /// A permit was given back on this worker: whose turn it is will be looked at in the next turn.
  void on_permit_released();

 private:
  struct Line {
    explicit Line(const config::QueueConfig& queue) : room(queue) {}
    gateway::WaitingRoom room;
    std::unordered_map<gateway::WaitingRoom::Token, Exchange*> waiting;
  };
  void look();
  void look_at(Line& line);
  void expire(Line& line);
  void arm();

  net::Loop& loop_;
  std::unordered_map<std::string, std::unique_ptr<Line>> lines_;  ///< by route id
  std::size_t waiting_ = 0;
  gateway::WaitingRoom::Token next_token_ = 1;
  net::Timer timer_;
  net::LaterCall look_soon_;
};

}  // namespace fastgate::proxy
