#include "gateway/own_paths.h"

namespace fastgate::gateway {
namespace {

bool is_below_admin(const config::AdminConfig& admin, std::string_view path) {
  return !admin.listen && path.starts_with(admin.path) && path.size() > admin.path.size() &&
         path[admin.path.size()] == '/';
}

}  // namespace

std::string_view own_path_field(const config::AdminConfig& admin, std::string_view path) {
  const bool has_metrics = !admin.metrics_on_admin_only || !admin.listen;
  if (path == "*") return "OPTIONS *";
  if (path == admin.health_path) return "admin.health_path";
  if (path == admin.metrics_path && has_metrics) return "admin.metrics_path";
  if (is_below_admin(admin, path) || (path == admin.path && !admin.listen)) return "admin.path";
  return {};
}

std::string_view own_path_field(const config::AdminConfig& admin, const PathPattern& pattern) {
  if (pattern.kind() == PatternKind::Exact) return own_path_field(admin, pattern.text());
  if (pattern.kind() == PatternKind::Regex) return {};
  const std::string_view literal = pattern.text().substr(0, pattern.text().find_first_of("*{"));
  return is_below_admin(admin, literal) ? "admin.path" : std::string_view();
}

}  // namespace fastgate::gateway
