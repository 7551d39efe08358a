/// Edits of a list of keys, told as the text that came of them or as `error: …`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "config/edit.h"

namespace fastgate::config {

inline const EditFields kEntry{{"key_id", EditValue::of("fg_new")},
                               {"rate_limit", EditValue::of(60)}};

inline EntryPlace key(std::size_t index) {
  return {EditList::Keys, index};
}

inline std::string appended(std::string_view text, const EditFields& entry = kEntry) {
  const auto result = append_entry(text, EditList::Keys, entry);
  return result ? *result : "error: " + result.error().text;
}

inline std::string changed(std::string_view text, std::size_t index,
                           const std::vector<FieldChange>& changes) {
  const auto result = change_entry(text, key(index), changes);
  return result ? *result : "error: " + result.error().text;
}

inline std::string deleted(std::string_view text, std::size_t index) {
  const auto result = delete_entry(text, key(index));
  return result ? *result : "error: " + result.error().text;
}

inline std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

inline FieldChange set(std::string name, EditValue value) {
  return {std::move(name), std::move(value)};
}
inline FieldChange removal(std::string name) {
  return {std::move(name), std::nullopt};
}
inline EditValue json(std::string_view text) {
  return EditValue::from_json(text, Placeholders::Literal).value();
}

inline constexpr const char* kKeys =
    "# head\n"
    "keys:\n"
    "  # Alice\n"
    "  - key_id: a   # hers\n"
    "    permissions:  # what she may\n"
    "      # first\n"
    "      - chat\n"
    "      - models\n"
    "    rate_limit: 10  # a minute\n"
    "    description: |\n"
    "      # text\n"
    "      more\n"
    "    # burst: 5\n"
    "\n"
    "  # Bob\n"
    "  - {key_id: b, 'rate_limit': 20, permissions: [x, \"y\"]}  # his\n"
    "  -\n"
    "    key_id: ${ID:-c}\n"
    "    source_path:\n"
    "routes: []\n";

inline std::string keys_with(std::string_view from, std::string_view to) {
  std::string text = kKeys;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace fastgate::config
