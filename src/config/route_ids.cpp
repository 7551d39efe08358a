#include "config/route_ids.h"

#include <unordered_map>
#include <unordered_set>

#include "base/text.h"

namespace fastgate::config {

namespace {
constexpr std::size_t kMaxSlug = 100;
}

bool is_substituted(const Config& config, std::string_view list, std::size_t index,
                    std::string_view field) {
  if (config.substituted.empty()) return false;
  std::string pointer(list);
  pointer.append("/").append(std::to_string(index)).append(field);
  return config.substituted.contains(pointer);
}

bool is_call_name(std::string_view id) {
  return id == "update" || id == "delete";
}

std::string slug_of(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const char lower = to_lower(c);
    if ((lower >= 'a' && lower <= 'z') || is_digit(lower)) {
      out += lower;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
    if (out.size() >= kMaxSlug) break;
  }
  if (out.ends_with('-')) out.pop_back();
  return out;
}

void make_route_ids(Config& config) {
  std::vector<RouteConfig>& routes = config.routes;
  std::unordered_set<std::string> taken;
  for (const RouteConfig& route : routes) {
    if (route.route_id_is_written) taken.insert(route.route_id.value);
  }
  std::unordered_map<std::string, std::size_t> last_suffix;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    RouteConfig& route = routes[i];
    if (route.route_id_is_written) continue;
    std::string slug;
    if (!is_substituted(config, "/routes", i, "/route_name")) slug = slug_of(route.route_name);
    if (slug.empty() && !is_substituted(config, "/routes", i, "/match_path")) {
      slug = slug_of(route.match_path.value);
    }
    if (slug.empty()) slug = "route";
    std::string id = slug;
    std::size_t& suffix = last_suffix.try_emplace(slug, 1).first->second;
    while (!taken.insert(id).second) id = slug + "-" + std::to_string(++suffix);
    route.route_id = {id, route.mark};
  }
}

}  // namespace fastgate::config
