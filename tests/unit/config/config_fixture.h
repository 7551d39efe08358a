/// What the tests of config/ share: a world of files and variables in memory, and short ways to
/// load a text and to read what was reported.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace fastgate::config {

struct MemoryFiles {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables;

  /// A glob knows only `FOLDER/*.EXTENSION`.
  [[nodiscard]] Sources sources() const {
    Sources out;
    out.read_file = [this](const std::string& path) -> Result<std::string> {
      const auto found = files.find(path);
      if (found == files.end()) return fail(ErrorKind::Io, "No such file or directory");
      return found->second;
    };
    out.glob = [this](const std::string& pattern) {
      const std::size_t star = pattern.find('*');
      std::vector<std::string> paths;
      for (const auto& [path, text] : files) {
        const bool fits = path.starts_with(pattern.substr(0, star)) &&
                          path.ends_with(pattern.substr(star + 1)) && path.size() >= pattern.size();
        if (fits && path.find('/', star) == path.npos) paths.push_back(path);
      }
      return paths;
    };
    out.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
    out.now = WallTime(std::chrono::seconds(1'767'225'600));  // 2026-01-01T00:00:00Z
    return out;
  }
};

struct Loaded {
  Config config;
  Diagnostics diagnostics;

  [[nodiscard]] std::string messages() const {
    std::string out;
    for (const Diagnostic& entry : diagnostics.entries()) out += entry.text() + "\n";
    return out;
  }
  [[nodiscard]] bool says(std::string_view part) const {
    return messages().find(part) != std::string::npos;
  }
};

/// Loads `a.yaml` of `files`.
inline Loaded load_files(const MemoryFiles& files) {
  Loaded out;
  out.config = load("a.yaml", files.sources(), out.diagnostics);
  return out;
}

inline Loaded load_text(std::string_view text) {
  return load_files({.files = {{"a.yaml", std::string(text)}}, .variables = {}});
}

}  // namespace fastgate::config
