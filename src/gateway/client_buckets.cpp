#include "gateway/client_buckets.h"

#include <bit>
#include <limits>

#include "base/error.h"
#include "gateway/saved_text.h"

namespace fastgate::gateway {
namespace {

/// Units: 1024 ns. 42 bits of it tell 26 days back from 26 days ahead.
constexpr std::int64_t kTick = 1024;
constexpr int kTimeBits = 42;
constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << kTimeBits) - 1;

/// Never zero, so that no bucket looks like an empty place.
std::uint64_t tag_of(std::uint64_t hash) {
  const std::uint64_t tag = hash >> kTimeBits;
  return tag == 0 ? 1 : tag;
}

std::uint64_t pack(std::uint64_t tag, std::int64_t arrival) {
  return tag << kTimeBits | (static_cast<std::uint64_t>(arrival) & kTimeMask);
}

/// The full arrival time: the one nearest to now that has these low bits.
std::int64_t arrival_of(std::uint64_t word, std::int64_t now) {
  const std::uint64_t difference = (word - static_cast<std::uint64_t>(now)) & kTimeMask;
  const bool is_past = (difference >> (kTimeBits - 1)) != 0;
  return now + static_cast<std::int64_t>(is_past ? difference | ~kTimeMask : difference);
}

}  // namespace

/// Where a client stands, or which place it would take.
struct ClientBuckets::Place {
  std::size_t index = 0;
  std::uint64_t word = 0;
  bool is_own = false;
};

ClientBuckets::ClientBuckets(std::size_t places) : words_(places) {
  FG_ASSERT(places >= kWays && std::has_single_bit(places));
}

ClientBuckets::Place ClientBuckets::look_up(std::uint64_t hash, std::int64_t now) const {
  const std::uint64_t tag = tag_of(hash);
  const std::size_t first = (hash * kWays) & (words_.size() - 1);
  Place victim;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = first; i < first + kWays; ++i) {
    const std::uint64_t word = words_[i].load(std::memory_order_relaxed);
    if (word >> kTimeBits == tag) return {i, word, true};
    // Places fill from the front and never become empty again: behind the first empty one is
    // nobody.
    if (word == 0) return {i, 0, false};
    const std::int64_t arrival = arrival_of(word, now);
    if (arrival < least) {
      least = arrival;
      victim = {i, word, false};
    }
  }
  return victim;
}

RateState ClientBuckets::take(std::uint64_t hash, const GcraRule& rule, WallTime now) {
  const std::int64_t ticks = nanoseconds_of(now) / kTick;
  for (;;) {
    Place place = look_up(hash, ticks);
    std::int64_t arrival = place.is_own ? arrival_of(place.word, ticks) : 0;
    if (is_beyond(rule, arrival, ticks)) arrival = 0;
    const GcraStep step = gcra_step(rule, arrival, ticks);
    const std::uint64_t next = pack(tag_of(hash), step.arrival);
    if (next == place.word) return step.state;
    if (words_[place.index].compare_exchange_weak(place.word, next, std::memory_order_relaxed)) {
      return step.state;
    }
  }
}

void ClientBuckets::give_back(std::uint64_t hash, const GcraRule& rule) {
  for (;;) {
    Place place = look_up(hash, 0);
    if (!place.is_own) return;
    const auto time = static_cast<std::int64_t>(place.word & kTimeMask);
    const std::uint64_t next = pack(tag_of(hash), time - rule.interval);
    if (words_[place.index].compare_exchange_weak(place.word, next, std::memory_order_relaxed)) {
      return;
    }
  }
}

void ClientBuckets::save(std::string& out, WallTime now) const {
  const std::int64_t ticks = nanoseconds_of(now) / kTick;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t word = words_[i].load(std::memory_order_relaxed);
    if (word == 0 || arrival_of(word, ticks) <= ticks) continue;
    out += "client ";
    append_hex(out, i);
    out += ' ';
    append_hex(out, word);
    out += '\n';
  }
}

void ClientBuckets::restore(std::uint64_t place, std::uint64_t word) {
  if (place >= words_.size() || word >> kTimeBits == 0) return;
  const std::size_t first = place / kWays * kWays;
  for (std::size_t i = first; i < first + kWays; ++i) {
    const std::uint64_t there = words_[i].load(std::memory_order_relaxed);
    if (there >> kTimeBits == word >> kTimeBits) return;
    if (there != 0) continue;
    words_[i].store(word, std::memory_order_relaxed);
    return;
  }
}

}  // namespace fastgate::gateway
