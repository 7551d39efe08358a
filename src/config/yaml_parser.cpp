#include "config/yaml_parser.h"

#include <cstring>
#include <utility>

#include "base/text.h"
#include "config/yaml_characters.h"

namespace fastgate::config {

// ------------------------------------------------------------------------ places, blanks, comments

YamlPlace YamlParser::place() const {
  return {line_, static_cast<std::uint32_t>(at_ - line_begin_) + 1};
}

bool YamlParser::fail_at(YamlPlace place, std::string_view message) {
  std::string text = "not valid YAML: ";
  text.append(message);
  // The usual slip: `{a: ${B}}`, where the first `}` ends the mapping.
  const std::string_view here(line_begin_, std::strcspn(line_begin_, "\n"));
  if (here.find("${") != here.npos) {
    text += " (inside `{ }` or `[ ]` a `${…}` must stand in quotes)";
  }
  return builder_.fail(place, std::move(text));
}

void YamlParser::skip_blanks() {
  while (is_yaml_blank(*at_)) ++at_;
}

void YamlParser::next_line() {
  if (*at_ == '\r') ++at_;
  if (*at_ == '\n') ++at_;
  ++line_;
  line_begin_ = at_;
}

bool YamlParser::next_token() {
  bool has_ended = false;
  while (true) {
    skip_blanks();
    if (*at_ == '#' && (at_ == line_begin_ || is_yaml_blank(at_[-1]))) {
      at_ += std::strcspn(at_, "\n");
    }
    if (!is_yaml_break(*at_)) return has_ended;
    next_line();
    has_ended = true;
  }
}

bool YamlParser::is_marker(char sign) const {
  return at_ == line_begin_ && at_[0] == sign && at_[1] == sign && at_[2] == sign &&
         is_yaml_gap(at_[3]);
}

bool YamlParser::is_indicator(char sign) const {
  return *at_ == sign && is_yaml_gap(at_[1]);
}

bool YamlParser::check_indentation() {
  if (std::memchr(line_begin_, '\t', static_cast<std::size_t>(at_ - line_begin_)) == nullptr) {
    return true;
  }
  return fail("a tab in what indents the line; use spaces");
}

bool YamlParser::end_of_value() {
  skip_blanks();
  if (is_yaml_break(*at_) || *at_ == '\0') return true;
  if (*at_ == '#' && is_yaml_blank(at_[-1])) return true;
  if (is_indicator(':')) {
    return fail("a `:` where no field can begin; a value that holds `: ` must stand in quotes");
  }
  return fail("more text behind the end of a value");
}

// ------------------------------------------------------------------------------------- documents

bool YamlParser::read() {
  bool is_explicit = false;
  if (!read_before_document(is_explicit)) return false;
  if (*at_ == '\0' && !is_explicit) return true;
  return block_value({.is_fresh = !is_explicit}) && read_behind_document();
}

/// Up to the first value, or behind `---`.
bool YamlParser::read_before_document(bool& is_explicit) {
  bool has_directives = false;
  bool has_version = false;
  while (true) {
    next_token();
    if (*at_ == '%' && at_ == line_begin_) {
      if (!read_directive(has_version)) return false;
      has_directives = true;
    } else if (is_marker('-')) {
      at_ += 3;
      is_explicit = true;
      return true;
    } else if (has_directives) {
      return fail("a `%` line without a line `---` behind it");
    } else if (is_marker('.')) {
      at_ += 3;
      if (!end_of_value()) return false;
    } else {
      return true;
    }
  }
}

/// `%YAML 1.N`, at most once; others are for other readers.
bool YamlParser::read_directive(bool& has_version) {
  const std::string_view name(at_, std::strcspn(at_, " \t\r\n"));
  if (name == "%TAG") return fail("a `%TAG` line: tags of one's own mean nothing here");
  if (name != "%YAML") {
    at_ += std::strcspn(at_, "\n");
    return true;
  }
  if (std::exchange(has_version, true)) return fail("a second `%YAML` line");
  at_ += name.size();
  skip_blanks();
  if (at_[0] != '1' || at_[1] != '.' || !is_digit(at_[2])) return fail("no version of YAML 1");
  at_ += 2;
  while (is_digit(*at_)) ++at_;
  return end_of_value();
}

bool YamlParser::read_behind_document() {
  bool has_ended = false;
  while (true) {
    next_token();
    if (*at_ == '\0') return true;
    if (is_marker('.')) {
      at_ += 3;
      if (!end_of_value()) return false;
      has_ended = true;
    } else if (has_ended || is_marker('-')) {
      return builder_.fail(place(), "a second YAML document: a file holds one");
    } else {
      return check_indentation() && fail("what stands here is indented like nothing above it");
    }
  }
}

// ----------------------------------------------------------------------------------- block style

/// Whether there is no value: something of the parent, or of what is around it, comes next.
bool YamlParser::ends_block(const BlockContext& context, bool is_fresh) const {
  if (*at_ == '\0' || is_any_marker()) return true;
  if (!is_fresh || column() > context.indent) return false;
  return !(context.takes_dashes && column() == context.indent && is_indicator('-'));
}

bool YamlParser::block_value(const BlockContext& context) {
  YamlProperties properties;
  YamlPlace nothing = place();
  bool is_fresh = context.is_fresh;
  while (true) {
    const char* before = at_;
    is_fresh |= next_token();
    if (ends_block(context, is_fresh)) return builder_.null(nothing, properties);
    if (is_fresh && !check_indentation()) return false;
    const auto gap = static_cast<std::size_t>(at_ - before);
    const bool may_open =
        is_fresh || (context.takes_compact && std::memchr(before, '\t', gap) == nullptr);
    if (is_indicator('-') || is_indicator('?')) {
      if (!may_open) return fail("a list or mapping that must begin on a line of its own");
      return *at_ == '-' ? block_sequence(properties)
                         : block_mapping(properties, column(), nullptr);
    }
    YamlProperties inner;
    if (*at_ == '&' || *at_ == '!') {
      if (!read_properties(inner, false)) return false;
      if (is_yaml_break(*at_) || *at_ == '#' || *at_ == '\0') {
        if (!merge(properties, inner)) return false;
        nothing = place();
        is_fresh = false;
        continue;
      }
    }
    BlockContext own = context;
    own.takes_compact = may_open;
    return block_content(own, properties, inner);
  }
}

/// A value whose properties are read: `outer` on lines before it, `inner` on its own.
bool YamlParser::block_content(const BlockContext& context, const YamlProperties& outer,
                               const YamlProperties& inner) {
  if (inner.any() && (is_indicator('-') || is_indicator('?'))) {
    return fail("a list or mapping that must begin on a line of its own");
  }
  const bool is_block_scalar = *at_ == '|' || *at_ == '>';
  if (*at_ == '[' || *at_ == '{' || is_block_scalar) {
    YamlProperties properties = outer;
    if (!merge(properties, inner)) return false;
    if (is_block_scalar) return block_scalar(properties, context.indent);
    if (!flow_collection(properties)) return false;
    skip_blanks();
    if (is_indicator(':')) return builder_.fail(place(), "a field's name must be a text");
    return end_of_value();
  }
  Atom atom{.properties = inner, .place = inner.any() ? inner.place : place()};
  return block_atom(context, outer, atom);
}

bool YamlParser::block_atom(const BlockContext& context, const YamlProperties& outer, Atom& atom) {
  const std::uint32_t first_line = line_;
  const int first_column = static_cast<int>(atom.place.column) - 1;
  if (!block_name(atom, context.indent)) return false;
  const char* end = at_;
  skip_blanks();
  if (is_indicator(':')) {
    if (!context.takes_compact) return end_of_value();
    if (line_ != first_line) return fail("a name over more than one line");
    return block_mapping(outer, first_column, &atom);
  }
  at_ = end;
  if (!merge(atom.properties, outer)) return false;
  if (atom.properties.any()) atom.place = atom.properties.place;
  if (!atom.is_quoted && !atom.is_alias) rest_of_plain(atom.text, context.indent, false);
  return add(atom) && end_of_value();
}

/// An alias, a quoted text, or a plain one's first line.
bool YamlParser::block_name(Atom& name, int indent) {
  if (*at_ == '*') return read_alias(name);
  if (*at_ == '"' || *at_ == '\'') {
    name.is_quoted = true;
    return quoted(name.text, indent);
  }
  if (!check_plain(false)) return false;
  name.text = plain_line(false);
  return true;
}

bool YamlParser::block_mapping(const YamlProperties& properties, int column, const Atom* first) {
  const YamlPlace start = first != nullptr ? first->place : place();
  if (!builder_.open(properties.any() ? properties.place : start, properties, YamlKind::Mapping)) {
    return false;
  }
  while (true) {
    if (!block_field(column, first)) return false;
    first = nullptr;
    next_token();
    if (*at_ == '\0' || is_any_marker() || this->column() < column) return builder_.close();
    if (!check_indentation()) return false;
    if (this->column() > column) return fail("a field that is indented more than those before it");
    if (is_indicator('-')) return fail("an entry of a list among the fields of a mapping");
  }
}

/// One field of a mapping whose names stand in `column`; its name may have been read already.
bool YamlParser::block_field(int column, const Atom* name) {
  if (name == nullptr && is_indicator('?')) {
    ++at_;
    if (!block_value({.indent = column, .takes_compact = true})) return false;
    const YamlPlace nothing = place();
    next_token();
    if (this->column() != column || !is_indicator(':')) return builder_.null(nothing, {});
    if (!check_indentation()) return false;
    ++at_;
    return block_value({.indent = column, .takes_compact = true, .takes_dashes = true});
  }
  Atom own;
  if (name == nullptr) {
    if (is_indicator(':')) return fail("a field without a name");
    own.place = place();
    if (!read_properties(own.properties, false)) return false;
    const std::uint32_t first_line = line_;
    if (*at_ == '[' || *at_ == '{') return builder_.fail(place(), "a field's name must be a text");
    if (!block_name(own, column)) return false;
    const YamlPlace end = place();
    skip_blanks();
    if (!is_indicator(':')) return fail_at(end, "a field without a `: ` behind its name");
    if (line_ != first_line) return fail("a name over more than one line");
    name = &own;
  }
  static constexpr std::size_t kLongestName = 1024;
  if (name->text.size() > kLongestName) {
    return fail_at(name->place, "a name longer than 1024 bytes");
  }
  if (!add(*name)) return false;
  ++at_;
  return block_value({.indent = column, .takes_dashes = true});
}

bool YamlParser::block_sequence(const YamlProperties& properties) {
  const int column = this->column();
  if (!builder_.open(properties.any() ? properties.place : place(), properties,
                     YamlKind::Sequence)) {
    return false;
  }
  while (true) {
    ++at_;
    if (!block_value({.indent = column, .takes_compact = true})) return false;
    next_token();
    // What stands further right, or is no entry, is for the collections around to refuse.
    if (*at_ == '\0' || is_any_marker() || this->column() != column || !is_indicator('-')) {
      return builder_.close();
    }
    if (!check_indentation()) return false;
  }
}

}  // namespace fastgate::config
