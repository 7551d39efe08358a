#include "record/histogram.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "record/varint.h"

namespace fastgate::record {
namespace {

constexpr unsigned kSubBits = 4;  ///< 16 buckets to each power of two
constexpr std::uint64_t kSub = 1U << kSubBits;
constexpr std::uint64_t kLargest = std::uint64_t{1} << 40;
constexpr std::uint64_t kBuckets = 1024;  ///< more than index_of() can give

/// Values below 16 have a bucket each.
std::uint16_t index_of(std::uint64_t value) {
  value = std::min(value, kLargest);
  if (value < kSub) return static_cast<std::uint16_t>(value);
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kSubBits;
  return static_cast<std::uint16_t>((shift << kSubBits) + (value >> shift));
}

/// The smallest value of a bucket.
std::uint64_t floor_of(std::uint64_t index) {
  if (index < kSub) return index;
  const std::uint64_t shift = (index >> kSubBits) - 1;
  return ((index & (kSub - 1)) + kSub) << shift;
}

}  // namespace

void TimeHistogram::add(std::uint64_t micros, std::uint64_t times) {
  if (times == 0) return;
  const std::uint16_t index = index_of(micros);
  const auto place = std::lower_bound(
      buckets_.begin(), buckets_.end(), index,
      [](const Bucket& bucket, std::uint16_t wanted) { return bucket.first < wanted; });
  if (place != buckets_.end() && place->first == index) {
    place->second += times;
  } else {
    buckets_.insert(place, Bucket{index, times});
  }
  count_ += times;
  sum_ += std::min(micros, kLargest) * times;
}

void TimeHistogram::merge(const TimeHistogram& other) {
  if (other.count_ == 0) return;
  std::vector<Bucket> merged;
  merged.reserve(buckets_.size() + other.buckets_.size());
  auto mine = buckets_.begin();
  auto theirs = other.buckets_.begin();
  while (mine != buckets_.end() || theirs != other.buckets_.end()) {
    if (theirs == other.buckets_.end() || (mine != buckets_.end() && mine->first < theirs->first)) {
      merged.push_back(*mine++);
    } else if (mine == buckets_.end() || theirs->first < mine->first) {
      merged.push_back(*theirs++);
    } else {
      merged.emplace_back(mine->first, mine->second + theirs->second);
      ++mine;
      ++theirs;
    }
  }
  buckets_ = std::move(merged);
  count_ += other.count_;
  sum_ += other.sum_;
}

double TimeHistogram::average() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

double TimeHistogram::percentile(double part) const {
  if (count_ == 0) return 0;
  const double wanted = std::clamp(part, 0.0, 1.0) * static_cast<double>(count_);
  double before = 0;
  for (const auto& [index, times] : buckets_) {
    const auto here = static_cast<double>(times);
    if (before + here >= wanted) {
      const auto low = static_cast<double>(floor_of(index));
      const auto high = static_cast<double>(floor_of(std::uint64_t{index} + 1) - 1);
      return low + (high - low) * std::max(0.0, wanted - before) / here;
    }
    before += here;
  }
  return static_cast<double>(floor_of(buckets_.back().first));
}

std::uint64_t TimeHistogram::count_up_to(std::uint64_t micros) const {
  const std::uint16_t last = index_of(micros);
  std::uint64_t sum = 0;
  for (const auto& [index, times] : buckets_) {
    if (index <= last) sum += times;
  }
  return sum;
}

void TimeHistogram::append_to(std::string& out) const {
  append_varint(out, sum_);
  std::uint64_t previous = 0;
  for (const auto& [index, times] : buckets_) {
    append_varint(out, index - previous);
    append_varint(out, times);
    previous = index;
  }
}

TimeHistogram TimeHistogram::parse(std::string_view bytes) {
  TimeHistogram histogram;
  const std::optional<std::uint64_t> sum = take_varint(bytes);
  if (!sum) return {};
  histogram.sum_ = *sum;
  std::uint64_t index = 0;
  while (!bytes.empty()) {
    const std::optional<std::uint64_t> step = take_varint(bytes);
    const std::optional<std::uint64_t> times = take_varint(bytes);
    const bool is_first = histogram.buckets_.empty();
    if (!step || !times || *step >= kBuckets || (*step == 0 && !is_first)) return {};
    index += *step;
    if (index >= kBuckets || *times == 0) return {};
    histogram.buckets_.emplace_back(static_cast<std::uint16_t>(index), *times);
    histogram.count_ += *times;
  }
  return histogram;
}

}  // namespace fastgate::record
