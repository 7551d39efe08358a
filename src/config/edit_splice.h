/// Which bytes of a text an edit replaces, and by what. Called by config/edit only; pure.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "config/edit.h"
#include "config/edit_layout.h"

namespace fastgate::config {

/// Replacements within one text, in any order.
class Splices {
 public:
  void replace(Span span, std::string text) {
    splices_.push_back({span, std::move(text), splices_.size()});
  }
  void insert(std::size_t offset, std::string text) { replace({offset, offset}, std::move(text)); }
  void remove(Span span) { replace(span, {}); }
  /// The new text; without a final line end if the old one had none. Errors: Config, if
  /// replacements overlap.
  [[nodiscard]] Result<std::string> apply(const EditLayout& layout) &&;

 private:
  struct Splice {
    Span span;
    std::string text;
    std::size_t order = 0;
    /// Insertions come before a replacement that begins in the same place.
    [[nodiscard]] std::tuple<std::size_t, bool, std::size_t> rank() const {
      return {span.begin, span.begin != span.end, order};
    }
  };
  std::vector<Splice> splices_;
};

struct NewList {
  std::string_view name;
  const PlacedMapping& root;
  const EditFields& entry;
};
/// A list that the text does not have yet, at its end, with one entry.
void splice_new_list(Splices& splices, const EditLayout& layout, const NewList& what);
struct FirstEntry {
  const PlacedMapping& root;
  const PlacedField& field;  ///< of the list
  const EditFields& entry;
};
/// An entry of a list that is empty or null. `[]` becomes block style where the file has that.
void splice_first_entry(Splices& splices, const EditLayout& layout, const FirstEntry& what);
/// An entry behind the last one.
void splice_next_entry(Splices& splices, const EditLayout& layout, const PlacedList& list,
                       const EditFields& entry);

struct RemovedEntry {
  const PlacedField& field;  ///< of the list
  const PlacedList& list;
  std::size_t index = 0;
};
/// An entry's lines; of the blank lines around it one goes as well. The last one leaves `[]`.
void splice_out_entry(Splices& splices, const EditLayout& layout, const RemovedEntry& what);

struct ChangedEntry {
  const PlacedMapping& mapping;
  const PlacedEntry& entry;
  const std::vector<FieldChange>& changes;
};
void splice_changes(Splices& splices, const EditLayout& layout, const ChangedEntry& what);

}  // namespace fastgate::config
