/// Copies a head's fields as they came, those side by side in one go. Short-lived, within one call.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace fastgate::gateway {

class FieldRun {
 public:
  /// Both must outlive it; `out` may be appended to by others only after flush().
  FieldRun(std::string& out, const http::Head& head) : out_(out), text_(head.text) {}

  /// Takes a field of the head over: its line byte for byte.
  void keep(const http::Field& field);
  /// Writes what was kept so far.
  void flush() {
    out_.append(run_);
    run_ = {};
  }

 private:
  [[nodiscard]] std::string_view line_of(const http::Field& field) const;

  std::string& out_;
  std::string_view text_;
  std::string_view run_;  ///< lines that wait to be copied
};

}  // namespace fastgate::gateway
