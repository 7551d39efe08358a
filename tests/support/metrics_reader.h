/// A strict reader of Prometheus' text format 0.0.4, with the rules of `promtool check metrics`.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace fastgate {
/// Values by series, as spelled: `name{label="value"}`.
using Metrics = std::map<std::string, double>;

namespace metrics_reading {

inline bool is_name(std::string_view name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.front() >= 'a' && std::ranges::all_of(name, is_good);
}

inline std::string_view without_suffix(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

struct Series {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

class Reader {
 public:
  Metrics read(std::string_view text) {
    REQUIRE(text.ends_with('\n'));
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(end + 1);
      INFO(std::string(line));
      if (line.starts_with("# HELP ")) {
        on_help(line.substr(7));
      } else if (line.starts_with("# TYPE ")) {
        on_type(line.substr(7));
      } else {
        on_sample(line);
      }
    }
    end_family();
    return std::move(metrics_);
  }

 private:
  void on_help(std::string_view rest) {
    end_family();
    const std::size_t space = rest.find(' ');
    REQUIRE(space != std::string_view::npos);
    REQUIRE(space + 1 < rest.size());
    family_ = rest.substr(0, space);
    REQUIRE(is_name(family_));
    REQUIRE(seen_.insert(family_).second);
  }

  void on_type(std::string_view rest) {
    REQUIRE(type_.empty());
    REQUIRE(rest.starts_with(family_ + " "));
    type_ = rest.substr(family_.size() + 1);
    REQUIRE((type_ == "counter" || type_ == "gauge" || type_ == "histogram"));
    CHECK((type_ == "counter") == family_.ends_with("_total"));
    for (const char* word : {"_count", "_sum", "_bucket", "_ms", "_us", "_milliseconds", "_kb",
                             "_minutes", "_gauge", "_counter", "_histogram", "_info_total"}) {
      CHECK_FALSE(without_suffix(family_, "_total").ends_with(word));
    }
  }

  void on_sample(std::string_view line) {
    REQUIRE_FALSE(type_.empty());
    const Series series = read_series(line);
    if (type_ == "histogram") {
      on_histogram_sample(series);
    } else {
      REQUIRE(series.name == family_);
    }
    if (type_ != "gauge") CHECK(series.value >= 0);
    const std::string spelled(line.substr(0, line.rfind(' ')));
    REQUIRE(metrics_.emplace(spelled, series.value).second);
  }

  void on_histogram_sample(const Series& series) {
    std::string labels;
    std::string bound;
    for (const auto& [name, value] : series.labels) {
      (name == "le" ? bound : labels) += name == "le" ? value : name + "=" + value + ",";
    }
    if (series.name == family_ + "_bucket") {
      REQUIRE_FALSE(bound.empty());
      const double le = bound == "+Inf" ? HUGE_VAL : std::strtod(bound.c_str(), nullptr);
      auto& buckets = buckets_[labels];
      if (!buckets.empty()) {
        CHECK(le > buckets.back().first);
        CHECK(series.value >= buckets.back().second);
      }
      buckets.emplace_back(le, series.value);
    } else if (series.name == family_ + "_count") {
      REQUIRE(bound.empty());
      counts_[labels] = series.value;
    } else {
      REQUIRE(series.name == family_ + "_sum");
      ++sums_;
    }
  }

  void end_family() {
    for (const auto& [labels, buckets] : buckets_) {
      INFO(family_, " ", labels);
      CHECK(buckets.back().first == HUGE_VAL);
      REQUIRE(counts_.contains(labels));
      CHECK(counts_.at(labels) == buckets.back().second);
    }
    CHECK(counts_.size() == buckets_.size());
    CHECK(sums_ == buckets_.size());
    buckets_.clear();
    counts_.clear();
    sums_ = 0;
    type_.clear();
  }

  static Series read_series(std::string_view line) {
    Series series;
    const std::size_t name_end = line.find_first_of("{ ");
    REQUIRE(name_end != std::string_view::npos);
    series.name = line.substr(0, name_end);
    REQUIRE(is_name(series.name));
    line.remove_prefix(name_end);
    if (line.starts_with('{')) read_labels(line, series);
    REQUIRE(line.starts_with(' '));
    const std::string number(line.substr(1));
    REQUIRE_FALSE(number.empty());
    REQUIRE(number.find(' ') == std::string::npos);
    char* end = nullptr;
    series.value = std::strtod(number.c_str(), &end);
    REQUIRE(*end == '\0');
    return series;
  }

  static void read_labels(std::string_view& line, Series& series) {
    do {
      line.remove_prefix(1);
      const std::size_t equals = line.find("=\"");
      REQUIRE(equals != std::string_view::npos);
      const std::string name(line.substr(0, equals));
      REQUIRE(is_name(name));
      line.remove_prefix(equals + 2);
      series.labels.emplace_back(name, read_value(line));
    } while (line.starts_with(','));
    REQUIRE(line.starts_with('}'));
    line.remove_prefix(1);
  }

  static std::string read_value(std::string_view& line) {
    std::string value;
    while (true) {
      REQUIRE_FALSE(line.empty());
      const char c = line.front();
      line.remove_prefix(1);
      if (c == '"') return value;
      value += c;
      if (c != '\\') continue;
      REQUIRE_FALSE(line.empty());
      REQUIRE((line.front() == '"' || line.front() == '\\' || line.front() == 'n'));
      value += line.front();
      line.remove_prefix(1);
    }
  }

  Metrics metrics_;
  std::set<std::string> seen_;
  std::string family_;
  std::string type_;
  std::map<std::string, std::vector<std::pair<double, double>>> buckets_;
  std::map<std::string, double> counts_;
  std::size_t sums_ = 0;
};

}  // namespace metrics_reading

/// Reads the whole text; fails the running test at the first thing that a strict reader would
/// refuse (grammar, order of families, repeated series, histograms that do not add up) or promtool
/// would warn of (names, units, missing help).
[[nodiscard]] inline Metrics read_metrics(std::string_view text) {
  return metrics_reading::Reader().read(text);
}

}  // namespace fastgate
