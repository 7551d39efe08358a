/// Editing the lists `routes`, `keys` and `upstreams` of a YAML text, all other bytes left alone:
/// comments, order, spacing, quoting, anchors, line ends.
///
/// Text in, text out; nothing is read or written here (config/atomic_file does that). Each result
/// has been parsed again and compared with what the edit was to give. Called by the admin API and
/// the key command, never on a loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/edit_value.h"
#include "config/model.h"
#include "config/yaml_cache.h"

namespace fastgate::config {

enum class EditList : std::uint8_t { Upstreams, Routes, Keys };
[[nodiscard]] std::string_view name_of(EditList list);

/// An entry by its place in its own file's list.
struct EntryPlace {
  EditList list = EditList::Routes;
  std::size_t index = 0;
};

/// A field to set, or to remove.
struct FieldChange {
  std::string name;
  std::optional<EditValue> value;  ///< nothing: remove; a field that is not there stays away
};

/// Each gives the whole new text. Errors: Config, for a text that is broken or written in a way
/// that cannot be edited safely (an entry that is an alias, an anchor in use that would go), with
/// the line. Comments around an entry stay when it is deleted; those inside it go with it.

/// Adds an entry behind the last one; the list, and the text itself, may be missing.
[[nodiscard]] Result<std::string> append_entry(const YamlText& text, EditList list,
                                               const EditFields& entry);
/// Sets and removes single fields; new ones go behind the last. No name may come twice.
[[nodiscard]] Result<std::string> change_entry(const YamlText& text, EntryPlace place,
                                               const std::vector<FieldChange>& changes);
[[nodiscard]] Result<std::string> delete_entry(const YamlText& text, EntryPlace place);

/// The first entry whose field `name` is the scalar `value` (before substitution); nothing if there
/// is none.
[[nodiscard]] Result<std::optional<EntryPlace>> find_entry(const YamlText& text, EditList list,
                                                           std::string_view name,
                                                           std::string_view value);
/// The entry that begins at this place, as loaded entries tell it; nothing if none does.
[[nodiscard]] Result<std::optional<EntryPlace>> entry_at(const YamlText& text, EditList list,
                                                         Mark mark);

}  // namespace fastgate::config
