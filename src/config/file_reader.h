/// One load: the files, their sections, and what stays the same over all of them.
///
/// load() in config/load.h is the way in; this is apart from it so that a test can ask for the
/// catalog of known fields.
#pragma once

#include <set>
#include <string>

#include "config/load.h"
#include "config/substitute.h"
#include "config/yaml_cursor.h"

namespace fastgate::config {

class FileReader {
 public:
  /// Deepest chain of includes.
  static constexpr std::size_t kMaxDepth = 8;
  static constexpr std::size_t kMaxFiles = 10'000;

  /// All must outlive the reader; `catalog` may be null.
  FileReader(const Sources& sources, Diagnostics& diagnostics, FieldCatalog* catalog)
      : sources_(sources),
        diagnostics_(diagnostics),
        catalog_(catalog),
        substitution_(sources, diagnostics.secrets()) {}

  /// Reads the file and all it includes.
  void read_main(const std::string& path);
  [[nodiscard]] Config take() {
    config_.secrets = diagnostics_.secrets();
    return std::move(config_);
  }

 private:
  struct Include {
    std::string path;
    std::string shown;  ///< the path as errors tell it: `${…}` stays as it was written
    Mark mark{};        ///< where the including file says so; line 0 for the main file
    std::size_t depth = 0;
  };

  void read_file(const Include& file);
  void read_sections(const YamlValue& root, const Include& file);
  void read_main_sections(YamlMapping& fields);
  void read_lists(YamlMapping& fields);
  void read_includes(YamlMapping& fields, const Include& file);
  void read_include(const YamlValue& pattern, const Include& file);

  const Sources& sources_;
  Diagnostics& diagnostics_;
  FieldCatalog* catalog_;
  Substitution substitution_;
  Config config_;
  std::set<std::string> seen_;  ///< paths, normal form
};

}  // namespace fastgate::config
