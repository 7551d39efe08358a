#include "admin/config_control.h"

namespace fastgate::admin {

std::vector<FieldError> findings_of(const config::Diagnostics& diagnostics, Findings which) {
  std::vector<FieldError> errors;
  for (const config::Diagnostic& entry : diagnostics.entries()) {
    const bool is_error = entry.severity == config::Severity::Error;
    if (!is_error && which == Findings::Errors) continue;
    errors.push_back({.field = {},
                      .message = is_error ? entry.message : "warning: " + entry.message,
                      .file = entry.file,
                      .line = entry.line,
                      .column = entry.column});
  }
  return errors;
}

}  // namespace fastgate::admin
