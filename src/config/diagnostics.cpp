#include "config/diagnostics.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fastgate::config {

std::string Diagnostic::text() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " +
         (severity == Severity::Warning ? "warning: " : "") + message;
}

std::uint32_t Diagnostics::add_file(std::string path) {
  files_.push_back(std::move(path));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

void Diagnostics::add(Severity severity, Mark mark, std::string message) {
  if (severity == Severity::Error) ++errors_;
  if (entries_.size() >= kMaxEntries) {
    ++left_out_;
    return;
  }
  entries_.push_back({.severity = severity,
                      .file = mark.file < files_.size() ? files_[mark.file] : std::string(),
                      .line = std::max(mark.line, 1U),
                      .column = std::max(mark.column, 1U),
                      .message = masked(mark, std::move(message)),
                      .file_index = mark.file});
}

bool Diagnostics::has_error_at(Mark mark) const {
  return std::ranges::any_of(entries_, [mark](const Diagnostic& entry) {
    return entry.severity == Severity::Error && entry.file_index == mark.file &&
           entry.line == mark.line && entry.column == mark.column;
  });
}

void Diagnostics::note_substituted(Mark mark, std::string_view text) {
  substituted_.insert_or_assign(mark, std::string(text));
}

std::string Diagnostics::masked(Mark mark, std::string message) const {
  const auto place = substituted_.find(mark);
  if (place != substituted_.end()) message = without_quotes_of(place->second, message);
  return secrets_.masked(std::move(message));
}

void Diagnostics::finish() {
  std::sort(entries_.begin(), entries_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.file_index, a.line, a.column, a.message) <
           std::tie(b.file_index, b.line, b.column, b.message);
  });
  if (left_out_ == 0 || entries_.empty()) return;
  Diagnostic last = entries_.back();
  last.severity = has_errors() ? Severity::Error : Severity::Warning;
  last.message = "and " + std::to_string(left_out_) + " more";
  entries_.push_back(std::move(last));
  left_out_ = 0;
}

}  // namespace fastgate::config
