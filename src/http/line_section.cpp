#include "http/line_section.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "http/characters.h"

namespace fastgate::http {
namespace {

/// find_token_end() for a text that holds an LF at or after `from`, which ends every name.
std::size_t find_name_end(std::string_view text, std::size_t from) {
  const char* at = text.data() + from;
  while (is_token_character(*at)) ++at;
  return static_cast<std::size_t>(at - text.data());
}

/// Why a name that ended at `stop` is not followed by a colon.
std::string_view name_fault(std::string_view text, std::size_t start, std::size_t stop) {
  const char c = text[stop];
  if (stop == start && is_blank(c)) return "a folded field line";
  if (stop == start && c == ':') return "a field line without a name";
  if (is_blank(c)) return "white space in or behind a field name";
  if (c == '\r' || c == '\n') return "a field line without a colon";
  return "a character that may not stand in a field name";
}

}  // namespace

Checked<FieldLine> read_field_line(std::string_view text, std::size_t start) {
  const std::size_t colon = find_name_end(text, start);
  if (text[colon] != ':' || colon == start) return malformed(name_fault(text, start, colon));
  if (colon - start > std::numeric_limits<std::uint16_t>::max()) {
    return std::unexpected(Fault{ErrorKind::HeadTooLarge, "a field name is too long"});
  }
  std::size_t begin = colon + 1;
  while (is_blank(text[begin])) ++begin;
  const std::size_t stop = find_control(text, begin);
  if (text[stop] == '\n') return malformed("a line that ends with a bare LF");
  if (text[stop] != '\r') return malformed("a control character in a field value");
  if (text[stop + 1] != '\n') return malformed("a bare CR in a field line");
  std::size_t end = stop;
  while (end > begin && is_blank(text[end - 1])) --end;
  FieldLine line;
  line.span.name_offset = static_cast<std::uint32_t>(start);
  line.span.name_length = static_cast<std::uint16_t>(colon - start);
  line.span.value_offset = static_cast<std::uint32_t>(begin);
  line.span.value_length = static_cast<std::uint32_t>(end - begin);
  line.span.id = field_id(text.substr(start, colon - start));
  line.end = stop + 2;
  return line;
}

LineSection::Taken LineSection::take(std::string& text, std::string_view input,
                                     std::size_t limit) const {
  const std::size_t room = limit - std::min(limit, text.size());
  const std::string_view usable = input.substr(0, room);
  Taken taken;
  taken.lines_end = read_;
  std::size_t line_length = text.size() - read_;  // of the open line
  while (taken.consumed < usable.size()) {
    const void* found =
        std::memchr(usable.data() + taken.consumed, '\n', usable.size() - taken.consumed);
    if (found == nullptr) {
      taken.consumed = usable.size();
      break;
    }
    const auto next = static_cast<std::size_t>(static_cast<const char*>(found) - usable.data()) + 1;
    line_length += next - taken.consumed;
    taken.consumed = next;
    taken.lines_end = text.size() + next;
    if (line_length <= 2) {
      taken.ended = true;
      break;
    }
    line_length = 0;
  }
  taken.over_limit = !taken.ended && taken.consumed == room && input.size() > room;
  text.append(usable.data(), taken.consumed);
  return taken;
}

}  // namespace fastgate::http
