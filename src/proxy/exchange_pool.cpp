#include "proxy/exchange_pool.h"

#include <utility>

#include "proxy/exchange.h"
#include "proxy/worker_context.h"

namespace fastgate::proxy {

ExchangePool::ExchangePool(WorkerContext& worker) : worker_(worker) {}
ExchangePool::~ExchangePool() = default;

std::unique_ptr<Exchange> ExchangePool::take() {
  if (idle_.empty()) return std::make_unique<Exchange>(worker_);
  std::unique_ptr<Exchange> exchange = std::move(idle_.back());
  idle_.pop_back();
  return exchange;
}

void ExchangePool::give_back(std::unique_ptr<Exchange> exchange) {
  if (resting_.empty()) {
    worker_.loop.call_later<&ExchangePool::settle>(settling_, this);
  }
  resting_.push_back(std::move(exchange));
}

void ExchangePool::settle() {
  for (std::unique_ptr<Exchange>& exchange : resting_) {
    if (idle_.size() >= kMaxIdle) break;
    exchange->reset();
    idle_.push_back(std::move(exchange));
  }
  resting_.clear();
}

}  // namespace fastgate::proxy
