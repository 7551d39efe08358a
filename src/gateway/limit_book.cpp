#include "gateway/limit_book.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "base/error.h"
#include "base/text.h"
#include "gateway/client_buckets.h"
#include "gateway/gcra.h"
#include "gateway/salted_hash.h"
#include "gateway/saved_text.h"

namespace fastgate::gateway {
namespace {

constexpr std::size_t kClientPlaces = 65536;
constexpr std::size_t kMinNames = 1024;  ///< below it nothing is forgotten
constexpr std::size_t kMaxRestoredNames = 1'000'000;
constexpr std::string_view kLimitsTitle = "fastgate-limits 1";

/// Limits by name under a lock. Only what nobody holds is forgotten: a debt that goes with it
/// belonged to a key or route that is no longer configured.
class NamedLimits {
 public:
  std::shared_ptr<Limit> at(std::string_view name) {
    const std::lock_guard lock(mutex_);
    auto& limit = limits_[std::string(name)];
    if (!limit) limit = std::make_shared<Limit>();
    auto held = limit;
    if (limits_.size() > forget_at_) forget();
    return held;
  }

  void save(std::string& out, std::string_view kind, std::int64_t now) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, limit] : limits_) {
      const std::int64_t arrival = limit->arrival();
      if (arrival <= now || name.empty()) continue;
      out.append(kind).append(" ");
      append_encoded(out, name);
      out += ' ';
      append_decimal(out, static_cast<std::uint64_t>(arrival));
      out += '\n';
    }
  }

  void restore(const std::string& name, std::int64_t arrival) {
    const std::lock_guard lock(mutex_);
    if (limits_.size() >= kMaxRestoredNames) return;
    auto& limit = limits_[name];
    if (!limit) limit = std::make_shared<Limit>();
    limit->restore(arrival);
    // Restored limits are held by nobody until the first snapshot is adopted.
    forget_at_ = std::max(forget_at_, 2 * limits_.size());
  }

 private:
  void forget() {
    std::erase_if(limits_, [](const auto& entry) {
      return entry.second.use_count() == 1 && entry.second->inside() == 0;
    });
    forget_at_ = std::max(kMinNames, 2 * limits_.size());
  }

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Limit>> limits_;
  std::size_t forget_at_ = kMinNames;
};

}  // namespace

RateState Limit::take(const Rate& rate, WallTime now) {
  if (rate.per_minute == 0) return {};
  const GcraRule rule = rule_of(rate, TimeScale::Nanoseconds);
  std::int64_t arrival = arrival_.load(std::memory_order_relaxed);
  for (;;) {
    const GcraStep step = gcra_step(rule, arrival, nanoseconds_of(now));
    if (!step.state.allowed && step.arrival == arrival) return step.state;
    if (arrival_.compare_exchange_weak(arrival, step.arrival, std::memory_order_relaxed)) {
      return step.state;
    }
  }
}

RateState Limit::peek(const Rate& rate, WallTime now) const {
  if (rate.per_minute == 0) return {};
  return gcra_peek(rule_of(rate, TimeScale::Nanoseconds), arrival(), nanoseconds_of(now));
}

void Limit::give_back(const Rate& rate) {
  if (rate.per_minute == 0) return;
  arrival_.fetch_sub(rule_of(rate, TimeScale::Nanoseconds).interval, std::memory_order_relaxed);
}

bool Limit::try_enter(std::uint32_t max) {
  std::uint32_t inside = inside_.load(std::memory_order_relaxed);
  do {
    if (max != 0 && inside >= max) return false;
  } while (!inside_.compare_exchange_weak(inside, inside + 1, std::memory_order_relaxed));
  return true;
}

void Limit::leave() {
  const std::uint32_t before = inside_.fetch_sub(1, std::memory_order_relaxed);
  FG_ASSERT(before > 0);
}

struct LimitBook::Shards {
  SaltedHash hash = SaltedHash::from_system();
  ClientBuckets clients{kClientPlaces};
  NamedLimits keys;
  NamedLimits routes;

  void restore_words(const std::vector<std::string_view>& words, std::int64_t now);
};

LimitBook::LimitBook() : shards_(std::make_unique<Shards>()) {}
LimitBook::~LimitBook() = default;

std::shared_ptr<Limit> LimitBook::for_key(std::string_view key_id) {
  return shards_->keys.at(key_id);
}

std::shared_ptr<Limit> LimitBook::for_route(std::string_view route_id) {
  return shards_->routes.at(route_id);
}

RateState LimitBook::take_for_client(std::string_view route_id, const IpAddress& client,
                                     const Rate& rate, WallTime now) {
  if (rate.per_minute == 0) return {};
  return shards_->clients.take(shards_->hash.of_client(route_id, client),
                               rule_of(rate, TimeScale::Microticks), now);
}

void LimitBook::give_back_for_client(std::string_view route_id, const IpAddress& client,
                                     const Rate& rate) {
  if (rate.per_minute == 0) return;
  shards_->clients.give_back(shards_->hash.of_client(route_id, client),
                             rule_of(rate, TimeScale::Microticks));
}

std::string LimitBook::save(WallTime now) const {
  std::string out(kLimitsTitle);
  const SaltedHash::Salt& salt = shards_->hash.salt();
  out += "\nsalt ";
  append_decimal(out, salt[0]);
  out += ' ';
  append_decimal(out, salt[1]);
  out += '\n';
  shards_->clients.save(out, now);
  shards_->keys.save(out, "key", nanoseconds_of(now));
  shards_->routes.save(out, "route", nanoseconds_of(now));
  return out;
}

void LimitBook::Shards::restore_words(const std::vector<std::string_view>& words,
                                      std::int64_t now) {
  if (words.size() != 3) return;
  if (words[0] == "client") {
    const auto place = parse_saved(words[1], 16);
    const auto word = parse_saved(words[2], 16);
    if (place && word) clients.restore(*place, *word);
  } else if (words[0] == "salt") {
    const auto first = parse_saved(words[1]);
    const auto second = parse_saved(words[2]);
    if (first && second) hash = SaltedHash({*first, *second});
  } else if (words[0] == "key" || words[0] == "route") {
    constexpr std::int64_t kLongest = std::int64_t{1} << 60;
    const auto name = decoded(words[1]);
    const auto time = parse_saved(words[2]);
    if (!name || !time || *time > static_cast<std::uint64_t>(now + kLongest)) return;
    const auto arrival = static_cast<std::int64_t>(*time);
    if (arrival > now) (words[0] == "key" ? keys : routes).restore(*name, arrival);
  }
}

void LimitBook::restore(std::string_view saved, WallTime now) {
  read_saved(saved, kLimitsTitle, [&](const std::vector<std::string_view>& words) {
    shards_->restore_words(words, nanoseconds_of(now));
  });
}

}  // namespace fastgate::gateway
