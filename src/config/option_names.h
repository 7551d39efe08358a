/// The words that the configuration has for choices: as it is printed, as the admin API shows it,
/// and, of `retry_on`, as it is read. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"

namespace fastgate::config {

[[nodiscard]] std::string_view name_of(Balance balance);
[[nodiscard]] std::string_view name_of(RouteAuth auth);

/// A word of `retry_on` and what it switches on.
struct RetryName {
  std::string_view name;
  bool RetryOn::* flag;
};
inline constexpr std::array<RetryName, 7> kRetryNames{{
    {"connect", &RetryOn::connect},
    {"timeout", &RetryOn::timeout},
    {"reset", &RetryOn::reset},
    {"429", &RetryOn::status_429},
    {"502", &RetryOn::status_502},
    {"503", &RetryOn::status_503},
    {"504", &RetryOn::status_504},
}};
/// The words for what is on, in the order of the table.
[[nodiscard]] std::vector<std::string> names_of(const RetryOn& retry);

}  // namespace fastgate::config
