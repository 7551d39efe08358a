/// Lines of access-log formats, for their tests.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include "record/access_format.h"

namespace fastgate::record {

inline AccessFormat format_of(std::string_view text) {
  Result<AccessFormat> format = AccessFormat::parse(text);
  if (!format) FAIL(format.error().text);
  return std::move(*format);
}

inline std::string line_of(std::string_view format, const ExchangeRecord& record) {
  std::string line;
  format_of(format).append_line(line, record);
  return line;
}

}  // namespace fastgate::record
