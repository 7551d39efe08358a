/// One match of one value against compiled nodes. Private to src/json.
///
/// Walks value and schema together. Every step is paid from a budget and every level of recursion
/// is counted, so that no value and no schema make it run long or deep.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/regex.h"
#include "json/schema.h"
#include "json/schema_node.h"

namespace fastgate::json {

struct SchemaScratch::Parts {
  RegexScratch regex;
  std::vector<Member> members;  ///< a stack: each object under way has its run
  std::vector<std::uint64_t> hashes;
  NodePointer failed_node = nullptr;
  std::string_view failed_keyword;
};

/// Which items or members of one value some schema has looked at, by index; for `unevaluated…`.
class Evaluated {
 public:
  explicit Evaluated(std::size_t count) : marks_(count) {}
  void mark(std::size_t index) { marks_[index] = true; }
  void mark_all() { marks_.assign(marks_.size(), true); }
  [[nodiscard]] bool has(std::size_t index) const { return marks_[index]; }
  void merge(const Evaluated& other);

 private:
  std::vector<bool> marks_;
};

class SchemaMatcher {
 public:
  SchemaMatcher(SchemaScratch::Parts& parts, std::uint64_t steps) : parts_(parts), steps_(steps) {}

  [[nodiscard]] MatchOutcome run(const SchemaNode& root, ValueView value);

 private:
  /// The resources entered on the way here, innermost first; for `$dynamicRef`.
  struct Scope {
    const Scope* outer;
    const SchemaResource* resource;
  };
  /// What a schema is applied to. `seen` is null unless an outer schema asks for it.
  struct At {
    ValueView value;
    const Scope* scope;
    Evaluated* seen;
  };
  /// A run of parts_.members: the members of one object that count.
  struct Members {
    std::size_t begin;
    std::size_t count;
  };

  [[nodiscard]] bool match(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_rules(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_inner(const SchemaNode& node, ValueView value, const At& around);
  [[nodiscard]] bool match_type(const SchemaNode& node, ValueView value);
  [[nodiscard]] bool match_literals(const Literals& literals, ValueView value);
  [[nodiscard]] bool match_number(const SchemaNode& node, const Number& number);
  [[nodiscard]] bool match_string(const SchemaNode& node, std::string_view text);
  [[nodiscard]] bool match_pattern(const Regex& pattern, std::string_view text);

  [[nodiscard]] bool match_array(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_items(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_contains(const SchemaNode& node, const At& at);
  [[nodiscard]] bool has_unique_items(ValueView array);
  [[nodiscard]] bool match_unevaluated_items(const SchemaNode& node, const At& at);

  [[nodiscard]] bool match_object(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_named_members(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_all_members(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_member(const SchemaNode& node, const At& at, std::size_t begin,
                                  std::size_t index);
  [[nodiscard]] bool match_dependencies(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_unevaluated_properties(const SchemaNode& node, const At& at);
  [[nodiscard]] Members push_members(ValueView object);
  void pop_members(const Members& members);
  [[nodiscard]] std::optional<ValueView> find_member(ValueView object, std::string_view name);

  [[nodiscard]] bool match_combinations(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_dynamic(const DynamicReference& reference, const At& at);
  [[nodiscard]] bool match_any_of(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_one_of(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_condition(const SchemaNode& node, const At& at);
  [[nodiscard]] bool match_apart(const SchemaNode& node, const At& at);

  bool fail(const SchemaNode& node, std::string_view keyword);
  bool give_up();
  [[nodiscard]] bool spend(std::uint64_t steps);

  SchemaScratch::Parts& parts_;
  std::uint64_t steps_;
  std::size_t depth_ = 0;
  bool gave_up_ = false;
  std::optional<std::chrono::steady_clock::time_point> pattern_deadline_;
};

}  // namespace fastgate::json
