#include "json/schema_compiler.h"

#include <algorithm>

#include "base/text.h"
#include "json/object_members.h"
#include "json/schema_uri.h"
#include "json/tape.h"

namespace fastgate::json {
namespace {

std::string unknown_keyword(std::string_view name, Draft draft) {
  if (find_keyword(name) != nullptr) {
    const std::string_view other = draft == Draft::Draft07 ? "2020-12" : "draft-07";
    return "'" + std::string(name) + "' belongs to draft " + std::string(other) +
           "; name the draft in $schema";
  }
  std::vector<std::string_view> names;
  for (const Keyword& keyword : all_keywords()) names.push_back(keyword.name);
  std::string text = "'" + std::string(name) + "' is no keyword that is understood";
  if (const auto near = nearest_name(name, names)) {
    text.append("; did you mean '").append(*near).append("'?");
  }
  return text;
}

/// Schemas that apply to the same value as `node` itself.
std::vector<NodePointer> applied_in_place(const SchemaNode& node) {
  std::vector<NodePointer> all = node.references;
  if (node.dynamic_reference) all.push_back(node.dynamic_reference->initial);
  for (const auto* list : {&node.all_of, &node.any_of, &node.one_of}) {
    all.insert(all.end(), list->begin(), list->end());
  }
  for (const NodePointer one : {node.negated, node.condition, node.consequence, node.alternative}) {
    if (one != nullptr) all.push_back(one);
  }
  if (node.object) {
    for (const NamedNode& named : node.object->dependent_nodes) all.push_back(named.node);
  }
  return all;
}

}  // namespace

std::expected<void, SchemaFault> SchemaCompiler::run(CompiledSchema& schema) {
  const ValueView root = schema.sources.front().view();
  if (root.is(Kind::Object)) {
    const auto draft = draft_of(root);
    if (!draft) return std::unexpected(draft.error());
    schema.draft = *draft;
  }
  auto resources = ResourceIndex::build(schema);
  if (!resources) return std::unexpected(std::move(resources.error()));
  SchemaCompiler compiler(schema, std::move(*resources));
  schema.root =
      compiler.node_at(root, {.pointer = {}, .resource = &compiler.resources_.root_resource()});
  while (compiler.done_ < compiler.jobs_.size() && !compiler.fault_) {
    const Job job = compiler.jobs_[compiler.done_++];
    compiler.fill(job);
  }
  if (!compiler.fault_) compiler.fill_dynamic_anchors();
  if (!compiler.fault_) compiler.find_endless_references();
  if (compiler.fault_) return std::unexpected(std::move(*compiler.fault_));
  return {};
}

void SchemaCompiler::report(SchemaFault fault) {
  if (!fault_) fault_ = std::move(fault);
}

NodePointer SchemaCompiler::node_at(ValueView value, SchemaPlace place) {
  if (!value.is(Kind::Object) && !value.is(Kind::Boolean)) {
    report({place.pointer,
            "a schema is an object or a boolean, this is " + std::string(name_of(value.kind()))});
    return nullptr;
  }
  auto [entry, is_new] = nodes_.try_emplace(Tape::key(value), nullptr);
  if (!is_new) return entry->second;
  place.resource = resources_.resource_of(value, place.resource);
  SchemaNode& node = schema_.nodes.emplace_back();
  entry->second = &node;
  node.pointer = place.pointer;
  node.resource = place.resource->compiled;
  jobs_.push_back({&node, value, std::move(place)});
  return &node;
}

void SchemaCompiler::fill(const Job& job) {
  SchemaNode& node = *job.node;
  if (job.value.is(Kind::Boolean)) {
    if (!job.value.boolean()) node.types = 0;
    return;
  }
  place_ = job.place;
  std::vector<Member> members;
  append_effective_members(job.value, members);
  const auto reference = std::ranges::find(members, "$ref", &Member::name);
  if (draft() == Draft::Draft07 && reference != members.end()) {
    read_keyword(node, *reference);
    // Hidden by the reference, but a place that others refer to.
    for (const Member& member : members) {
      if (member.name == "definitions" || member.name == "$defs") read_keyword(node, member);
    }
  } else {
    for (const Member& member : members) {
      read_keyword(node, member);
      if (fault_) return;
    }
  }
  node.has_combinations = !applied_in_place(node).empty();
}

void SchemaCompiler::read_keyword(SchemaNode& node, const Member& member) {
  const KeywordUse use{*this, node, member.name, member.value};
  const Keyword* keyword = find_keyword(member.name);
  if (keyword == nullptr || !belongs_to(*keyword, draft())) {
    use.fault(unknown_keyword(member.name, draft()));
  } else if (keyword->read != nullptr) {
    keyword->read(use);
  }
}

void SchemaCompiler::fill_dynamic_anchors() {
  for (ResourceEntry& resource : resources_.entries()) {
    for (const auto& [name, anchor] : resource.anchors) {
      if (!anchor.is_dynamic) continue;
      const auto node = nodes_.find(Tape::key(anchor.value));
      const auto text = anchor.value.find("$dynamicAnchor");
      if (node == nodes_.end() || !text) continue;
      resource.compiled->dynamic_anchors.push_back({text->string(), node->second});
    }
  }
}

/// A schema that leads to itself without a step into the value would never come to an end.
void SchemaCompiler::find_endless_references() {
  enum class Mark : std::uint8_t { New, Open, Done };
  struct Step {
    NodePointer node;
    std::vector<NodePointer> next;
  };
  std::unordered_map<NodePointer, Mark> marks;
  std::vector<Step> path;
  for (const SchemaNode& start : schema_.nodes) {
    if (marks[&start] != Mark::New) continue;
    marks[&start] = Mark::Open;
    path.push_back({&start, applied_in_place(start)});
    while (!path.empty()) {
      if (path.back().next.empty()) {
        marks[path.back().node] = Mark::Done;
        path.pop_back();
        continue;
      }
      const NodePointer next = path.back().next.back();
      path.back().next.pop_back();
      Mark& mark = marks[next];
      if (mark == Mark::Open) {
        return report({path.back().node->pointer, "the schema refers to itself without end"});
      }
      if (mark == Mark::Done) continue;
      mark = Mark::Open;
      path.push_back({next, applied_in_place(*next)});
    }
  }
}

bool KeywordUse::fault(std::string reason, std::string_view place) const {
  std::string pointer = compiler.place().pointer;
  pointer.append("/").append(escape_pointer_token(name)).append(place);
  compiler.report({std::move(pointer), std::move(reason)});
  return false;
}

NodePointer KeywordUse::subschema(ValueView schema, std::string_view place) const {
  std::string pointer = compiler.place().pointer;
  pointer.append("/").append(name).append(place);
  return compiler.node_at(schema, {std::move(pointer), compiler.place().resource});
}

}  // namespace fastgate::json
