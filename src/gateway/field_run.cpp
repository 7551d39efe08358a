#include "gateway/field_run.h"

#include "http/http1_writer.h"

namespace fastgate::gateway {

void FieldRun::keep(const http::Field& field) {
  const std::string_view line = line_of(field);
  if (line.empty()) {
    flush();
    http::append_field(out_, field.name, field.value);
  } else if (!run_.empty() && run_.data() + run_.size() == line.data()) {
    run_ = {run_.data(), run_.size() + line.size()};
  } else {
    flush();
    run_ = line;
  }
}

/// The bytes of a field's line with its line end; empty if they do not stand in the text as
/// expected.
std::string_view FieldRun::line_of(const http::Field& field) const {
  const char* begin = field.name.data();
  if (field.value.data() < begin) return {};
  std::size_t end =
      static_cast<std::size_t>(field.value.data() - text_.data()) + field.value.size();
  while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t')) ++end;
  if (text_.substr(end, 2) != "\r\n") return {};
  return {begin, end + 2 - static_cast<std::size_t>(begin - text_.data())};
}

}  // namespace fastgate::gateway
