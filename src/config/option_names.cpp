#include "config/option_names.h"

namespace fastgate::config {

std::string_view name_of(Balance balance) {
  switch (balance) {
    case Balance::RoundRobin:
      return "round_robin";
    case Balance::LeastConn:
      return "least_conn";
    case Balance::Hash:
      return "hash";
    case Balance::Random2:
      break;
  }
  return "random2";
}

std::string_view name_of(RouteAuth auth) {
  switch (auth) {
    case RouteAuth::Required:
      return "required";
    case RouteAuth::Optional:
      return "optional";
    case RouteAuth::None:
      break;
  }
  return "none";
}

std::vector<std::string> names_of(const RetryOn& retry) {
  std::vector<std::string> names;
  for (const RetryName& entry : kRetryNames) {
    if (retry.*entry.flag) names.emplace_back(entry.name);
  }
  return names;
}

}  // namespace fastgate::config
