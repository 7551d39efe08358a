#include "admin/call_parameters.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "admin/calls.h"
#include "admin/openapi_schemas.h"
#include "base/text.h"

namespace fastgate::admin {

std::expected<void, ApiError> check_parameters(const CallEntry& entry, const Query& query) {
  const CallShape* shape = shape_of(entry.operation);
  if (shape == nullptr || entry.role == Role::None) return {};
  // Records refuse on their own what is no filter; an export takes a page's parameters as well.
  if (entry.function == list_logs || entry.function == export_logs) return {};
  std::vector<std::string_view> known{"token"};
  for (const std::string_view parameter : split(shape->parameters, ' ')) {
    if (!parameter.ends_with(":header")) known.push_back(parameter.substr(0, parameter.find(':')));
  }
  for (const auto& [name, value] : query.parameters()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string problem = "no parameter is called " + name.substr(0, 64);
    if (const auto near = nearest_name(name, known)) {
      problem.append("; did you mean ").append(*near).append("?");
    }
    return refuse(400, "malformed", std::move(problem));
  }
  return {};
}

}  // namespace fastgate::admin
