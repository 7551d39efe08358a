#include "record/prometheus_text.h"

#include <charconv>

#include "base/text.h"

namespace fastgate::record {
namespace {

std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Histogram:
      return "histogram";
  }
  return "untyped";
}

void append_label_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '"':
        out += "\\\"";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        out += c;
    }
  }
}

}  // namespace

PrometheusText& PrometheusText::family(std::string_view name, MetricType type,
                                       std::string_view help) {
  name_ = name;
  out_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
  out_.append(" ").append(name_of(type)).append("\n");
  return *this;
}

void PrometheusText::begin_sample(std::string_view suffix,
                                  std::initializer_list<MetricLabel> labels) {
  out_.append(name_).append(suffix);
  if (labels.size() != 0) {
    char separator = '{';
    for (const MetricLabel& label : labels) {
      out_ += separator;
      out_.append(label.name).append("=\"");
      append_label_value(out_, label.value);
      out_ += '"';
      separator = ',';
    }
    out_ += '}';
  }
  out_ += ' ';
}

void PrometheusText::append_number(double value) {
  std::array<char, 32> text{};
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out_.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

PrometheusText& PrometheusText::sample(std::uint64_t value,
                                       std::initializer_list<MetricLabel> labels) {
  begin_sample("", labels);
  append_decimal(out_, value);
  out_ += '\n';
  return *this;
}

PrometheusText& PrometheusText::sample(double value, std::initializer_list<MetricLabel> labels) {
  begin_sample("", labels);
  append_number(value);
  out_ += '\n';
  return *this;
}

PrometheusText& PrometheusText::histogram(const LatencyHistogram& histogram, MetricLabel label) {
  constexpr double kMillisecondsInSecond = 1e3;
  constexpr double kMicrosecondsInSecond = 1e6;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < histogram.buckets.size(); ++i) {
    total += histogram.buckets[i].value();
    std::string bound;
    if (i < LatencyHistogram::kBoundsMs.size()) {
      PrometheusText(bound).append_number(LatencyHistogram::kBoundsMs[i] / kMillisecondsInSecond);
    } else {
      bound = "+Inf";
    }
    begin_sample("_bucket", {label, {.name = "le", .value = bound}});
    append_decimal(out_, total);
    out_ += '\n';
  }
  begin_sample("_sum", {label});
  append_number(static_cast<double>(histogram.sum_us.value()) / kMicrosecondsInSecond);
  out_ += '\n';
  // The sum of the buckets, not `count`: a worker may be between the two, and they must agree.
  begin_sample("_count", {label});
  append_decimal(out_, total);
  out_ += '\n';
  return *this;
}

}  // namespace fastgate::record
