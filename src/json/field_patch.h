/// Changes to the top-level members of a JSON body: `add_body_fields` and `remove_body_fields`.
///
/// Works on the client's text, not on parsed values, so that every byte that no change names stays
/// as the client wrote it: spacing, order, number spelling, escapes, duplicate names. A FieldPatch
/// is compiled with the configuration, immutable, and shared by all threads.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "json/value_template.h"

namespace fastgate::json {

struct AddedField {
  std::string name;
  std::string value;  ///< JSON text; its strings may hold `{placeholders}`
};

struct FieldChanges {
  std::vector<AddedField> add;
  std::vector<std::string> remove;
  std::vector<std::string> placeholders;  ///< the names that `{…}` in values may have
};

/// The changed text as a list of pieces: views into the client's text and into text of its own.
/// Lifetime: the client's text must outlive it.
class PatchedText {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  void append_to(std::string& out) const;
  /// Lifetime: as the client's text, and as long as this object is neither moved nor destroyed.
  [[nodiscard]] std::string_view piece(std::size_t index) const;

 private:
  friend class FieldPatch;
  struct Piece {
    std::size_t begin;
    std::size_t length;
    bool is_own;
  };
  void take(std::size_t begin, std::size_t end);
  void take_own(std::size_t own_begin);

  std::string_view text_;
  std::string own_;
  std::vector<Piece> pieces_;
  std::size_t size_ = 0;
};

/// What happens to a text:
/// - removed name: every member of that name goes, with the comma that joined it to its neighbour;
/// - added name that the text has: the value changes in place. Of several members of that name the
///   last one is changed and the others go, so that readers who take the first and readers who take
///   the last both see the new value;
/// - added name that the text does not have: a member behind the last one, in the order given.
/// Names are compared after unescaping.
class FieldPatch {
 public:
  /// Members of changed names that one text may have.
  static constexpr std::size_t kMaxTouched = 4096;

  /// Errors: Config, for a value that is no JSON, a name twice, or one both added and removed.
  [[nodiscard]] static Result<FieldPatch> compile(const FieldChanges& changes);

  [[nodiscard]] bool is_empty() const { return rules_.empty(); }
  /// Whether any value needs the text of `placeholders[index]`.
  [[nodiscard]] bool uses_placeholder(std::size_t index) const;

  /// Applies the changes. `texts[i]` is what `placeholders[i]` stands for; it is escaped here.
  /// Errors: Malformed, if `text` is no JSON object or names changed fields absurdly often.
  /// Complexity: one scan of the text; memory grows with the members that change only.
  [[nodiscard]] Result<PatchedText> apply(std::string_view text,
                                          std::span<const std::string_view> texts = {}) const;

 private:
  struct Rule {
    std::string name;
    bool is_removal = false;
    std::string name_token;  ///< the name as JSON string, of additions
    ValueTemplate value;
  };
  struct Touched;
  struct Scan;
  static constexpr std::size_t kNoRule = static_cast<std::size_t>(-1);

  [[nodiscard]] std::size_t rule_of(std::string_view name) const;
  [[nodiscard]] Result<Scan> scan(std::string_view text) const;
  void settle(Scan& scan, std::size_t end) const;
  void append_new_fields(PatchedText& out, const Scan& scan,
                         std::span<const std::string_view> texts) const;

  std::vector<Rule> rules_;             ///< by name
  std::vector<std::size_t> additions_;  ///< indices of rules_, in the order given
};

}  // namespace fastgate::json
