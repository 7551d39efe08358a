/// Turns a schema's text into nodes. Lives for one compilation. Private to src/json.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "json/schema.h"
#include "json/schema_keywords.h"
#include "json/schema_node.h"
#include "json/schema_resources.h"

namespace fastgate::json {

class SchemaCompiler {
 public:
  /// Errors: the first fault found.
  [[nodiscard]] static std::expected<void, SchemaFault> run(CompiledSchema& schema);

  // For the readers of keywords.
  [[nodiscard]] Draft draft() const { return schema_.draft; }
  /// The node of a schema at `pointer`; the same node for the same place. It is filled later, so
  /// that schemas may refer to themselves and no depth of nesting needs stack.
  [[nodiscard]] NodePointer node_at(ValueView value, SchemaPlace place);
  /// The place of the schema that is read at the moment.
  [[nodiscard]] const SchemaPlace& place() const { return place_; }
  [[nodiscard]] ValueView schema() const { return jobs_[done_ - 1].value; }
  [[nodiscard]] ResourceIndex& resources() { return resources_; }
  void report(SchemaFault fault);

 private:
  struct Job {
    SchemaNode* node;
    ValueView value;
    SchemaPlace place;
  };
  SchemaCompiler(CompiledSchema& schema, ResourceIndex resources)
      : schema_(schema), resources_(std::move(resources)) {}

  void fill(const Job& job);
  void read_keyword(SchemaNode& node, const Member& member);
  void fill_dynamic_anchors();
  void find_endless_references();

  CompiledSchema& schema_;
  ResourceIndex resources_;
  std::unordered_map<const void*, SchemaNode*> nodes_;  ///< by Tape::key
  std::vector<Job> jobs_;
  std::size_t done_ = 0;
  SchemaPlace place_{.pointer = {}, .resource = nullptr};
  std::optional<SchemaFault> fault_;
};

}  // namespace fastgate::json
