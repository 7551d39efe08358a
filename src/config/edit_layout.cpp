#include "config/edit_layout.h"

#include <algorithm>

namespace fastgate::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_flow_end(char c) {
  return c == ',' || c == ']' || c == '}';
}

}  // namespace

const PlacedField* PlacedMapping::find(std::string_view name) const {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const PlacedField& field) { return field.name == name; });
  return it == fields.end() ? nullptr : &*it;
}

EditLayout::EditLayout(std::string_view text) : text_(text) {
  if (text.starts_with(kByteOrderMark)) bom_ = kByteOrderMark.size();
  const std::size_t first_end = text.find('\n');
  is_crlf_ = first_end != text.npos && first_end > 0 && text[first_end - 1] == '\r';
  if (text.size() > bom_ && !text.ends_with('\n')) {
    text_ += line_end();
    added_line_end_ = true;
  }
  lines_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') lines_.push_back(i + 1);
  }
}

Result<EditLayout> EditLayout::read(const YamlText& text) {
  EditLayout layout(text.text);
  ParsedYaml tree = YamlText(layout.text_, text.cache).parse();
  if (!tree) {
    return fail(ErrorKind::Config,
                "line " + std::to_string(tree.error().line) + ": " + tree.error().message);
  }
  layout.tree_ = std::move(*tree);
  layout.find_document_end();
  if (layout.is_json()) layout.flow_form_ = FlowForm::Json;
  return layout;
}

void EditLayout::find_document_end() {
  document_end_ = text_.size();
  for (const std::size_t line : lines_) {
    if (text_.compare(line, 3, "...") == 0 && is_space(line + 3)) document_end_ = line;
    if (document_end_ == line) return;
  }
}

/// Judged by the first name: a file is of one kind.
bool EditLayout::is_json() const {
  const YamlNode& root = tree_->at(tree_->root());
  if (root.kind != YamlKind::Mapping || at(skip_blank(bom_)) != '{') return false;
  const char first = at(skip_blank(skip_blank(bom_) + 1));
  return first == '"' || root.first_child == YamlNode::kNone;
}

std::size_t EditLayout::offset_of(std::uint32_t node) const {
  const YamlNode& there = tree_->at(node);
  const std::size_t line = std::min<std::size_t>(there.line - 1, lines_.size() - 1);
  const std::size_t offset = lines_[line] + there.column - 1 + (line == 0 ? bom_ : 0);
  return std::min(offset, text_.size());
}

std::size_t EditLayout::line_begin(std::size_t offset) const {
  const auto it = std::upper_bound(lines_.begin(), lines_.end(), offset);
  const std::size_t begin = *std::prev(it);
  return begin == 0 ? std::min(bom_, offset) : begin;
}

std::size_t EditLayout::next_line(std::size_t offset) const {
  const auto it = std::upper_bound(lines_.begin(), lines_.end(), offset);
  return it == lines_.end() ? text_.size() : *it;
}

bool EditLayout::is_space(std::size_t offset) const {
  const char c = at(offset);
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
}

std::size_t EditLayout::skip_blank(std::size_t offset) const {
  while (offset < text_.size()) {
    if (text_[offset] == '#') {
      offset = next_line(offset);
    } else if (is_space(offset)) {
      ++offset;
    } else {
      break;
    }
  }
  return offset;
}

std::size_t EditLayout::content_end(std::size_t offset, std::size_t bound) const {
  std::size_t end = offset;
  for (std::size_t i = offset; i < bound; ++i) {
    if (text_[i] == '#' && (i == 0 || is_space(i - 1))) {
      i = next_line(i) - 1;
    } else if (!is_space(i)) {
      end = i + 1;
    }
  }
  return end;
}

bool EditLayout::has_comment(Span span) const {
  for (std::size_t i = span.begin; i < span.end; ++i) {
    if (text_[i] == '#' && (i == 0 || is_space(i - 1))) return true;
  }
  return false;
}

std::string EditLayout::comma_behind(std::size_t begin) const {
  const std::size_t line = line_begin(begin);
  if (line == 0 || text_.find_first_not_of(" \t", line) != begin) return ", ";
  return "," + std::string(line_end()) + text_.substr(line, begin - line);
}

std::size_t EditLayout::behind_properties(std::size_t offset) const {
  while (at(offset) == '&' || at(offset) == '!') {
    while (!is_space(offset)) ++offset;
    offset = skip_blank(offset);
  }
  return offset;
}

std::unexpected<Error> EditLayout::unsupported(std::size_t offset, std::string_view what) const {
  const auto line = std::upper_bound(lines_.begin(), lines_.end(), offset) - lines_.begin();
  return fail(ErrorKind::Config, "line " + std::to_string(line) + ": " + std::string(what) +
                                     " cannot be edited by a program; edit the file by hand");
}

std::size_t EditLayout::quoted_end(std::size_t offset) const {
  const char quote = at(offset);
  for (std::size_t i = offset + 1; i < text_.size(); ++i) {
    if (text_[i] == '\\' && quote == '"') {
      ++i;
    } else if (text_[i] == quote) {
      if (quote == '"' || at(i + 1) != quote) return i + 1;
      ++i;
    }
  }
  return text_.size();
}

std::size_t EditLayout::block_scalar_end(const Cursor& cursor) const {
  const std::size_t first_line = next_line(cursor.begin);
  std::size_t end = content_end(cursor.begin, first_line);
  const std::string_view header = std::string_view(text_).substr(cursor.begin, end - cursor.begin);
  const bool keeps_blank_lines = header.find('+') != header.npos;
  const std::size_t digit = header.find_first_of("123456789");
  std::size_t indent = 0;  // 0: told by the first line that is not blank
  if (digit != header.npos)
    indent = cursor.parent_column + static_cast<std::size_t>(header[digit] - '0');
  for (std::size_t line = first_line; line < document_end_; line = next_line(line)) {
    const std::size_t after = next_line(line);
    std::size_t begin = line;
    while (begin < after && is_space(begin)) ++begin;
    if (begin == after) {
      if (keeps_blank_lines) end = line;
      continue;
    }
    const std::size_t column = begin - line;
    if (indent == 0 && column > cursor.parent_column) indent = column;
    if (indent == 0 || column < indent) break;
    end = after;
    while (end > begin && is_space(end - 1)) --end;
  }
  return end;
}

std::size_t EditLayout::next_dash(std::size_t offset, std::size_t column, std::size_t bound) const {
  for (std::size_t line = next_line(offset); line < bound; line = next_line(line)) {
    const std::size_t dash = line + column;
    if (at(dash) != '-' || !is_space(dash + 1)) continue;
    if (text_.find_first_not_of(' ', line) == dash) return dash;
  }
  return bound;
}

Result<std::size_t> EditLayout::end_of(const Cursor& cursor) const {
  Cursor inner = cursor;
  inner.begin = behind_properties(cursor.begin);
  if (inner.begin >= cursor.bound) return content_end(cursor.begin, cursor.bound);
  const char first = at(inner.begin);
  const YamlKind kind = tree_->at(cursor.node).kind;
  // The node of an alias is what it stands for, which was written before.
  if (first == '*' && offset_of(cursor.node) < cursor.begin) {
    while (!is_space(inner.begin) && !is_flow_end(at(inner.begin))) ++inner.begin;
    return inner.begin;
  }
  if (kind == YamlKind::Mapping) {
    std::size_t end = 0;
    const auto fields = first == '{' ? flow_mapping(inner, end) : block_mapping(inner);
    if (!fields) return std::unexpected(fields.error());
    if (first == '{') return end;
    const PlacedField& last = fields->fields.back();
    return std::max(last.span.end, last.colon_end);
  }
  if (kind == YamlKind::Sequence) {
    std::size_t end = 0;
    const auto entries = first == '[' ? flow_list(inner, end) : block_list(inner);
    if (!entries) return std::unexpected(entries.error());
    if (first == '[') return end;
    const PlacedEntry& last = entries->entries.back();
    return std::max(last.span.end, last.dash + 1);
  }
  if (first == '"' || first == '\'') return quoted_end(inner.begin);
  if (first == '|' || first == '>') return block_scalar_end(inner);
  return content_end(inner.begin, cursor.bound);
}

Result<PlacedField> EditLayout::field(const Cursor& key, std::uint32_t value) const {
  PlacedField field;
  field.value = value;
  const YamlNode& name = tree_->at(key.node);
  const std::size_t start = behind_properties(key.begin);
  const bool is_quoted = at(start) == '"' || at(start) == '\'';
  if (name.kind != YamlKind::Scalar) return unsupported(start, "a name that is no text");
  if (!is_quoted && text_.compare(start, name.text.size(), name.text) != 0) {
    return unsupported(start, "a name of this form");
  }
  field.name = name.text;
  field.key = {key.begin, is_quoted ? quoted_end(start) : start + name.text.size()};
  field.colon_end = field.key.end;
  field.span = {field.key.end, field.key.end};
  const std::size_t colon = skip_blank(field.key.end);
  field.has_colon = at(colon) == ':' && colon < key.bound;
  if (field.has_colon) {
    field.colon_end = colon + 1;
    field.span = {colon + 1, colon + 1};
  }
  return field;
}

Result<PlacedMapping> EditLayout::block_mapping(const Cursor& cursor) const {
  PlacedMapping mapping;
  std::uint32_t key = tree_->at(cursor.node).first_child;
  if (key == YamlNode::kNone) return unsupported(cursor.begin, "a mapping of this form");
  while (key != YamlNode::kNone) {
    const std::uint32_t value = tree_->next(key);
    const std::uint32_t next = tree_->next(value);
    const std::size_t begin = offset_of(key);
    const std::size_t bound = next == YamlNode::kNone ? cursor.bound : offset_of(next);
    if (begin < cursor.begin || bound <= begin) return unsupported(begin, "an alias as a name");
    auto placed = field({.node = key, .begin = begin, .bound = bound}, value);
    if (!placed) return std::unexpected(placed.error());
    if (!placed->has_colon) return unsupported(begin, "a name of this form");
    const std::size_t start = skip_blank(placed->colon_end);
    if (start < bound) {
      const auto end = end_of({value, start, column_of(begin), bound});
      if (!end) return std::unexpected(end.error());
      placed->span = {start, *end};
    }
    mapping.fields.push_back(*placed);
    key = next;
  }
  return mapping;
}

Result<PlacedList> EditLayout::block_list(const Cursor& cursor) const {
  PlacedList list;
  std::size_t dash = cursor.begin;
  list.column = column_of(dash);
  for (std::uint32_t node = tree_->at(cursor.node).first_child; node != YamlNode::kNone;
       node = tree_->next(node)) {
    if (dash >= cursor.bound || at(dash) != '-' || !is_space(dash + 1)) {
      return unsupported(std::min(dash, cursor.bound), "a list of this form");
    }
    const std::size_t next = next_dash(dash, list.column, cursor.bound);
    PlacedEntry entry{node, dash, {dash + 1, dash + 1}};
    const std::size_t start = skip_blank(dash + 1);
    if (start < next) {
      const auto end = end_of({node, start, list.column, next});
      if (!end) return std::unexpected(end.error());
      entry.span = {start, *end};
    }
    list.entries.push_back(entry);
    dash = next;
  }
  if (list.entries.empty()) return unsupported(cursor.begin, "a list of this form");
  return list;
}

Result<std::size_t> EditLayout::flow_item_end(const Cursor& cursor, std::size_t& stop) const {
  const char first = at(behind_properties(cursor.begin));
  const bool is_mapping = tree_->at(cursor.node).kind == YamlKind::Mapping;
  if (is_mapping && first != '{' && first != '*') {
    return unsupported(cursor.begin, "a mapping without braces inside a list's brackets");
  }
  std::size_t end = cursor.begin;
  if (std::string_view("\"'[{*").find(first) != std::string_view::npos) {
    const auto exact = end_of(cursor);
    if (!exact) return exact;
    end = *exact;
  }
  stop = end;
  while (stop < cursor.bound && !is_flow_end(at(stop))) {
    const bool is_comment = at(stop) == '#' && is_space(stop - 1);
    stop = is_comment ? next_line(stop) : stop + 1;
  }
  return content_end(end, stop);
}

Result<PlacedMapping> EditLayout::flow_mapping(const Cursor& cursor, std::size_t& end) const {
  PlacedMapping mapping{.style = YamlStyle::Flow, .fields = {}, .open = cursor.begin};
  std::size_t stop = cursor.begin;
  for (std::uint32_t key = tree_->at(cursor.node).first_child; key != YamlNode::kNone;) {
    const std::uint32_t value = tree_->next(key);
    const std::size_t begin = skip_blank(stop + 1);
    auto placed = field({.node = key, .begin = begin, .bound = cursor.bound}, value);
    if (!placed) return std::unexpected(placed.error());
    stop = skip_blank(placed->colon_end);
    if (placed->has_colon && !is_flow_end(at(stop))) {
      const std::size_t start = stop;
      const auto item = flow_item_end({value, start, 0, cursor.bound}, stop);
      if (!item) return std::unexpected(item.error());
      placed->span = {start, *item};
    }
    mapping.fields.push_back(*placed);
    key = tree_->next(value);
    if (key != YamlNode::kNone && at(stop) != ',') return unsupported(stop, "a list of this form");
  }
  stop = at(stop) == '}' ? stop : skip_blank(stop + 1);
  if (at(stop) != '}') return unsupported(stop, "a mapping of this form");
  end = stop + 1;
  return mapping;
}

Result<PlacedList> EditLayout::flow_list(const Cursor& cursor, std::size_t& end) const {
  PlacedList list{.style = YamlStyle::Flow, .entries = {}, .open = cursor.begin};
  std::size_t stop = cursor.begin;
  for (std::uint32_t node = tree_->at(cursor.node).first_child; node != YamlNode::kNone;
       node = tree_->next(node)) {
    if (!list.entries.empty() && at(stop) != ',') return unsupported(stop, "a list of this form");
    const std::size_t begin = skip_blank(stop + 1);
    const auto item = flow_item_end({node, begin, 0, cursor.bound}, stop);
    if (!item) return std::unexpected(item.error());
    list.entries.push_back({node, begin, {begin, *item}});
  }
  stop = at(stop) == ']' ? stop : skip_blank(stop + 1);
  if (at(stop) != ']') return unsupported(stop, "a list of this form");
  end = stop + 1;
  return list;
}

Result<PlacedMapping> EditLayout::root() const {
  const YamlNode& root = tree_->at(tree_->root());
  if (root.kind == YamlKind::Null) return PlacedMapping{};
  const std::size_t begin = offset_of(tree_->root());
  if (root.kind != YamlKind::Mapping) return unsupported(begin, "what is no mapping");
  std::size_t end = 0;
  const std::size_t brace = behind_properties(begin);
  if (at(brace) == '{') return flow_mapping({tree_->root(), brace, 0, document_end_}, end);
  return block_mapping({tree_->root(), begin, 0, document_end_});
}

Result<PlacedMapping> EditLayout::mapping(const PlacedNode& place) const {
  const std::size_t begin = behind_properties(place.span.begin);
  if (tree_->at(place.node).kind != YamlKind::Mapping || begin >= place.span.end) {
    return unsupported(place.span.begin, "an entry that is no mapping");
  }
  if (at(begin) == '*' && offset_of(place.node) < begin) {
    return unsupported(begin, "an entry that is an alias");
  }
  std::size_t end = 0;
  const Cursor cursor{place.node, begin, 0, place.span.end};
  return at(begin) == '{' ? flow_mapping(cursor, end) : block_mapping(cursor);
}

Result<PlacedList> EditLayout::list(const PlacedNode& place) const {
  const std::size_t begin = behind_properties(place.span.begin);
  if (tree_->at(place.node).kind != YamlKind::Sequence || at(begin) == '*') {
    return unsupported(place.span.begin, "what is no list");
  }
  std::size_t end = 0;
  const Cursor cursor{place.node, begin, 0, place.span.end};
  return at(begin) == '[' ? flow_list(cursor, end) : block_list(cursor);
}

}  // namespace fastgate::config
