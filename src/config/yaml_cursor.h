/// Typed reading of a YAML tree: every wrong type, unknown field and duplicate is reported with its
/// place, and reading goes on, so that one run tells all that is wrong.
///
/// Values are light and point at the step they came from: a value must not outlive the mapping or
/// list it was taken from. Lives on the stack of the reader functions; single-threaded.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "config/diagnostics.h"
#include "config/model.h"
#include "config/substitute.h"
#include "config/yaml_tree.h"

namespace fastgate::config {

/// The names that readers asked for, by section: what the JSON Schema is held against.
struct FieldCatalog {
  std::map<std::string, std::set<std::string>, std::less<>> sections;
};

/// What every value of one file shares.
struct ReadContext {
  const YamlTree& tree;
  std::uint32_t file = 0;  ///< index for marks
  std::string folder;      ///< of the file, "" or ends with '/'
  Diagnostics& diagnostics;
  Substitution& substitution;
  std::map<std::string, std::string>& substituted;  ///< Config::substituted
  FieldCatalog* catalog = nullptr;
};

/// The way from the root to a value, as a chain on the stack.
struct Step {
  const Step* parent = nullptr;
  std::string_view name;  ///< of a field; empty for an entry of a list
  std::size_t index = 0;  ///< of an entry of a list
};

/// One value with its place.
class YamlValue {
 public:
  /// Expands `${…}` in a scalar; a failure is reported and makes the value broken.
  YamlValue(ReadContext& context, std::uint32_t node, const Step& step);

  [[nodiscard]] ReadContext& context() const { return *context_; }
  [[nodiscard]] std::uint32_t node() const { return node_; }
  [[nodiscard]] const Step& step() const { return step_; }
  [[nodiscard]] YamlKind kind() const { return kind_; }
  [[nodiscard]] bool is_broken() const { return is_broken_; }
  [[nodiscard]] bool is_null() const { return kind_ == YamlKind::Null; }
  [[nodiscard]] bool is_plain() const { return is_plain_; }
  [[nodiscard]] bool is_substituted() const { return is_substituted_; }
  /// Of a scalar, after substitution; else empty.
  [[nodiscard]] std::string_view text() const { return text_; }
  /// Where in the text a `{` stands that came through `${…}`, in order.
  [[nodiscard]] const std::vector<std::uint32_t>& literal_braces() const { return literal_braces_; }
  [[nodiscard]] Mark mark() const;

  /// Tells Config::substituted that what stands here is shown at `below` ("/host") of this place.
  void note_substituted(std::string_view below) const;

  /// Reports `LABEL message`, where the label is the field's name.
  void error(std::string_view message) const;
  void warning(std::string_view message) const;
  /// Reports that the value is not `what` ("a whole number"), quoting it unless it was substituted.
  /// `hint` ends the message.
  void error_expected(std::string_view what, std::string_view hint = {}) const;
  /// The last field name of the way, with the place in lists behind it: "`allow`, entry 2"; empty
  /// at the root.
  [[nodiscard]] std::string label() const;

 private:
  ReadContext* context_;
  std::uint32_t node_;
  Step step_;
  YamlKind kind_;
  bool is_plain_ = false;
  bool is_substituted_ = false;
  bool is_broken_ = false;
  std::string_view text_;
  std::vector<std::uint32_t> literal_braces_;
};

/// The fields of one mapping. Every asked name becomes known; finish() reports the rest.
class YamlMapping {
 public:
  /// Reports a value that is no mapping, keys that are no texts, and names that stand twice; merge
  /// keys (`<<`) are followed. `section` is the name under which the catalog knows the fields.
  YamlMapping(const YamlValue& value, std::string_view section);
  YamlMapping(const YamlMapping&) = delete;
  YamlMapping& operator=(const YamlMapping&) = delete;

  /// The field's value; nothing if it is absent, null or broken.
  [[nodiscard]] std::optional<YamlValue> find(std::string_view name);
  /// Whether the field was written and is not null, usable or not.
  [[nodiscard]] bool has(std::string_view name) const;
  /// Reads a field by the overload of read_value for its type; an absent one leaves `out` as it is.
  /// Returns whether `out` was set.
  template <class T, class... Rule>
  bool read(std::string_view name, T& out, const Rule&... rule);

  /// Fields in file order, for mappings whose names are free: `each(name, name_mark, value)`.
  template <class Each>
  void for_each(Each each) const;

  /// Reports fields that no one asked for, each with the nearest known name.
  void finish();
  [[nodiscard]] bool is_valid() const { return is_valid_; }
  [[nodiscard]] Mark mark() const { return value_.mark(); }
  [[nodiscard]] const YamlValue& value() const { return value_; }

 private:
  struct Entry {
    std::string_view name;
    std::uint32_t key = 0;
    std::uint32_t value = 0;
    bool is_known = false;
    bool is_null = false;
  };
  void gather(std::uint32_t mapping, bool is_merged);
  void add_entry(std::uint32_t key, std::uint32_t value, bool is_merged);
  void merge(std::uint32_t value);
  [[nodiscard]] std::optional<std::size_t> index_of(std::string_view name) const;
  [[nodiscard]] Mark mark_of(std::uint32_t node) const;

  YamlValue value_;
  std::string_view section_;
  bool is_valid_ = false;
  std::vector<Entry> entries_;
  std::uint64_t signs_ = 0;  ///< of all names in entries_, so that most of those absent cost a bit
  std::unordered_map<std::string_view, std::size_t> by_name_;  ///< only of large mappings
  std::vector<std::string_view> known_;
};

// ------------------------------------------------------------------------------ rules and readers

struct NumberRange {
  std::int64_t min = 0;
  std::int64_t max = 0;
};
struct DurationRange {
  std::chrono::milliseconds min{0};
  std::chrono::milliseconds max{0};
};
struct SizeRange {
  Bytes min;
  Bytes max;
};
/// One spelling of an enum's value.
template <class E>
struct Choice {
  std::string_view name;
  E value;
};

/// Each reads one value into `out`; on a wrong type or a value outside the rule it reports, leaves
/// `out` as it was and returns false.
bool read_value(const YamlValue& value, bool& out);
bool read_value(const YamlValue& value, std::int64_t& out, const NumberRange& range);
bool read_value(const YamlValue& value, std::chrono::milliseconds& out, const DurationRange& range);
bool read_value(const YamlValue& value, Bytes& out, const SizeRange& range);
bool read_value(const YamlValue& value, std::string& out);
bool read_value(const YamlValue& value, Text& out);
bool read_value(const YamlValue& value, Located<std::string>& out);
bool read_value(const YamlValue& value, std::vector<std::string>& out);
bool read_value(const YamlValue& value, std::vector<Located<std::string>>& out);
bool read_value(const YamlValue& value, std::vector<IpNetwork>& out);
bool read_value(const YamlValue& value, Sha256& out);

/// Reports a scalar that is none of `names` and suggests the nearest.
void error_choice(const YamlValue& value, const std::vector<std::string_view>& names);

template <class E, std::size_t N>
bool read_value(const YamlValue& value, E& out, const Choice<E> (&choices)[N]) {
  std::vector<std::string_view> names;
  for (const Choice<E>& choice : choices) {
    if (value.kind() == YamlKind::Scalar && equals_ignoring_case(value.text(), choice.name)) {
      out = choice.value;
      return true;
    }
    names.push_back(choice.name);
  }
  error_choice(value, names);
  return false;
}

template <class N>
  requires(std::integral<N> && !std::same_as<N, bool> && !std::same_as<N, std::int64_t>)
bool read_value(const YamlValue& value, N& out, const NumberRange& range) {
  std::int64_t number = 0;
  if (!read_value(value, number, range)) return false;
  out = static_cast<N>(number);
  return true;
}

template <class T, class... Rule>
bool read_value(const YamlValue& value, std::optional<T>& out, const Rule&... rule) {
  T read{};
  if (!read_value(value, read, rule...)) return false;
  out = std::move(read);
  return true;
}

/// How many entries a list has; 0 for what is none.
[[nodiscard]] std::size_t count_entries(const YamlValue& list);

/// Calls `each(entry)` for every usable entry of a list; reports a value that is none, and null
/// entries. `first` is the index that the first entry has in the configuration.
template <class Each>
void for_each_entry(const YamlValue& list, Each each, std::size_t first = 0) {
  if (list.kind() != YamlKind::Sequence) return list.error_expected("a list");
  const YamlTree& tree = list.context().tree;
  std::size_t index = first;
  for (std::uint32_t node = tree.at(list.node()).first_child; node != YamlNode::kNone;
       node = tree.next(node), ++index) {
    const YamlValue entry(list.context(), node, Step{&list.step(), {}, index});
    if (entry.is_broken()) continue;
    if (entry.is_null()) {
      entry.error("is empty");
    } else {
      each(entry);
    }
  }
}

template <class T, class... Rule>
bool YamlMapping::read(std::string_view name, T& out, const Rule&... rule) {
  const std::optional<YamlValue> value = find(name);
  return value && read_value(*value, out, rule...);
}

template <class Each>
void YamlMapping::for_each(Each each) const {
  for (const Entry& entry : entries_) {
    const YamlValue value(value_.context(), entry.value, Step{&value_.step(), entry.name, 0});
    if (!value.is_broken()) each(entry.name, mark_of(entry.key), value);
  }
}

}  // namespace fastgate::config
