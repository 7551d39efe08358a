/// Where the values of a YAML text begin and end, for edits that leave all other bytes alone.
///
/// The parser tells where values begin, not where they end; ends are found here by reading on from
/// the last leaf. Whatever YAML has that this does not understand (complex keys, a mapping in a
/// list's brackets) is an error, and every edit is read again afterwards: a wrong end cannot go
/// unnoticed. Lives during one edit; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/edit_value.h"
#include "config/yaml_cache.h"

namespace fastgate::config {

/// Bytes from `begin` to before `end`.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

enum class YamlStyle : std::uint8_t { Block, Flow };

/// One field of a mapping.
struct PlacedField {
  std::string_view name;
  std::uint32_t value = 0;    ///< node
  Span key;                   ///< as written, quotes included
  std::size_t colon_end = 0;  ///< behind the colon; without one the end of the key
  bool has_colon = true;
  Span span;  ///< of the value, anchors and tags included; empty for nothing
};

/// One entry of a list.
struct PlacedEntry {
  std::uint32_t node = 0;
  std::size_t dash = 0;  ///< in block style
  Span span;             ///< of the value; empty for nothing
};

struct PlacedMapping {
  YamlStyle style = YamlStyle::Block;
  std::vector<PlacedField> fields;
  std::size_t open = 0;  ///< of the brace, in flow style
  [[nodiscard]] const PlacedField* find(std::string_view name) const;
};

struct PlacedList {
  YamlStyle style = YamlStyle::Block;
  std::vector<PlacedEntry> entries;
  std::size_t open = 0;    ///< of the bracket, in flow style
  std::size_t column = 0;  ///< of the dashes, from 0, in block style
};

/// A value to be taken apart: its node and where it stands.
struct PlacedNode {
  std::uint32_t node = 0;
  Span span;
};

class EditLayout {
 public:
  /// Adds a final line end to its copy of the text where there is none.
  /// Errors: Config, for what parse_yaml() refuses, with its line.
  [[nodiscard]] static Result<EditLayout> read(const YamlText& text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const YamlTree& tree() const { return *tree_; }
  [[nodiscard]] bool added_line_end() const { return added_line_end_; }
  [[nodiscard]] std::string_view line_end() const { return is_crlf_ ? "\r\n" : "\n"; }

  /// Where the document's content ends: at a line `...`, or at the end of the text.
  [[nodiscard]] std::size_t document_end() const { return document_end_; }
  /// How texts are written in this file: as JSON if it is one brace after the other with all names
  /// in double quotes.
  [[nodiscard]] FlowForm flow_form() const { return flow_form_; }
  /// The top-level fields; none in an empty document. Errors: Config.
  [[nodiscard]] Result<PlacedMapping> root() const;
  [[nodiscard]] Result<PlacedMapping> mapping(const PlacedNode& place) const;
  [[nodiscard]] Result<PlacedList> list(const PlacedNode& place) const;

  /// Where the value itself begins, behind an anchor and a tag.
  [[nodiscard]] std::size_t behind_properties(std::size_t offset) const;
  [[nodiscard]] std::size_t offset_of(std::uint32_t node) const;
  [[nodiscard]] std::size_t line_begin(std::size_t offset) const;
  /// Behind the line's end.
  [[nodiscard]] std::size_t next_line(std::size_t offset) const;
  [[nodiscard]] std::size_t column_of(std::size_t offset) const {
    return offset - line_begin(offset);
  }
  /// The first byte from `offset` on that is neither space, line end nor comment.
  [[nodiscard]] std::size_t skip_blank(std::size_t offset) const;
  /// Behind the last byte before `bound` that is neither; at least `offset`.
  [[nodiscard]] std::size_t content_end(std::size_t offset, std::size_t bound) const;
  [[nodiscard]] bool has_comment(Span span) const;
  /// A comma, and what stands between it and an item that comes behind the one at `begin`: a line's
  /// beginning where that one has a line of its own.
  [[nodiscard]] std::string comma_behind(std::size_t begin) const;

 private:
  /// A step of the search for an end: which node, where it begins, what it is indented against.
  struct Cursor {
    std::uint32_t node = 0;
    std::size_t begin = 0;
    std::size_t parent_column = 0;
    std::size_t bound = 0;
  };
  explicit EditLayout(std::string_view text);
  void find_document_end();
  [[nodiscard]] bool is_json() const;
  [[nodiscard]] char at(std::size_t offset) const {
    return offset < text_.size() ? text_[offset] : '\0';
  }
  [[nodiscard]] bool is_space(std::size_t offset) const;
  [[nodiscard]] Result<std::size_t> end_of(const Cursor& cursor) const;
  [[nodiscard]] std::size_t quoted_end(std::size_t offset) const;
  [[nodiscard]] std::size_t block_scalar_end(const Cursor& cursor) const;
  [[nodiscard]] std::size_t next_dash(std::size_t offset, std::size_t column,
                                      std::size_t bound) const;
  [[nodiscard]] Result<PlacedMapping> block_mapping(const Cursor& cursor) const;
  [[nodiscard]] Result<PlacedMapping> flow_mapping(const Cursor& cursor, std::size_t& end) const;
  [[nodiscard]] Result<PlacedList> block_list(const Cursor& cursor) const;
  [[nodiscard]] Result<PlacedList> flow_list(const Cursor& cursor, std::size_t& end) const;
  [[nodiscard]] Result<PlacedField> field(const Cursor& key, std::uint32_t value) const;
  [[nodiscard]] Result<std::size_t> flow_item_end(const Cursor& cursor, std::size_t& stop) const;
  [[nodiscard]] std::unexpected<Error> unsupported(std::size_t offset, std::string_view what) const;

  std::string text_;
  std::shared_ptr<const YamlTree> tree_;
  std::vector<std::size_t> lines_;  ///< where each begins
  std::size_t bom_ = 0;             ///< bytes of a byte order mark, which the parser does not count
  std::size_t document_end_ = 0;
  FlowForm flow_form_ = FlowForm::Yaml;
  bool is_crlf_ = false;
  bool added_line_end_ = false;
};

}  // namespace fastgate::config
