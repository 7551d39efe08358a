#include "config/yaml_builder.h"

#include <algorithm>
#include <utility>

namespace fastgate::config {
namespace {

/// Source: YAML 1.2.2 section 10.3.2.
bool is_null_text(std::string_view text) {
  if (text.size() == 4) return text == "null" || text == "Null" || text == "NULL";
  return text.empty() || text == "~";
}

}  // namespace

YamlBuilder::YamlBuilder(std::size_t text_size) {
  tree_.nodes_.reserve(std::min(text_size / 10 + 16, YamlLimits::kMaxNodes));
}

YamlTree YamlBuilder::take() {
  if (tree_.nodes_.empty()) tree_.nodes_.push_back({.line = 1, .column = 1});
  return std::move(tree_);
}

bool YamlBuilder::fail(YamlPlace place, std::string message) {
  if (!has_failed_) failure_ = {place.line, place.column, std::move(message)};
  has_failed_ = true;
  return false;
}

std::uint32_t YamlBuilder::add(YamlPlace place, YamlKind kind, const Cost& cost) {
  if (tree_.nodes_.size() >= YamlLimits::kMaxNodes) {
    fail(place, "more values than a file may hold");
    return YamlNode::kNone;
  }
  if (frames_.size() + cost.height > YamlLimits::kMaxDepth) {
    fail(place, "values nested too deep");
    return YamlNode::kNone;
  }
  const auto index = static_cast<std::uint32_t>(tree_.nodes_.size());
  tree_.nodes_.push_back({.kind = kind, .line = place.line, .column = place.column});
  return attach(place, index, cost) ? index : YamlNode::kNone;
}

bool YamlBuilder::attach(YamlPlace place, std::uint32_t index, const Cost& cost) {
  if (frames_.empty()) {
    tree_.root_ = index;
    return true;
  }
  Frame& parent = frames_.back();
  if (parent.last_child == YamlNode::kNone) {
    tree_.nodes_[parent.node].first_child = index;
  } else {
    tree_.nodes_[parent.last_child].next = index;
  }
  parent.last_child = index;
  parent.height = std::max(parent.height, cost.height + 1);
  parent.weight += cost.weight + YamlLimits::kNodeWeight;
  if (parent.weight <= YamlLimits::kMaxWeight) return true;
  return fail(place, "aliases grow beyond what is allowed");
}

bool YamlBuilder::scalar(YamlPlace place, const YamlProperties& properties, std::string_view text,
                         bool is_plain) {
  if (properties.tag == YamlTag::Mapping || properties.tag == YamlTag::Sequence) {
    return fail(place, "a YAML tag of another kind than its value");
  }
  if (properties.tag != YamlTag::None) is_plain = properties.tag == YamlTag::Core;
  const bool is_null = is_plain && is_null_text(text);
  const std::uint32_t index =
      add(place, is_null ? YamlKind::Null : YamlKind::Scalar, {.weight = text.size()});
  if (index == YamlNode::kNone) return false;
  if (!is_null) {
    tree_.nodes_[index].text = text;
    tree_.nodes_[index].is_plain = is_plain;
  }
  if (!properties.anchor.empty()) {
    anchors_[properties.anchor] = {index, text.size() + YamlLimits::kNodeWeight, 1};
  }
  return true;
}

bool YamlBuilder::alias(YamlPlace place, std::string_view anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) return fail(place, "an alias of what has no anchor before it");
  const Anchor target = found->second;
  if (target.node == YamlNode::kNone) {
    return fail(place, "an alias within the value that it stands for");
  }
  const std::uint32_t index = add(place, YamlKind::Alias, {target.weight, target.height});
  if (index == YamlNode::kNone) return false;
  tree_.nodes_[index].target = target.node;
  return true;
}

bool YamlBuilder::open(YamlPlace place, const YamlProperties& properties, YamlKind kind) {
  const YamlTag own = kind == YamlKind::Mapping ? YamlTag::Mapping : YamlTag::Sequence;
  if (properties.tag != YamlTag::None && properties.tag != YamlTag::Any && properties.tag != own) {
    return fail(place, "a YAML tag of another kind than its value");
  }
  const std::uint32_t index = add(place, kind, {});
  if (index == YamlNode::kNone) return false;
  if (!properties.anchor.empty()) anchors_[properties.anchor] = {};
  frames_.push_back({.node = index, .anchor = properties.anchor, .place = place});
  return true;
}

bool YamlBuilder::close() {
  const Frame done = frames_.back();
  frames_.pop_back();
  if (!done.anchor.empty()) anchors_[done.anchor] = {done.node, done.weight, done.height};
  if (frames_.empty()) return true;
  Frame& parent = frames_.back();
  parent.height = std::max(parent.height, done.height + 1);
  parent.weight += done.weight;
  if (parent.weight <= YamlLimits::kMaxWeight) return true;
  return fail(done.place, "aliases grow beyond what is allowed");
}

}  // namespace fastgate::config
