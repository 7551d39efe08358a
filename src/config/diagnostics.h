/// Everything that is wrong with a configuration, with its place: collected, so that all of it is
/// told at once. Filled by config/load and gateway/compile; single-threaded.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "config/secret_texts.h"

namespace fastgate::config {

enum class Severity : std::uint8_t { Error, Warning };

struct Diagnostic {
  Severity severity = Severity::Error;
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string message;           ///< never holds a secret: what came through `${…}` is masked
  std::uint32_t file_index = 0;  ///< of `file` in Diagnostics::files(), for the order
  /// `FILE:LINE:COLUMN: message`; warnings have `warning: ` before the message. Contract section 1.
  [[nodiscard]] std::string text() const;
};

class Diagnostics {
 public:
  /// Most entries kept; one more line says how many were left out.
  static constexpr std::size_t kMaxEntries = 500;

  /// Registers a file; the index is what Mark::file holds.
  std::uint32_t add_file(std::string path);
  void error(Mark mark, std::string message) { add(Severity::Error, mark, std::move(message)); }
  void warning(Mark mark, std::string message) { add(Severity::Warning, mark, std::move(message)); }
  /// Sorts the entries by place and adds the line that says how many were left out. load() calls
  /// it; whoever adds more afterwards calls it again.
  void finish();
  /// What came through `${…}` so far: no message that is added afterwards shows it.
  [[nodiscard]] SecretTexts& secrets() { return secrets_; }
  /// What a scalar with a `${…}` in it became. Messages about that place quote nothing of it, be it
  /// as short as it may: what is too short to be looked for everywhere is known there.
  void note_substituted(Mark mark, std::string_view text);
  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  /// Whether an error is told of that place already.
  [[nodiscard]] bool has_error_at(Mark mark) const;
  [[nodiscard]] const std::vector<Diagnostic>& entries() const { return entries_; }
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

 private:
  void add(Severity severity, Mark mark, std::string message);
  [[nodiscard]] std::string masked(Mark mark, std::string message) const;
  std::vector<std::string> files_;
  std::vector<Diagnostic> entries_;
  SecretTexts secrets_;
  std::map<Mark, std::string> substituted_;  ///< texts by their place
  std::size_t errors_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace fastgate::config
