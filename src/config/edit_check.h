/// Whether an edited text holds exactly what the edit was to make of it. Pure.
#pragma once

#include <cstdint>

#include "config/edit.h"

namespace fastgate::config {

enum class EditKind : std::uint8_t { Append, Change, Delete };

/// One edit: of what, and what it writes. The parts that `kind` does not need stay null.
struct EditPlan {
  EditKind kind = EditKind::Append;
  EntryPlace place;
  const EditFields* entry = nullptr;                  ///< Append
  const std::vector<FieldChange>* changes = nullptr;  ///< Change
};

/// Compares the document before with the text after, value by value, comments apart.
/// Errors: Config, when they differ in anything but the edit.
[[nodiscard]] Result<void> check_edit(const YamlTree& before, const YamlText& after,
                                      const EditPlan& plan);

}  // namespace fastgate::config
