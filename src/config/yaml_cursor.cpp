#include "config/yaml_cursor.h"

#include <utility>

#include "base/text.h"
#include "config/foreign_names.h"
#include "config/yaml_text.h"

namespace fastgate::config {

namespace {

/// Mappings with more fields than this are looked up by hash, so that no file costs quadratic time.
constexpr std::size_t kLinearFields = 32;
/// Unknown fields of one mapping that are told one by one.
constexpr std::size_t kMaxUnknown = 20;

std::string pointer_of(const Step& step) {
  if (step.parent == nullptr && step.name.empty()) return "";
  std::string out = step.parent == nullptr ? "" : pointer_of(*step.parent);
  out += '/';
  if (step.name.empty()) {
    append_decimal(out, step.index);
    return out;
  }
  append_pointer_name(out, step.name);
  return out;
}

/// One bit of 64. Readers ask for all that a mapping may hold, and few names of it are written.
std::uint64_t sign_of(std::string_view name) {
  if (name.empty()) return 1;
  const auto letters = static_cast<unsigned char>(name.front()) * 7U +
                       static_cast<unsigned char>(name.back()) * 3U +
                       static_cast<unsigned char>(name[name.size() / 2]);
  return std::uint64_t{1} << ((letters + name.size()) & 63U);
}

std::string_view name_of(YamlKind kind) {
  switch (kind) {
    case YamlKind::Mapping:
      return "a mapping";
    case YamlKind::Sequence:
      return "a list";
    case YamlKind::Null:
      return "empty";
    default:
      return "a single value";
  }
}

}  // namespace

YamlValue::YamlValue(ReadContext& context, std::uint32_t node, const Step& step)
    : context_(&context), node_(node), step_(step), kind_(context.tree.at(node).kind) {
  if (kind_ != YamlKind::Scalar) return;
  const YamlNode& scalar = context.tree.at(node);
  is_plain_ = scalar.is_plain;
  auto expanded = context.substitution.expand(scalar.text, context.folder);
  if (!expanded) {
    is_broken_ = true;
    error(expanded.error().text);
    return;
  }
  text_ = expanded->text;
  is_substituted_ = expanded->is_substituted;
  literal_braces_ = std::move(expanded->literal_braces);
  if (!is_substituted_) return;
  context.diagnostics.note_substituted(mark(), text_);
  if (is_plain_ && text_.empty()) {
    kind_ = YamlKind::Null;
  } else {
    note_substituted("");
  }
}

void YamlValue::note_substituted(std::string_view below) const {
  context_->substituted.insert_or_assign(pointer_of(step_).append(below),
                                         std::string(context_->tree.at(node_).text));
}

Mark YamlValue::mark() const {
  const YamlNode& node = context_->tree.at(node_);
  return {context_->file, node.line, node.column};
}

std::string YamlValue::label() const {
  const Step* step = &step_;
  std::string indexes;
  while (step->name.empty() && step->parent != nullptr) {
    indexes.insert(0, ", entry " + std::to_string(step->index + 1));
    step = step->parent;
  }
  return step->name.empty() ? indexes : "`" + shortened(step->name) + "`" + indexes;
}

void YamlValue::error(std::string_view message) const {
  const std::string name = label();
  context_->diagnostics.error(mark(), (name.empty() ? "" : name + ": ") + std::string(message));
}

void YamlValue::warning(std::string_view message) const {
  context_->diagnostics.warning(mark(), label() + ": " + std::string(message));
}

void YamlValue::error_expected(std::string_view what, std::string_view hint) const {
  std::string message = "must be " + std::string(what) + ", not ";
  if (is_substituted_) {
    message += "what `${…}` gave";
  } else if (kind_ == YamlKind::Scalar && text_.empty()) {
    message += "an empty text";
  } else if (kind_ == YamlKind::Scalar) {
    message += (is_plain_ ? "`" : "the text `") + shortened(text_) + "`";
  } else {
    message += name_of(kind_);
  }
  error(message.append(hint));
}

std::size_t count_entries(const YamlValue& list) {
  if (list.kind() != YamlKind::Sequence) return 0;
  const YamlTree& tree = list.context().tree;
  std::size_t count = 0;
  for (std::uint32_t node = tree.at(list.node()).first_child; node != YamlNode::kNone;
       node = tree.next(node)) {
    ++count;
  }
  return count;
}

// --------------------------------------------------------------------------------------- mapping

YamlMapping::YamlMapping(const YamlValue& value, std::string_view section)
    : value_(value), section_(section) {
  if (value.kind() != YamlKind::Mapping) {
    value.error_expected("a mapping of fields");
    return;
  }
  is_valid_ = true;
  gather(value.node(), false);
}

Mark YamlMapping::mark_of(std::uint32_t node) const {
  const YamlNode& found = value_.context().tree.at(node);
  return {value_.context().file, found.line, found.column};
}

void YamlMapping::gather(std::uint32_t mapping, bool is_merged) {
  const YamlTree& tree = value_.context().tree;
  std::vector<std::uint32_t> merges;
  for (std::uint32_t key = tree.at(mapping).first_child; key != YamlNode::kNone;) {
    const std::uint32_t value = tree.next(key);
    const YamlNode& name = tree.at(key);
    if (name.kind == YamlKind::Scalar && name.is_plain && name.text == "<<") {
      merges.push_back(value);
    } else if (name.kind == YamlKind::Scalar) {
      add_entry(key, value, is_merged);
    } else {
      value_.context().diagnostics.error(mark_of(key), "a field's name must be a text");
    }
    key = tree.next(value);
  }
  for (const std::uint32_t value : merges) merge(value);
}

void YamlMapping::merge(std::uint32_t value) {
  const YamlTree& tree = value_.context().tree;
  if (tree.at(value).kind == YamlKind::Mapping) return gather(value, true);
  if (tree.at(value).kind != YamlKind::Sequence) {
    return value_.context().diagnostics.error(mark_of(value),
                                              "`<<` takes a mapping or a list of them");
  }
  for (std::uint32_t item = tree.at(value).first_child; item != YamlNode::kNone;
       item = tree.next(item)) {
    if (tree.at(item).kind == YamlKind::Mapping) {
      gather(item, true);
    } else {
      value_.context().diagnostics.error(mark_of(item), "`<<` takes a mapping or a list of them");
    }
  }
}

void YamlMapping::add_entry(std::uint32_t key, std::uint32_t value, bool is_merged) {
  const std::string_view name = value_.context().tree.at(key).text;
  if (name.find("${") != name.npos) {
    return value_.context().diagnostics.error(
        mark_of(key), "a field's name cannot hold `${`; only values can come from elsewhere");
  }
  if (const auto first = index_of(name)) {
    if (is_merged) return;  // what is written beside `<<`, or in an earlier merge, wins
    const Mark place = mark_of(entries_[*first].key);
    return value_.context().diagnostics.error(
        mark_of(key), "`" + shortened(name) + "` stands here twice; the first is at line " +
                          std::to_string(place.line));
  }
  entries_.push_back({name, key, value});
  signs_ |= sign_of(name);
  if (entries_.size() <= kLinearFields) return;
  for (std::size_t i = by_name_.empty() ? 0 : entries_.size() - 1; i < entries_.size(); ++i) {
    by_name_.emplace(entries_[i].name, i);
  }
}

std::optional<std::size_t> YamlMapping::index_of(std::string_view name) const {
  if ((signs_ & sign_of(name)) == 0) return std::nullopt;
  if (!by_name_.empty()) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].name == name) return i;
  }
  return std::nullopt;
}

std::optional<YamlValue> YamlMapping::find(std::string_view name) {
  if (known_.empty()) known_.reserve(48);
  known_.push_back(name);
  const auto index = index_of(name);
  if (!index) return std::nullopt;
  Entry& entry = entries_[*index];
  const bool was_known = std::exchange(entry.is_known, true);
  FG_ASSERT(!was_known);  // a failing substitution would be reported twice
  YamlValue value(value_.context(), entry.value, Step{&value_.step(), entry.name, 0});
  entry.is_null = value.is_null();
  if (value.is_broken() || value.is_null()) return std::nullopt;
  return value;
}

bool YamlMapping::has(std::string_view name) const {
  const auto index = index_of(name);
  if (!index || entries_[*index].is_null) return false;
  return value_.context().tree.at(entries_[*index].value).kind != YamlKind::Null;
}

void YamlMapping::finish() {
  ReadContext& context = value_.context();
  if (context.catalog != nullptr) {
    auto& names = context.catalog->sections[std::string(section_)];
    for (const std::string_view name : known_) names.emplace(name);
  }
  std::size_t told = 0;
  for (const Entry& entry : entries_) {
    if (entry.is_known || ++told > kMaxUnknown) continue;
    std::string message = "unknown field `" + shortened(entry.name) + "`";
    if (!section_.empty()) message += " in " + std::string(section_);
    const std::string_view hint = hint_for_unknown(section_, entry.name);
    if (!hint.empty()) {
      message += hint;
    } else if (const auto near = nearest_name(entry.name.substr(0, 64), known_)) {
      message += "; did you mean `" + std::string(*near) + "`?";
    }
    context.diagnostics.error(mark_of(entry.key), std::move(message));
  }
  if (told > kMaxUnknown) {
    value_.error("and " + std::to_string(told - kMaxUnknown) + " more unknown fields");
  }
}

}  // namespace fastgate::config
