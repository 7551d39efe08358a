/// The grammar of YAML 1.2.2, read straight from the text into a YamlBuilder.
///
/// Descends by the structure of the text: a value knows how far its parent is indented, and is
/// read in one pass, without tokens in between; most texts are views into the builder's copy. The
/// depth of calls is the depth of values, which the builder bounds. Stricter than the grammar in
/// what no configuration holds: `%TAG`, collections as names before a `:`, names left out.
///
/// yaml_parser.cpp holds documents and block style, yaml_parser_flow.cpp what stands in brackets
/// and braces, yaml_parser_scalars.cpp single values. Lives during one parse_yaml().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/yaml_builder.h"

namespace fastgate::config {

class YamlParser {
 public:
  /// `builder` has the text, and must outlive the parser.
  explicit YamlParser(YamlBuilder& builder)
      : builder_(builder), at_(builder.text()), line_begin_(at_) {}

  /// Reads the document; false after a failure, which the builder has.
  [[nodiscard]] bool read();

 private:
  /// A single value that may turn out to be a field's name; not told to the builder yet.
  struct Atom {
    YamlProperties properties{};
    YamlPlace place{};  ///< of the properties, if there are any
    std::string_view text{};
    bool is_alias = false;
    bool is_quoted = false;
  };
  /// What a value in block style stands in. `indent` is its parent's column, from 0; -1 for none.
  struct BlockContext {
    int indent = -1;
    bool takes_compact = false;  ///< a collection may begin on the line of its indicator
    bool takes_dashes = false;   ///< a list may stand in the parent's own column
    bool is_fresh = false;       ///< nothing stands before the value on its line
  };

  // ------------------------------------------------------------------ places, blanks, comments
  [[nodiscard]] YamlPlace place() const;
  [[nodiscard]] int column() const { return static_cast<int>(at_ - line_begin_); }
  bool fail(std::string_view message) { return fail_at(place(), message); }
  bool fail_at(YamlPlace place, std::string_view message);
  void skip_blanks();
  void next_line();
  /// Goes on over blanks, comments and line ends; whether a line ended.
  bool next_token();
  /// Whether `---` or `...` begins the line, and we stand there.
  [[nodiscard]] bool is_marker(char sign) const;
  [[nodiscard]] bool is_any_marker() const { return is_marker('-') || is_marker('.'); }
  [[nodiscard]] bool is_indicator(char sign) const;
  /// Fails if a tab stands in what indents this line.
  bool check_indentation();
  /// Fails if more than a comment follows on this line.
  bool end_of_value();

  // ------------------------------------------------------------------ documents, block style
  bool read_before_document(bool& is_explicit);
  bool read_directive(bool& has_version);
  bool read_behind_document();
  [[nodiscard]] bool ends_block(const BlockContext& context, bool is_fresh) const;
  bool block_value(const BlockContext& context);
  bool block_content(const BlockContext& context, const YamlProperties& outer,
                     const YamlProperties& inner);
  bool block_atom(const BlockContext& context, const YamlProperties& outer, Atom& atom);
  /// `first` is a name that was read already, or null where a `?` stands.
  bool block_mapping(const YamlProperties& properties, int column, const Atom* first);
  bool block_field(int column, const Atom* name);
  bool block_name(Atom& name, int indent);
  bool block_sequence(const YamlProperties& properties);

  // ------------------------------------------------------------------ flow style
  bool flow_collection(const YamlProperties& properties);
  bool flow_entry();
  bool flow_field();
  bool flow_value();
  bool flow_properties(YamlProperties& properties);
  bool flow_atom(Atom& atom);
  /// Goes on to the next token inside brackets; fails where the text or the document ends.
  bool flow_token();
  /// Behind an entry: over a `,`, or up to the end sign.
  bool flow_separator(char end);
  [[nodiscard]] bool is_flow_colon(bool is_behind_quotes) const;

  // ------------------------------------------------------------------ single values
  bool read_properties(YamlProperties& out, bool in_flow);
  bool read_tag(YamlTag& out);
  [[nodiscard]] std::string_view read_name();
  bool merge(YamlProperties& out, const YamlProperties& more);
  bool add(const Atom& atom);
  bool read_alias(Atom& atom);
  bool check_plain(bool in_flow);
  /// What of a plain text stands on this line.
  [[nodiscard]] std::string_view plain_line(bool in_flow);
  /// Adds the lines that go on with a plain text and are indented more than `indent`.
  void rest_of_plain(std::string_view& text, int indent, bool in_flow);
  /// A text in quotes; its further lines are indented more than `indent`.
  bool quoted(std::string_view& text, int indent);
  bool fold(int indent, bool is_escaped);
  bool escape(int indent);
  bool escaped_code(std::size_t digits);
  [[nodiscard]] bool read_hex(std::size_t digits, std::uint32_t& code);

  struct BlockHeader {
    bool is_literal = true;
    char chomping = ' ';  ///< `-`, `+`, or neither
    int indent = 0;       ///< as written; 0: told by the first line
  };
  bool block_scalar(const YamlProperties& properties, int indent);
  bool block_header(BlockHeader& header);
  /// Goes over blank lines to `indent` spaces of the next one, or to all of them if that is not
  /// known yet (-1). Returns how many they were, and the most spaces that were seen.
  std::size_t blank_lines(int indent, int& most);
  void block_lines(const BlockHeader& header, int indent, std::size_t breaks);

  YamlBuilder& builder_;
  const char* at_;
  const char* line_begin_;
  std::uint32_t line_ = 1;
  int flow_depth_ = 0;
  YamlPlace flow_begin_{};     ///< of the outermost bracket or brace
  YamlPlace quote_begin_{};    ///< of the quoted text that is read
  std::string scratch_;        ///< a text that does not stand in the file as it is meant
  std::size_t protected_ = 0;  ///< of scratch_: blanks up to here were escaped
};

}  // namespace fastgate::config
