/// Where requests of a route with `queue: {max_wait, size}` wait for a place instead of getting
/// 429.
///
/// One a route and worker, owned by the worker, single-threaded. It holds tokens only: the worker
/// admits the next one when a permit is released or its timer fires, and tells it what came of it.
/// Fair between keys: whose turn it is goes round, and each key's own requests keep their order, so
/// a key that sends a hundred at once does not stand before one that sends its first. Fairness
/// holds within a worker; between workers the limits themselves decide.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/model.h"

namespace fastgate::gateway {

class WaitingRoom {
 public:
  /// Names one waiting request to its owner. Each token may wait once at a time.
  using Token = std::uint64_t;
  enum class Enqueued : std::uint8_t { Accepted, Full };

  explicit WaitingRoom(const config::QueueConfig& queue) : queue_(queue) {}

  /// `key_id` is empty for requests without a key: they are one party. Full: answer 429. Tokens
  /// that wait already are an error of ours.
  [[nodiscard]] Enqueued enqueue(std::string_view key_id, Token token, MonotonicTime now);

  /// The request whose turn it is; nothing if nobody waits. It stays in front until one of the two
  /// below is called.
  [[nodiscard]] std::optional<Token> next_ready() const;
  /// The one in front was admitted: it leaves, and the turn goes to the next key.
  void leave_front();
  /// The one in front found no place, but others' keys might (its own key is at its limit): the
  /// turn goes on, it keeps its place in its key's row. After as many calls as there are keys
  /// nobody's turn has come: wait for the timer.
  void skip_front();

  /// Takes those out whose max_wait is over, oldest first: answer them 429.
  [[nodiscard]] std::vector<Token> expire(MonotonicTime now);
  /// Takes one out (its client has gone). Whether it waited.
  bool remove(Token token);

  /// A reload's settings; those who wait keep their deadlines.
  void reconfigure(const config::QueueConfig& queue) { queue_ = queue; }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  /// How many keys have somebody waiting: a full round of turns.
  [[nodiscard]] std::size_t parties() const { return turns_.size(); }

 private:
  struct Party {
    std::string key_id;
    std::deque<Token> row;
  };
  using Turn = std::list<Party>::iterator;
  struct Waiting {
    Turn party;
    MonotonicTime deadline;
  };
  void take_out(std::map<Token, Waiting>::iterator waiting);

  config::QueueConfig queue_;
  std::list<Party> turns_;  ///< the front one's turn it is
  std::map<std::string, Turn, std::less<>> parties_;
  std::map<Token, Waiting> waiting_;
  std::set<std::pair<MonotonicTime, Token>> deadlines_;
};

}  // namespace fastgate::gateway
