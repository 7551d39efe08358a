/// Writes Prometheus' text format 0.0.4. Pure; short-lived.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "record/counters.h"

namespace fastgate::record {

enum class MetricType : std::uint8_t { Counter, Gauge, Histogram };

struct MetricLabel {
  std::string_view name;   ///< a literal of ours
  std::string_view value;  ///< anything; escaped here
};

/// Writes families one after another: begin a family, then give its samples.
class PrometheusText {
 public:
  /// `out` must outlive the writer; everything is appended.
  explicit PrometheusText(std::string& out) : out_(out) {}

  /// `name` must stay valid until the next family.
  PrometheusText& family(std::string_view name, MetricType type, std::string_view help);
  PrometheusText& sample(std::uint64_t value, std::initializer_list<MetricLabel> labels = {});
  PrometheusText& sample(double value, std::initializer_list<MetricLabel> labels = {});
  /// All series of one histogram, in seconds: buckets with `le`, sum and count.
  PrometheusText& histogram(const LatencyHistogram& histogram, MetricLabel label);

 private:
  void begin_sample(std::string_view suffix, std::initializer_list<MetricLabel> labels);
  void append_number(double value);

  std::string& out_;
  std::string_view name_;
};

}  // namespace fastgate::record
