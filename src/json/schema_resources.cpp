#include "json/schema_resources.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "json/schema_keywords.h"
#include "json/schema_metaschemas.h"
#include "json/schema_uri.h"
#include "json/tape.h"

namespace fastgate::json {
namespace {

constexpr std::string_view kDraft202012Uri = "https://json-schema.org/draft/2020-12/schema";
constexpr std::string_view kDraft07Uri = "http://json-schema.org/draft-07/schema";

/// A letter or underscore, then letters, digits, `-`, `_`, `.` (2020-12 core section 8.2.2).
bool is_anchor_name(std::string_view name) {
  constexpr std::string_view kFirst = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  return !name.empty() && kFirst.find(name.front()) != std::string_view::npos &&
         std::ranges::all_of(name, [&](char c) {
           return kFirst.find(c) != std::string_view::npos || (c >= '0' && c <= '9') || c == '-' ||
                  c == '.';
         });
}

std::optional<Draft> draft_named(std::string_view uri) {
  if (uri.ends_with('#')) uri.remove_suffix(1);
  if (uri == kDraft202012Uri) return Draft::Draft202012;
  if (uri == kDraft07Uri) return Draft::Draft07;
  return std::nullopt;
}

/// The item of an array that a JSON pointer's token names.
std::optional<ValueView> item_at(ValueView array, std::string_view token) {
  std::size_t index = 0;
  const char* end = token.data() + token.size();
  const auto read = std::from_chars(token.data(), end, index);
  const bool has_zero = token.size() > 1 && token.front() == '0';
  if (read.ec != std::errc() || read.ptr != end || has_zero || index >= array.size()) {
    return std::nullopt;
  }
  for (const ValueView item : array.items()) {
    if (index-- == 0) return item;
  }
  return std::nullopt;
}

}  // namespace

std::expected<Draft, SchemaFault> draft_of(ValueView root) {
  const auto named = root.find("$schema");
  if (!named) return Draft::Draft202012;
  const auto draft =
      named->is(Kind::String) ? draft_named(named->string()) : std::optional<Draft>();
  if (draft) return *draft;
  return std::unexpected(SchemaFault{"/$schema", "the drafts understood are " +
                                                     std::string(kDraft202012Uri) + " and " +
                                                     std::string(kDraft07Uri) + "#"});
}

ResourceEntry& ResourceIndex::add_resource(std::string uri, ValueView root) {
  schema_->resources.emplace_back();
  entries_.push_back(
      {.uri = std::move(uri), .root = root, .anchors = {}, .compiled = &schema_->resources.back()});
  by_uri_.emplace(entries_.back().uri, &entries_.back());
  return entries_.back();
}

std::expected<ResourceIndex, SchemaFault> ResourceIndex::build(CompiledSchema& schema) {
  ResourceIndex index(schema);
  if (auto fault = index.add_document(schema.sources.front().view(), "")) {
    return std::unexpected(std::move(*fault));
  }
  return index;
}

std::optional<SchemaFault> ResourceIndex::add_document(ValueView root, std::string pointer) {
  SchemaPlace root_place{.pointer = std::move(pointer), .resource = &add_resource("", root)};
  std::vector<Visit> waiting{{root, root_place}};
  while (!waiting.empty()) {
    Visit at = std::move(waiting.back());
    waiting.pop_back();
    if (!at.value.is(Kind::Object)) continue;
    if (auto fault = visit(at)) return fault;
    for (InnerSchema& inner : inner_schemas(at.value, schema_->draft)) {
      waiting.push_back({inner.value, {at.place.pointer + inner.place, at.place.resource}});
    }
    places_.emplace(Tape::key(at.value), std::move(at.place));
  }
  return std::nullopt;
}

std::optional<SchemaFault> ResourceIndex::visit(Visit& at) {
  // In draft-07 a `$ref` hides everything beside it.
  if (schema_->draft == Draft::Draft07 && at.value.find("$ref")) return std::nullopt;
  if (auto fault = visit_id(at)) return fault;
  const auto draft = draft_of(at.value);
  if (at.value.find("$schema") && (!draft || *draft != schema_->draft)) {
    return SchemaFault{at.place.pointer + "/$schema", "another draft inside a schema"};
  }
  if (schema_->draft == Draft::Draft07) return std::nullopt;
  if (auto fault = add_anchor(at, "$anchor")) return fault;
  return add_anchor(at, "$dynamicAnchor");
}

std::optional<SchemaFault> ResourceIndex::visit_id(Visit& at) {
  const auto id = at.value.find("$id");
  if (!id || !id->is(Kind::String)) return std::nullopt;
  const std::string pointer = at.place.pointer + "/$id";
  const SplitUri parts = split_fragment(id->string());
  if (!parts.fragment.empty()) {
    if (schema_->draft != Draft::Draft07 || !is_anchor_name(parts.fragment)) {
      return SchemaFault{pointer, "an identifier must not have a fragment"};
    }
    ResourceEntry* owner = at.place.resource;
    if (!parts.uri.empty()) {
      const std::string uri = resolve_uri(owner->uri, parts.uri);
      if (uri != owner->uri) owner = at.place.resource = &add_resource(uri, at.value);
    }
    const bool is_new =
        owner->anchors.try_emplace(std::string(parts.fragment), Anchor{at.value, false}).second;
    if (!is_new) return SchemaFault{pointer, "the name is used twice"};
    return std::nullopt;
  }
  if (parts.uri.empty()) return std::nullopt;
  std::string uri = resolve_uri(at.place.resource->uri, parts.uri);
  if (at.place.resource->root.is_same_place(at.value)) {
    by_uri_.emplace(uri, at.place.resource);
    at.place.resource->uri = std::move(uri);
    return std::nullopt;
  }
  if (by_uri_.contains(uri)) return SchemaFault{pointer, "the identifier is used twice"};
  at.place.resource = &add_resource(std::move(uri), at.value);
  return std::nullopt;
}

std::optional<SchemaFault> ResourceIndex::add_anchor(const Visit& at, std::string_view keyword) {
  const auto name = at.value.find(keyword);
  if (!name) return std::nullopt;
  const std::string pointer = at.place.pointer + "/" + std::string(keyword);
  if (!name->is(Kind::String) || !is_anchor_name(name->string())) {
    return SchemaFault{pointer,
                       "an anchor is a letter or '_', then letters, digits, '-', '_', '.'"};
  }
  const bool is_dynamic = keyword == "$dynamicAnchor";
  const bool is_new = at.place.resource->anchors
                          .try_emplace(std::string(name->string()), Anchor{at.value, is_dynamic})
                          .second;
  if (!is_new) return SchemaFault{pointer, "the anchor is used twice"};
  return std::nullopt;
}

ResourceEntry* ResourceIndex::resource_named(std::string_view uri) {
  const auto found = by_uri_.find(std::string(uri));
  if (found != by_uri_.end()) return found->second;
  if (uri != metaschema_uri(schema_->draft)) return nullptr;
  auto text = Value::parse(metaschema_of(schema_->draft));
  FG_ASSERT(text.has_value());
  schema_->sources.push_back(std::move(*text));
  // Fails only if the schema uses one of the meta-schema's identifiers for something else.
  if (add_document(schema_->sources.back().view(), std::string(uri))) return nullptr;
  return by_uri_.at(std::string(uri));
}

ResourceEntry* ResourceIndex::resource_of(ValueView value, ResourceEntry* around) const {
  const auto found = places_.find(Tape::key(value));
  return found == places_.end() ? around : found->second.resource;
}

std::expected<ReferenceTarget, std::string> ResourceIndex::resolve(std::string_view reference,
                                                                   const ResourceEntry& from) {
  const std::string uri = resolve_uri(from.uri, reference);
  const SplitUri parts = split_fragment(uri);
  ResourceEntry* found = resource_named(parts.uri);
  if (found == nullptr) {
    return std::unexpected("'" + std::string(reference) +
                           "' leads out of the schema; references must stay within it");
  }
  ResourceEntry& resource = *found;
  const std::string fragment = decode_percent(parts.fragment);
  if (fragment.empty() || fragment.starts_with('/')) return walk(fragment, resource);
  const auto anchor = resource.anchors.find(fragment);
  if (anchor == resource.anchors.end()) {
    return std::unexpected("'" + std::string(reference) + "' names no anchor of the schema");
  }
  const ValueView value = anchor->second.value;
  return ReferenceTarget{.value = value,
                         .place = places_.at(Tape::key(value)),
                         .dynamic_anchor = anchor->second.is_dynamic ? fragment : std::string()};
}

std::expected<ReferenceTarget, std::string> ResourceIndex::walk(std::string_view pointer,
                                                                ResourceEntry& from) const {
  const std::string whole(pointer);
  const auto start = places_.find(Tape::key(from.root));
  std::string base = start == places_.end() ? std::string() : start->second.pointer;
  ValueView value = from.root;
  SchemaPlace place{.pointer = std::move(base), .resource = &from};
  while (!pointer.empty()) {
    const auto end = pointer.find('/', 1);
    const std::string_view token = pointer.substr(1, end == std::string_view::npos ? end : end - 1);
    pointer = end == std::string_view::npos ? std::string_view{} : pointer.substr(end);
    const auto next =
        value.is(Kind::Array) ? item_at(value, token) : value.find(unescape_pointer_token(token));
    if (!next) return std::unexpected("'#" + whole + "' leads to nothing in the schema");
    value = *next;
    place.pointer.append("/").append(token);
    place.resource = resource_of(value, place.resource);
  }
  return ReferenceTarget{.value = value, .place = std::move(place), .dynamic_anchor = {}};
}

}  // namespace fastgate::json
