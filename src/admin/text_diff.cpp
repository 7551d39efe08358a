#include "admin/text_diff.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "config/secret_names.h"

namespace fastgate::admin {
namespace {

constexpr std::size_t kContext = 3;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool is_name_character(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '_' || c == '-';
}

std::string range_text(std::size_t begin, std::size_t count) {
  return std::to_string(count == 0 ? begin : begin + 1) + "," + std::to_string(count);
}

void append_lines(std::string& out, char mark, const std::vector<std::string_view>& lines,
                  std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    out.push_back(mark);
    out.append(masked_line(lines[i])).push_back('\n');
  }
}

/// Where the value of a secret field begins behind its name and colon; npos without one.
std::size_t secret_value(std::string_view line, std::size_t from) {
  while (true) {
    const std::size_t colon = line.find(':', from);
    if (colon == std::string_view::npos) return colon;
    std::size_t end = colon;
    if (end > 0 && (line[end - 1] == '"' || line[end - 1] == '\'')) --end;
    std::size_t begin = end;
    while (begin > 0 && is_name_character(line[begin - 1])) --begin;
    if (begin < end && config::is_secret_name(line.substr(begin, end - begin))) {
      const std::size_t value = line.find_first_not_of(' ', colon + 1);
      if (value != std::string_view::npos) return value;
    }
    from = colon + 1;
  }
}

}  // namespace

std::string masked_line(std::string_view line) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = secret_value(line, 0); at != std::string_view::npos;
       at = secret_value(line, done)) {
    const char quote = line[at];
    std::size_t end = line.size();
    if (quote == '"' || quote == '\'') {
      end = std::min(line.find(quote, at + 1), line.size() - 1) + 1;
    } else if (line.find('{') < at) {
      end = std::min(line.find_first_of(",}", at), line.size());
    }
    const std::string_view value = line.substr(at, end - at);
    const bool is_reference =
        value.find("${") != std::string_view::npos && value.find("$${") == std::string_view::npos;
    out.append(line.substr(done, at - done));
    out.append(is_reference ? value : config::kMask);
    done = end;
    if (done >= line.size()) break;
  }
  return out.append(line.substr(done));
}

std::string unified_diff(std::string_view path, std::string_view before, std::string_view after) {
  if (before == after) return {};
  const std::vector<std::string_view> old_lines = lines_of(before);
  const std::vector<std::string_view> new_lines = lines_of(after);
  const std::size_t shorter = std::min(old_lines.size(), new_lines.size());
  std::size_t same = 0;
  while (same < shorter && old_lines[same] == new_lines[same]) ++same;
  std::size_t tail = 0;
  while (tail < shorter - same &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail]) {
    ++tail;
  }
  const std::size_t begin = same - std::min(same, kContext);
  const std::size_t after_context = std::min(tail, kContext);
  const std::size_t old_end = old_lines.size() - tail;
  const std::size_t new_end = new_lines.size() - tail;
  std::string out;
  out.append("--- ").append(path).append("\n+++ ").append(path).append("\n@@ -");
  out.append(range_text(begin, old_end + after_context - begin)).append(" +");
  out.append(range_text(begin, new_end + after_context - begin)).append(" @@\n");
  append_lines(out, ' ', old_lines, begin, same);
  append_lines(out, '-', old_lines, same, old_end);
  append_lines(out, '+', new_lines, same, new_end);
  append_lines(out, ' ', old_lines, old_end, old_end + after_context);
  return out;
}

}  // namespace fastgate::admin
