#include "admin/query.h"

#include <algorithm>

#include "base/text.h"

namespace fastgate::admin {

std::string percent_decoded(std::string_view text, PlusSign plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    } else {
      out.push_back(text[i] == '+' && plus == PlusSign::Space ? ' ' : text[i]);
    }
  }
  return out;
}

Query::Query(std::string_view text) {
  for (const std::string_view part : split(text, '&')) {
    if (part.empty() || parameters_.size() == kMaxParameters) continue;
    const std::size_t equals = part.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    parameters_.emplace_back(percent_decoded(part.substr(0, equals), PlusSign::Space),
                             percent_decoded(value, PlusSign::Space));
  }
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  for (const auto& [known, value] : parameters_) {
    if (known == name) return value.empty() ? std::nullopt : std::optional<std::string_view>(value);
  }
  return std::nullopt;
}

bool Query::names(std::string_view name) const {
  return std::ranges::any_of(parameters_, [&](const auto& known) { return known.first == name; });
}

}  // namespace fastgate::admin
