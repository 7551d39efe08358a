/// How long things took, as counts in buckets that grow with the value: mergeable, a few hundred
/// bytes.
///
/// Log-linear as HdrHistogram: 16 buckets to each power of two, so that a percentile is off by at
/// most 1/32 of its value. A value type; single-threaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fastgate::record {

class TimeHistogram {
 public:
  /// Units: microseconds. Values beyond 2^40 us (12 days) count as that.
  void add(std::uint64_t micros, std::uint64_t times = 1);
  void merge(const TimeHistogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Units: microseconds; exact, not from buckets. 0 when empty.
  [[nodiscard]] double average() const;
  /// The value that `part` (0 to 1) of the values do not exceed; 0 when empty. Units: microseconds.
  [[nodiscard]] double percentile(double part) const;
  /// How many values are at most `micros`, to the width of a bucket.
  [[nodiscard]] std::uint64_t count_up_to(std::uint64_t micros) const;

  /// Appends a compact binary form; parse() reads it back. It begins with no length: it is a whole
  /// value of its own.
  void append_to(std::string& out) const;
  /// Reads append_to()'s form. What is damaged gives an empty histogram.
  [[nodiscard]] static TimeHistogram parse(std::string_view bytes);

  bool operator==(const TimeHistogram&) const = default;

 private:
  using Bucket = std::pair<std::uint16_t, std::uint64_t>;  ///< index, count
  std::vector<Bucket> buckets_;                            ///< by index; no zero counts
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace fastgate::record
