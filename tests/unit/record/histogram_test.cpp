#include "record/histogram.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"

namespace fastgate::record {
namespace {

TEST_CASE("histogram: percentiles are within a bucket's width of the sorted values") {
  FastRandom random(7);
  for (const unsigned bits : {6U, 14U, 22U, 30U}) {
    TimeHistogram histogram;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 5000; ++i) {
      const std::uint64_t value = random.below(std::uint64_t{1} << random.below(bits + 1));
      values.push_back(value);
      histogram.add(value);
    }
    std::sort(values.begin(), values.end());
    double sum = 0;
    for (const std::uint64_t value : values) sum += static_cast<double>(value);
    CHECK(histogram.average() == doctest::Approx(sum / 5000));
    for (const double part : {0.5, 0.95, 0.99, 1.0}) {
      const auto exact = static_cast<double>(values[static_cast<std::size_t>(part * 5000) - 1]);
      CHECK(histogram.percentile(part) >= exact * 15 / 16 - 1);
      CHECK(histogram.percentile(part) <= exact * 17 / 16 + 1);
    }
  }
}

TEST_CASE("histogram: merged is the same as added to one") {
  FastRandom random(8);
  TimeHistogram a;
  TimeHistogram b;
  TimeHistogram all;
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t value = random.below(1'000'000);
    (i % 3 == 0 ? a : b).add(value);
    all.add(value);
  }
  a.merge(b);
  CHECK(a == all);
  a.merge(TimeHistogram());
  CHECK(a == all);
}

TEST_CASE("histogram: bytes read back, damaged ones read as empty") {
  TimeHistogram histogram;
  for (const std::uint64_t value : {0ULL, 1ULL, 15ULL, 16ULL, 1000ULL, 1ULL << 39, ~0ULL}) {
    histogram.add(value, 3);
  }
  std::string bytes;
  histogram.append_to(bytes);
  CHECK(TimeHistogram::parse(bytes) == histogram);
  CHECK(TimeHistogram::parse("").count() == 0);
  CHECK(TimeHistogram::parse(std::string_view(bytes).substr(0, bytes.size() - 1)).count() == 0);
  CHECK(TimeHistogram::parse("\x01\xff\xff\xff\x7f\x01").count() == 0);
  std::string empty;
  TimeHistogram().append_to(empty);
  CHECK(TimeHistogram::parse(empty) == TimeHistogram());
}

TEST_CASE("histogram: counts up to a bound, and nothing when empty") {
  TimeHistogram histogram;
  CHECK(histogram.percentile(0.5) == 0);
  CHECK(histogram.average() == 0);
  histogram.add(10);
  histogram.add(1000);
  histogram.add(100'000);
  CHECK(histogram.count_up_to(9) == 0);
  CHECK(histogram.count_up_to(10) == 1);
  CHECK(histogram.count_up_to(2000) == 2);
  CHECK(histogram.count_up_to(1'000'000) == 3);
}

}  // namespace
}  // namespace fastgate::record
