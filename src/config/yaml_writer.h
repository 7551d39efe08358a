/// YAML text in block style, written field by field, with substituted values shown as they were
/// written (`${…}`) and never as they are. Used by print() only; never fails.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"

namespace fastgate::config {

class YamlWriter {
 public:
  /// `substituted`: Config::substituted; must outlive the writer.
  explicit YamlWriter(const std::map<std::string, std::string>& substituted)
      : substituted_(substituted) {}

  void open(std::string_view name);  ///< `name:` and a level deeper
  void close();
  void open_entry();  ///< an entry of the list that open() began; its fields follow
  void close_entry();

  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::int64_t value);
  void flag(std::string_view name, bool value);
  void duration(std::string_view name, milliseconds value);
  void size(std::string_view name, Bytes value);
  /// A list of texts on one line each; `name: []` if there are none.
  void list(std::string_view name, const std::vector<std::string>& values);
  /// A value that is YAML already, such as JSON; `${` in it is escaped.
  void verbatim(std::string_view name, std::string_view yaml);
  /// A text that may be secret: masked if it was substituted.
  void masked(std::string_view name, const Text& value);
  void comment(std::string_view words);  ///< behind the line just written

  /// Whether the field of that name in the current level came through `${…}`.
  [[nodiscard]] bool is_substituted(std::string_view name) const;
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  struct Level {
    std::string pointer;
    std::size_t next_index = 0;
  };
  void begin_line();
  void begin_field(std::string_view name);
  [[nodiscard]] const std::string* written_as(std::string_view name) const;
  void plain(std::string_view name, std::string_view value);
  void text_or_plain(std::string_view name, std::string_view value);

  const std::map<std::string, std::string>& substituted_;
  std::string out_;
  std::vector<Level> levels_{Level{}};
  std::size_t indent_ = 0;
  bool at_entry_start_ = false;
};

}  // namespace fastgate::config
