#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "config/yaml_characters.h"
#include "config/yaml_parser.h"

namespace fastgate::config {

// Texts behind `|` and `>`. Source: YAML 1.2.2 section 8.1.

bool YamlParser::block_header(BlockHeader& header) {
  header.is_literal = *at_++ == '|';
  for (; !is_yaml_gap(*at_); ++at_) {
    if ((*at_ == '-' || *at_ == '+') && header.chomping == ' ') {
      header.chomping = *at_;
    } else if (is_digit(*at_) && *at_ != '0' && header.indent == 0) {
      header.indent = *at_ - '0';
    } else {
      return fail("what may follow `|` and `>` is `-` or `+`, and a digit for the indentation");
    }
  }
  if (!end_of_value()) return false;
  at_ += std::strcspn(at_, "\n");
  if (*at_ != '\0') next_line();
  return true;
}

std::size_t YamlParser::blank_lines(int indent, int& most) {
  std::size_t count = 0;
  while (true) {
    int spaces = 0;
    for (; *at_ == ' ' && spaces != indent; ++at_) ++spaces;
    most = std::max(most, spaces);
    if (!is_yaml_break(*at_)) return count;
    next_line();
    ++count;
  }
}

bool YamlParser::block_scalar(const YamlProperties& properties, int indent) {
  const YamlPlace start = properties.any() ? properties.place : place();
  BlockHeader header;
  if (!block_header(header)) return false;
  const int least = indent + 1;
  int most = 0;
  int own = header.indent == 0 ? -1 : std::max(indent, 0) + header.indent;
  const std::size_t breaks = blank_lines(own, most);
  if (own < 0) {
    if (*at_ == '\t' && column() < least) return fail("a tab in what indents the line; use spaces");
    if (*at_ != '\0' && column() >= least && column() < most) {
      return fail("the first line of a text is indented less than a blank line before it");
    }
    own = std::max(most, least);
  }
  scratch_.clear();
  block_lines(header, own, breaks);
  if (*at_ != '\0') at_ = line_begin_;
  return builder_.scalar(start, properties, builder_.keep(scratch_), false);
}

/// All lines of the text, the first of which we stand in behind its indentation, if it has that.
/// `breaks` blank lines were before it.
void YamlParser::block_lines(const BlockHeader& header, int indent, std::size_t breaks) {
  bool has_line_end = false;  // of the line before, not appended yet
  bool was_indented = false;  // the line before began with a blank
  while (column() == indent && *at_ != '\0' && !(indent == 0 && is_any_marker())) {
    const bool is_indented = is_yaml_blank(*at_);
    if (!header.is_literal && has_line_end && !was_indented && !is_indented) {
      if (breaks == 0) scratch_ += ' ';
    } else if (has_line_end) {
      scratch_ += '\n';
    }
    scratch_.append(breaks, '\n');
    const std::size_t length = std::strcspn(at_, "\r\n");
    scratch_.append(at_, length);
    at_ += length;
    was_indented = is_indented;
    has_line_end = *at_ != '\0';
    if (has_line_end) next_line();
    int most = 0;
    breaks = has_line_end ? blank_lines(indent, most) : 0;
  }
  if (header.chomping != '-' && has_line_end) scratch_ += '\n';
  if (header.chomping == '+') scratch_.append(breaks, '\n');
}

}  // namespace fastgate::config
