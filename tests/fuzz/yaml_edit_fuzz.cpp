// Edits of arbitrary YAML: an edit that succeeds leaves a text in which exactly that entry changed.
// The input's first line is taken as JSON for a value of the entry.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/edit.h"

namespace {

using namespace fastgate;
using namespace fastgate::config;

constexpr std::string_view kId = "fg_00000canary";

/// The place of our entry; asserts that the text can still be read.
std::optional<EntryPlace> place_of(const std::string& text, EditList list) {
  const auto found = find_entry(text, list, "key_id", kId);
  FG_ASSERT(found.has_value());
  return *found;
}

void add_change_delete(const std::string& text, EditList list, const EditValue& value) {
  const auto added =
      append_entry(text, list, {{"key_id", EditValue::of(kId)}, {"description", value}});
  if (!added) return;
  const auto place = place_of(*added, list);
  FG_ASSERT(place.has_value());
  const auto changed = change_entry(
      *added, *place,
      {{"rate_limit", EditValue::of(60)}, {"description", EditValue::of("${A} # text")}});
  if (!changed) return;
  const auto same_place = place_of(*changed, list);
  FG_ASSERT(same_place.has_value() && same_place->index == place->index);
  const auto deleted = delete_entry(*changed, *same_place);
  if (deleted) FG_ASSERT(!place_of(*deleted, list).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string text(input.substr(std::min(line + 1, input.size())));
  if (text.find(kId.substr(0, 6)) != std::string::npos) return 0;
  auto value = EditValue::from_json(input.substr(0, line), Placeholders::Literal);
  const EditValue given = value ? *value : EditValue::of(input.substr(0, line));
  for (const EditList list : {EditList::Keys, EditList::Routes, EditList::Upstreams}) {
    add_change_delete(text, list, given);
  }
  // Whatever entry is there first goes, or is left alone.
  const auto deleted = delete_entry(text, {EditList::Routes, 0});
  if (deleted) FG_ASSERT(find_entry(*deleted, EditList::Routes, "route_id", "x").has_value());
  return 0;
}
