/// From a text to a YamlBuilder, by libyaml's events. libyaml's types stop here.
///
/// libyaml reads YAML 1.1 with what 1.2 changed of its syntax; where the two differ for a
/// configuration, find_bad_text() and this file take the stricter side: no second document, no
/// `%TAG`, no line ends but LF and CR LF. Types of plain scalars are not libyaml's business: see
/// plain_type(). Lives during one parse_yaml(); single-threaded.
#pragma once

#include <cstddef>
#include <string_view>

#include <yaml.h>

#include "config/yaml_builder.h"

namespace fastgate::config {

class YamlReader {
 public:
  /// `text`: passed find_bad_text(), without a byte order mark; outlives the reader, as `builder`
  /// does.
  YamlReader(std::string_view text, YamlBuilder& builder);
  ~YamlReader();
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  /// Reads the whole text; false after a failure, which the builder has.
  [[nodiscard]] bool read();

 private:
  [[nodiscard]] bool take(const yaml_event_t& event, bool& is_done);
  [[nodiscard]] bool begin_document(const yaml_event_t& event);
  [[nodiscard]] bool scalar(const yaml_event_t& event);
  [[nodiscard]] bool open(const yaml_event_t& event, YamlKind kind, const yaml_char_t* anchor,
                          const yaml_char_t* tag);
  /// False after a failure: a tag that means nothing here.
  [[nodiscard]] bool properties(YamlPlace place, const yaml_char_t* anchor, const yaml_char_t* tag,
                                YamlProperties& out);
  bool fail_as_parser();

  /// libyaml counts characters, we count bytes: walks on from the last mark that was asked, so
  /// that a text costs one walk. Marks of events never go back.
  [[nodiscard]] YamlPlace place_of(const yaml_mark_t& mark);
  [[nodiscard]] YamlPlace place_at(std::size_t offset) const;
  [[nodiscard]] std::size_t offset_of(std::size_t index);

  std::string_view text_;
  YamlBuilder& builder_;
  yaml_parser_t parser_{};
  bool is_ascii_ = false;
  bool has_document_ = false;
  std::size_t index_ = 0;       ///< characters before offset_
  std::size_t offset_ = 0;      ///< bytes
  std::size_t line_begin_ = 0;  ///< of the line that offset_ stands in
};

}  // namespace fastgate::config
