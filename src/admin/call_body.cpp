#include "admin/call_body.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace fastgate::admin {

std::expected<json::ValueView, ApiError> body_object(const Call& call,
                                                     std::optional<json::Value>& holder) {
  Result<json::Value> parsed = json::Value::parse(call.body);
  if (!parsed) return refuse(400, "malformed", "the body is no JSON: " + parsed.error().text);
  holder.emplace(std::move(*parsed));
  if (!holder->view().is(json::Kind::Object)) {
    return refuse(400, "malformed", "the body must be a JSON object");
  }
  return holder->view();
}

std::expected<void, ApiError> check_members(json::ValueView given,
                                            std::initializer_list<std::string_view> names) {
  for (const json::Member& member : given.members()) {
    if (std::ranges::find(names, member.name) != names.end()) continue;
    std::string problem = "is not known";
    const std::vector<std::string_view> known(names);
    if (const auto near = nearest_name(member.name, known)) {
      problem.append("; did you mean `").append(*near).append("`?");
    }
    return refuse_field(std::string(member.name), std::move(problem));
  }
  return {};
}

}  // namespace fastgate::admin
