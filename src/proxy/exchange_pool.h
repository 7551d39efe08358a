/// Exchanges kept for reuse, so that a request costs no allocation once a worker is warm.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "net/later_call.h"

namespace fastgate::proxy {

class Exchange;
struct WorkerContext;

/// One a worker; single-threaded.
class ExchangePool {
 public:
  /// Most idle exchanges kept; further ones are freed.
  static constexpr std::size_t kMaxIdle = 256;

  explicit ExchangePool(WorkerContext& worker);
  ~ExchangePool();

  [[nodiscard]] std::unique_ptr<Exchange> take();
  /// Gives a finished exchange back. It may be the one whose call is still on the stack, so it is
  /// reused from the loop's next turn on only.
  void give_back(std::unique_ptr<Exchange> exchange);

 private:
  void settle();
  WorkerContext& worker_;
  std::vector<std::unique_ptr<Exchange>> idle_;
  std::vector<std::unique_ptr<Exchange>> resting_;  ///< given back in this turn
  net::LaterCall settling_;
};

}  // namespace fastgate::proxy
