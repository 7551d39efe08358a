#include "admin/entry_changes.h"

#include <algorithm>
#include <utility>

#include "config/secret_names.h"
#include "json/equality.h"

namespace fastgate::admin {
namespace {

using config::EditFields;
using config::EditValue;
using config::FieldChange;

bool holds_reference(const EditValue& value) {
  if (value.text.find("${") != std::string::npos) return true;
  return std::ranges::any_of(value.items, holds_reference) ||
         std::ranges::any_of(value.fields,
                             [](const auto& field) { return holds_reference(field.second); });
}

std::expected<EditValue, ApiError> value_of(std::string_view name, json::ValueView given,
                                            const Caller& caller) {
  Result<EditValue> value = EditValue::from_json(json::to_json(given), config::Placeholders::Kept);
  if (!value) return refuse_field(std::string(name), value.error().text);
  // A reference reads the process's environment and files.
  if (caller.role < Role::Admin && holds_reference(*value)) {
    return refuse(403, "forbidden", "only the role `admin` may write `${…}`");
  }
  return std::move(*value);
}

bool is_mask(const EditValue& value) {
  return value.kind == EditValue::Kind::String && value.text == config::kMask;
}

/// Whether `given` may be what is shown of `raw`, with the defaults of what is not written there.
bool fits(const EditValue& given, const EditValue& raw) {
  if (is_mask(given)) return true;
  const auto is_shown = [&given](const auto& field) {
    return std::ranges::any_of(given.fields, [&](const auto& other) {
      return other.first == field.first && fits(other.second, field.second);
    });
  };
  return given.kind == raw.kind && given.text == raw.text &&
         std::ranges::all_of(raw.fields, is_shown) &&
         std::ranges::equal(given.items, raw.items, fits);
}

/// The item of a list that `given`, its item `index` now, was before: others may have gone or moved
/// since it was shown. Where none fits, the one that had its place if it is not another's, unless
/// all of it is masked.
const EditValue* item_before(const EditValue& given, std::size_t index, const EditValue& list,
                             std::vector<bool>& taken) {
  const auto may_be = [&](std::size_t i) {
    const EditValue& raw = list.items[i];
    return !taken[i] && (is_mask(given) ? holds_reference(raw) : fits(given, raw));
  };
  const std::size_t end = list.items.size();
  std::size_t found = 0;
  while (found < end && !may_be(found)) ++found;
  const bool is_free = index < end && !taken[index];
  if (!is_mask(given) && is_free && (found == end || may_be(index))) found = index;
  if (found == end) return nullptr;
  taken[found] = true;
  return &list.items[found];
}

/// Puts what was written in the place of `***`. False where there is nothing to put.
bool unmask(EditValue& value, const EditValue* raw) {
  if (is_mask(value)) {
    if (raw == nullptr) return false;
    value = *raw;
    return true;
  }
  std::vector<bool> taken(raw != nullptr ? raw->items.size() : 0);
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const EditValue* before =
        raw != nullptr ? item_before(value.items[i], i, *raw, taken) : nullptr;
    if (!unmask(value.items[i], before)) return false;
  }
  for (auto& [name, field] : value.fields) {
    const EditValue* written = nullptr;
    if (raw != nullptr) {
      const auto found =
          std::ranges::find_if(raw->fields, [&](const auto& other) { return other.first == name; });
      if (found != raw->fields.end()) written = &found->second;
    }
    if (!unmask(field, written)) return false;
  }
  return true;
}

const EditValue* find(const EditFields& fields, std::string_view name) {
  const auto found =
      std::ranges::find_if(fields, [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

/// Whether `<<` brings the field, from whatever depth.
bool is_merged(const EditFields& fields, std::string_view name) {
  const auto brings = [name](const EditValue& value) {
    return find(value.fields, name) != nullptr || is_merged(value.fields, name);
  };
  const EditValue* merged = find(fields, "<<");
  return merged != nullptr && (brings(*merged) || std::ranges::any_of(merged->items, brings));
}

}  // namespace

std::expected<std::vector<FieldChange>, ApiError> asked_changes(const EditFields& raw,
                                                                json::ValueView shown,
                                                                json::ValueView given,
                                                                const Caller& caller) {
  std::vector<FieldChange> changes;
  for (const json::Member& member : given.members()) {
    const auto known = shown.find(member.name);
    if (known && json::equal(*known, member.value)) continue;
    const std::string name(member.name);
    const bool is_repeated = std::ranges::any_of(
        changes, [&](const FieldChange& change) { return change.name == name; });
    if (is_repeated) return refuse_field(name, "stands in the object twice");
    if (member.value.is(json::Kind::Null)) {
      remove_field(changes, raw, name);
      continue;
    }
    std::expected<EditValue, ApiError> value = value_of(name, member.value, caller);
    if (!value) return std::unexpected(std::move(value.error()));
    if (!unmask(*value, find(raw, name))) {
      return refuse_field(name, "holds `***`, which stands for a value that is not there");
    }
    changes.push_back({name, std::move(*value)});
  }
  return changes;
}

std::expected<EditFields, ApiError> new_fields(json::ValueView given, const Caller& caller) {
  EditFields fields;
  for (const json::Member& member : given.members()) {
    if (member.value.is(json::Kind::Null)) continue;
    const std::string name(member.name);
    if (find(fields, name) != nullptr) return refuse_field(name, "stands in the object twice");
    std::expected<EditValue, ApiError> value = value_of(name, member.value, caller);
    if (!value) return std::unexpected(std::move(value.error()));
    if (!unmask(*value, nullptr)) {
      return refuse_field(name, "holds `***`, which stands for a value that is not there");
    }
    fields.push_back({name, std::move(*value)});
  }
  return fields;
}

void remove_field(std::vector<FieldChange>& changes, const EditFields& raw,
                  const std::string& name) {
  if (is_merged(raw, name)) {
    changes.push_back({name, EditValue{}});
  } else if (find(raw, name) != nullptr) {
    changes.push_back({name, std::nullopt});
  }
}

bool is_removal(const FieldChange& change) {
  return !change.value || change.value->kind == EditValue::Kind::Null;
}

void replace_rival(std::vector<FieldChange>& changes, const EditFields& raw, std::string_view name,
                   std::string_view rival) {
  const auto find_change = [&](std::string_view wanted) {
    return std::ranges::find_if(changes,
                                [&](const FieldChange& change) { return change.name == wanted; });
  };
  const auto set = find_change(name);
  if (set == changes.end() || is_removal(*set) || find_change(rival) != changes.end()) return;
  remove_field(changes, raw, std::string(rival));
}

}  // namespace fastgate::admin
