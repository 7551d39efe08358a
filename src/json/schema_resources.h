/// Names of places inside one schema document, and references to them: `$id`, `$anchor`, `$ref`.
/// Used while a schema is compiled only. Private to src/json.
#pragma once

#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "json/schema.h"
#include "json/schema_node.h"

namespace fastgate::json {

struct Anchor {
  ValueView value;
  bool is_dynamic;
};

/// A schema with a URI of its own, while it is compiled.
struct ResourceEntry {
  std::string uri;  ///< absolute if the schema gives an absolute one; without fragment
  ValueView root;
  std::unordered_map<std::string, Anchor> anchors;
  SchemaResource* compiled = nullptr;
};

/// Where a schema stands, and in which resource.
struct SchemaPlace {
  std::string pointer;
  ResourceEntry* resource;
};

/// What a reference leads to.
struct ReferenceTarget {
  ValueView value;
  SchemaPlace place;
  std::string dynamic_anchor;  ///< set if the fragment is the name of a `$dynamicAnchor`
};

/// The draft that the document's `$schema` names; 2020-12 without one.
[[nodiscard]] std::expected<Draft, SchemaFault> draft_of(ValueView root);

class ResourceIndex {
 public:
  /// Walks all places where schemas stand. Errors: broken or repeated names, another `$schema`
  /// inside.
  [[nodiscard]] static std::expected<ResourceIndex, SchemaFault> build(CompiledSchema& schema);

  /// Errors: a text for people, if the reference leads nowhere, or out of the document to anything
  /// but the draft's meta-schema.
  [[nodiscard]] std::expected<ReferenceTarget, std::string> resolve(std::string_view reference,
                                                                    const ResourceEntry& from);

  [[nodiscard]] ResourceEntry& root_resource() { return entries_.front(); }
  /// The resource that `value`, a schema inside one of `around`, belongs to.
  [[nodiscard]] ResourceEntry* resource_of(ValueView value, ResourceEntry* around) const;
  [[nodiscard]] std::deque<ResourceEntry>& entries() { return entries_; }

 private:
  struct Visit {
    ValueView value;
    SchemaPlace place;
  };
  explicit ResourceIndex(CompiledSchema& schema) : schema_(&schema) {}

  /// Walks all places where schemas stand in one document. `pointer` stands before its own ones.
  [[nodiscard]] std::optional<SchemaFault> add_document(ValueView root, std::string pointer);
  [[nodiscard]] ResourceEntry* resource_named(std::string_view uri);
  [[nodiscard]] std::optional<SchemaFault> visit(Visit& at);
  [[nodiscard]] std::optional<SchemaFault> visit_id(Visit& at);
  [[nodiscard]] std::optional<SchemaFault> add_anchor(const Visit& at, std::string_view keyword);
  [[nodiscard]] std::expected<ReferenceTarget, std::string> walk(std::string_view pointer,
                                                                 ResourceEntry& from) const;
  ResourceEntry& add_resource(std::string uri, ValueView root);

  CompiledSchema* schema_;
  std::deque<ResourceEntry> entries_;
  std::unordered_map<std::string, ResourceEntry*> by_uri_;
  std::unordered_map<const void*, SchemaPlace> places_;  ///< by Tape::key
};

}  // namespace fastgate::json
