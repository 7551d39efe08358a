#include "admin/text_diff.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/text.h"
#include "config/secret_names.h"
#include "config/secret_query.h"

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

/// A field whose name says that its value is secret.
struct SecretField {
  std::size_t column = 0;  ///< where its name begins
  std::size_t value = 0;   ///< the end of the line where nothing stands behind the colon
};

std::optional<SecretField> find_secret(std::string_view line, std::size_t from) {
  for (std::size_t colon = line.find(':', from); colon != std::string_view::npos;
       colon = line.find(':', colon + 1)) {
    std::size_t end = colon;
    while (end > from && line[end - 1] == ' ') --end;
    const bool is_quoted = end > from && (line[end - 1] == '"' || line[end - 1] == '\'');
    if (is_quoted) --end;
    // JSON within a text.
    while (is_quoted && end > from && line[end - 1] == '\\') --end;
    std::size_t begin = end;
    while (begin > from && is_name_character(line[begin - 1])) --begin;
    const std::string_view name = line.substr(begin, end - begin);
    // A digest is not shown either: a short token can be found by it.
    if (!config::is_secret_name(name) && !name.ends_with("sha256")) continue;
    const std::size_t value = line.find_first_not_of(" \t\r", colon + 1);
    return SecretField{.column = begin - (is_quoted && begin > from ? 1 : 0),
                       .value = std::min(value, line.size())};
  }
  return std::nullopt;
}

/// Behind the quote that ends what is quoted; npos if none does.
std::size_t end_of_quoted(std::string_view line, std::size_t at, char quote) {
  for (; at < line.size(); ++at) {
    if (quote == '"' && line[at] == '\\') {
      ++at;
    } else if (line[at] == quote) {
      if (quote == '"' || line.substr(at + 1, 1) != "'") return at + 1;
      ++at;
    }
  }
  return std::string_view::npos;
}

/// Behind the bracket that ends what one began; npos if none does.
std::size_t end_of_bracketed(std::string_view line, std::size_t at) {
  int depth = 0;
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '"' || c == '\'') {
      at = end_of_quoted(line, at + 1, c);
      if (at == std::string_view::npos) return at;
      --at;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

/// What is written of a value that was found in a line, without a comment behind it.
std::string_view without_comment(std::string_view value) {
  if (value.starts_with('"') || value.starts_with('\'')) return value;
  for (std::size_t at = value.find('#'); at != std::string_view::npos;
       at = value.find('#', at + 1)) {
    if (at == 0 || value[at - 1] == ' ' || value[at - 1] == '\t') value = value.substr(0, at);
  }
  return value.substr(0, value.find_last_not_of(" \t\r") + 1);
}

/// Whether the value names a secret and holds nothing of it: `${…}` without a default, alone or
/// behind the word of a scheme.
bool is_reference(std::string_view value) {
  if (value.starts_with('"') || value.starts_with('\'')) {
    if (value.size() < 2 || value.back() != value.front()) return false;
    value = value.substr(1, value.size() - 2);
  }
  for (const std::string_view scheme : {"bearer ", "basic ", "token ", "apikey "}) {
    if (!equals_ignoring_case(value.substr(0, scheme.size()), scheme)) continue;
    value.remove_prefix(scheme.size());
    break;
  }
  if (!value.starts_with("${") || value.find('}') != value.size() - 1) return false;
  const std::size_t fallback = value.find(":-");
  return fallback == std::string_view::npos || fallback + 3 == value.size();
}

/// Masks one line after another, those too that a secret goes on over.
class LineMask {
 public:
  std::string next(std::string_view line) {
    const std::size_t indent = line.find_first_not_of(" \t\r");
    if (indent == std::string_view::npos) return std::string(line);
    if (goes_on(line, indent)) return std::string(line.substr(0, indent)).append(config::kMask);
    std::string out;
    std::size_t done = 0;
    while (const auto secret = find_secret(line, done)) {
      const std::size_t end = end_of_value(line, *secret);
      const std::string_view value = line.substr(secret->value, end - secret->value);
      const std::string_view text = without_comment(value);
      const bool is_shown = text.empty() || is_reference(text);
      out.append(line.substr(done, secret->value - done)).append(is_shown ? text : config::kMask);
      done = is_shown ? secret->value + text.size() : end;
      if (line[indent] == '#') {
        open_quote_ = '\0';
      } else if (end == line.size() && !owner_) {
        owner_ = secret->column;
      }
    }
    out.append(line.substr(done));
    std::string scratch;
    // Forms and URLs stand in values of any name.
    return std::string(config::mask_query(out, scratch));
  }

 private:
  bool goes_on(std::string_view line, std::size_t indent) {
    if (open_quote_ != '\0') {
      if (end_of_quoted(line, 0, open_quote_) != std::string_view::npos) open_quote_ = '\0';
      return true;
    }
    if (!owner_) return false;
    // A value stands deeper than its name; a list may stand in the same column.
    if (indent > *owner_) return true;
    if (indent == *owner_ && line[indent] == '-') return true;
    if (line[indent] != '#') owner_.reset();
    return false;
  }

  std::size_t end_of_value(std::string_view line, const SecretField& field) {
    if (field.value == line.size()) return field.value;
    const char first = line[field.value];
    std::size_t end = std::string_view::npos;
    if (first == '"' || first == '\'') {
      end = end_of_quoted(line, field.value + 1, first);
      if (end == std::string_view::npos) open_quote_ = first;
    } else if (first == '{' || first == '[') {
      end = end_of_bracketed(line, field.value);
    } else if (first != '\\' && line.find('{') < field.value) {
      end = line.find_first_of(",}", field.value);
    }
    return std::min(end, line.size());
  }

  std::optional<std::size_t> owner_;  ///< column of the last secret's name
  char open_quote_ = '\0';
};

/// A mask for the lines from `begin` on: it has seen the fields that these may belong to.
LineMask mask_before(const std::vector<std::string_view>& lines, std::size_t begin) {
  std::vector<std::string_view> owners;
  // An owner begins before this column; that of a list may stand in the items' own.
  std::size_t bound = std::string_view::npos;
  for (std::size_t i = begin; i > 0 && bound > 0; --i) {
    const std::string_view line = lines[i - 1];
    const std::size_t column = line.find_first_not_of(" \t\r");
    if (column >= bound || line[column] == '#') continue;
    const bool is_item = line[column] == '-';
    if (is_item && column + 1 == bound) continue;
    owners.push_back(line);
    bound = is_item ? column + 1 : column;
  }
  LineMask mask;
  for (auto owner = owners.rbegin(); owner != owners.rend(); ++owner) {
    static_cast<void>(mask.next(*owner));
  }
  return mask;
}

void append_lines(std::string& out, char mark, LineMask& mask,
                  std::span<const std::string_view> lines) {
  for (const std::string_view line : lines) {
    out.push_back(mark);
    out.append(mask.next(line)).push_back('\n');
  }
}

}  // namespace

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
  LineMask old_mask = mask_before(old_lines, begin);
  LineMask new_mask = old_mask;
  const std::span<const std::string_view> old_span(old_lines);
  const std::span<const std::string_view> new_span(new_lines);
  for (const std::string_view line : new_span.subspan(begin, same - begin)) {
    static_cast<void>(new_mask.next(line));
  }
  append_lines(out, ' ', old_mask, old_span.subspan(begin, same - begin));
  append_lines(out, '-', old_mask, old_span.subspan(same, old_end - same));
  append_lines(out, '+', new_mask, new_span.subspan(same, new_end - same));
  append_lines(out, ' ', new_mask, new_span.subspan(new_end, after_context));
  return out;
}

}  // namespace fastgate::admin
