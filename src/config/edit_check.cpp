#include "config/edit_check.h"

#include <algorithm>

namespace fastgate::config {
namespace {

std::vector<std::uint32_t> children_of(const YamlTree& tree, std::uint32_t node) {
  std::vector<std::uint32_t> children;
  for (std::uint32_t child = tree.at(node).first_child; child != YamlNode::kNone;
       child = tree.next(child)) {
    children.push_back(child);
  }
  return children;
}

struct Both {
  const YamlTree& before;
  const YamlTree& after;

  /// Depth is bounded by YamlLimits.
  [[nodiscard]] bool is_same(std::uint32_t a, std::uint32_t b) const {
    const YamlNode& left = before.at(a);
    const YamlNode& right = after.at(b);
    if (left.kind != right.kind || left.is_plain != right.is_plain || left.text != right.text) {
      return false;
    }
    const auto left_children = children_of(before, a);
    const auto right_children = children_of(after, b);
    return std::equal(left_children.begin(), left_children.end(), right_children.begin(),
                      right_children.end(),
                      [&](std::uint32_t x, std::uint32_t y) { return is_same(x, y); });
  }
};

bool is_entry(const EditFields& entry, const YamlTree& tree, std::uint32_t node) {
  EditValue map;
  map.kind = EditValue::Kind::Map;
  map.fields = entry;
  return is_value(map, tree, node);
}

bool is_changed(const Both& both, std::uint32_t a, std::uint32_t b,
                const std::vector<FieldChange>& changes) {
  const auto find = [&](std::string_view name) {
    return std::find_if(changes.begin(), changes.end(),
                        [&](const FieldChange& change) { return change.name == name; });
  };
  const auto after = children_of(both.after, b);
  std::vector<bool> is_done(changes.size(), false);
  std::size_t at = 0;
  const auto old = children_of(both.before, a);
  for (std::size_t i = 0; i < old.size(); i += 2) {
    const auto change = find(both.before.at(old[i]).text);
    if (change != changes.end()) is_done[static_cast<std::size_t>(change - changes.begin())] = true;
    if (change != changes.end() && !change->value) continue;
    if (at + 1 >= after.size() || !both.is_same(old[i], after[at])) return false;
    const bool fits = change == changes.end() ? both.is_same(old[i + 1], after[at + 1])
                                              : is_value(*change->value, both.after, after[at + 1]);
    if (!fits) return false;
    at += 2;
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (is_done[i] || !changes[i].value) continue;
    if (at + 1 >= after.size() || both.after.at(after[at]).text != changes[i].name) return false;
    if (!is_value(*changes[i].value, both.after, after[at + 1])) return false;
    at += 2;
  }
  return at == after.size();
}

bool is_edited_list(const Both& both, const std::vector<std::uint32_t>& old,
                    const std::vector<std::uint32_t>& now, const EditPlan& plan) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < old.size(); ++i) {
    const bool is_edited = plan.kind != EditKind::Append && i == plan.place.index;
    if (is_edited && plan.kind == EditKind::Delete) continue;
    if (at >= now.size()) return false;
    const bool fits = is_edited ? is_changed(both, old[i], now[at], *plan.changes)
                                : both.is_same(old[i], now[at]);
    if (!fits) return false;
    ++at;
  }
  if (plan.kind != EditKind::Append) return at == now.size();
  return at + 1 == now.size() && is_entry(*plan.entry, both.after, now[at]);
}

bool is_edited_document(const Both& both, const EditPlan& plan) {
  const auto old = children_of(both.before, both.before.root());
  const auto now = children_of(both.after, both.after.root());
  const std::string_view name = name_of(plan.place.list);
  bool is_found = false;
  for (std::size_t i = 0; i < old.size(); i += 2) {
    if (i + 1 >= now.size() || !both.is_same(old[i], now[i])) return false;
    const bool is_list = both.before.at(old[i]).text == name;
    is_found = is_found || is_list;
    const bool fits = is_list ? is_edited_list(both, children_of(both.before, old[i + 1]),
                                               children_of(both.after, now[i + 1]), plan)
                              : both.is_same(old[i + 1], now[i + 1]);
    if (!fits) return false;
  }
  if (is_found) return now.size() == old.size();
  return now.size() == old.size() + 2 && both.after.at(now[old.size()]).text == name &&
         is_edited_list(both, {}, children_of(both.after, now.back()), plan);
}

}  // namespace

Result<void> check_edit(const YamlTree& before, const YamlText& after, const EditPlan& plan) {
  const ParsedYaml tree = after.parse();
  if (!tree) {
    return fail(ErrorKind::Config, "the edited text would be broken (" + tree.error().message +
                                       "): edit the file by hand");
  }
  if (!is_edited_document({before, **tree}, plan)) {
    return fail(ErrorKind::Config,
                "the edit would change more than it should: edit the file by hand");
  }
  return {};
}

}  // namespace fastgate::config
