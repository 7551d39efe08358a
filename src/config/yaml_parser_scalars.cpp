#include <array>
#include <cstring>
#include <tuple>

#include "base/text.h"
#include "config/yaml_characters.h"
#include "config/yaml_parser.h"

namespace fastgate::config {
namespace {

constexpr std::string_view kCorePrefix = "tag:yaml.org,2002:";

/// Characters that a text goes over without a closer look: all but those given.
constexpr std::array<bool, 256> ordinary(std::string_view special) {
  std::array<bool, 256> table{};
  table.fill(true);
  for (const char c : special) table[static_cast<unsigned char>(c)] = false;
  return table;
}
using namespace std::string_view_literals;
constexpr auto kOrdinary = ordinary("\0\t\n\r #:"sv);
constexpr auto kOrdinaryInFlow = ordinary("\0\t\n\r #:,[]{}"sv);
constexpr auto kOrdinaryInDouble = ordinary("\0\n\r\"\\"sv);
constexpr auto kOrdinaryInSingle = ordinary("\0\n\r'"sv);

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | (code >> shift & 0x3fU));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | code >> 6U);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0U | code >> 12U);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0U | code >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

/// What stands for one character behind a backslash; nothing for all others. Source: YAML 1.2.2
/// section 5.7.
std::string_view short_escape(char c) {
  struct Row {
    char sign;
    std::string_view text;
  };
  static constexpr Row kRows[] = {
      {'0', "\0"sv},
      {'a', "\a"},
      {'b', "\b"},
      {'t', "\t"},
      {'\t', "\t"},
      {'n', "\n"},
      {'v', "\v"},
      {'f', "\f"},
      {'r', "\r"},
      {'e', "\x1b"},
      {' ', " "},
      {'"', "\""},
      {'/', "/"},
      {'\\', "\\"},
      {'N', "\xc2\x85"},
      {'_', "\xc2\xa0"},
      {'L', "\xe2\x80\xa8"},
      {'P', "\xe2\x80\xa9"},
  };
  for (const Row& row : kRows) {
    if (row.sign == c) return row.text;
  }
  return {};
}

YamlTag tag_of(std::string_view written) {
  if (written == "!") return YamlTag::Any;
  if (written.starts_with("!<") && written.ends_with('>')) {
    written = written.substr(2, written.size() - 3);
    if (!written.starts_with(kCorePrefix)) return YamlTag::None;
    written.remove_prefix(kCorePrefix.size());
  } else if (written.starts_with("!!")) {
    written.remove_prefix(2);
  } else {
    return YamlTag::None;
  }
  if (written == "str") return YamlTag::Text;
  if (written == "map") return YamlTag::Mapping;
  if (written == "seq") return YamlTag::Sequence;
  const bool is_core =
      written == "int" || written == "float" || written == "bool" || written == "null";
  return is_core ? YamlTag::Core : YamlTag::None;
}

}  // namespace

// ---------------------------------------------------------------------- anchors, tags and aliases

/// The name of an anchor, which we stand before.
std::string_view YamlParser::read_name() {
  const char* begin = at_;
  while (!is_yaml_gap(*at_) && !is_yaml_flow_sign(*at_)) ++at_;
  return {begin, at_};
}

bool YamlParser::read_tag(YamlTag& out) {
  const YamlPlace start = place();
  const char* begin = at_;
  const bool is_verbatim = at_[1] == '<';
  while (!is_yaml_gap(*at_) && (is_verbatim || !is_yaml_flow_sign(*at_))) {
    if (*at_++ == '>' && is_verbatim) break;
  }
  out = tag_of({begin, at_});
  return out != YamlTag::None || builder_.fail(start, "an unknown YAML tag");
}

/// All that stand on this line, and the blanks behind them.
bool YamlParser::read_properties(YamlProperties& out, bool in_flow) {
  while (*at_ == '&' || *at_ == '!') {
    YamlProperties next{.place = place()};
    if (*at_ == '!') {
      if (!read_tag(next.tag)) return false;
    } else {
      ++at_;
      next.anchor = read_name();
      if (next.anchor.empty()) return fail("an anchor without a name");
    }
    if (!is_yaml_gap(*at_) && !(in_flow && is_yaml_flow_sign(*at_))) {
      return fail("no space behind an anchor or a tag");
    }
    if (!merge(out, next)) return false;
    skip_blanks();
  }
  return true;
}

bool YamlParser::merge(YamlProperties& out, const YamlProperties& more) {
  if (!more.any()) return true;
  if ((!out.anchor.empty() && !more.anchor.empty()) ||
      (out.tag != YamlTag::None && more.tag != YamlTag::None)) {
    return fail_at(more.place, "a second anchor or tag before one value");
  }
  const auto is_before = [](YamlPlace a, YamlPlace b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  };
  if (!out.any() || is_before(more.place, out.place)) out.place = more.place;
  if (!more.anchor.empty()) out.anchor = more.anchor;
  if (more.tag != YamlTag::None) out.tag = more.tag;
  return true;
}

bool YamlParser::read_alias(Atom& atom) {
  if (atom.properties.any()) return fail("an alias takes neither anchor nor tag");
  ++at_;
  atom.is_alias = true;
  atom.text = read_name();
  return !atom.text.empty() || fail("an alias without a name");
}

bool YamlParser::add(const Atom& atom) {
  if (atom.is_alias) {
    if (atom.properties.any()) {
      return fail_at(atom.properties.place, "an alias takes neither anchor nor tag");
    }
    return builder_.alias(atom.place, atom.text);
  }
  return builder_.scalar(atom.place, atom.properties, atom.text, !atom.is_quoted);
}

// ------------------------------------------------------------------------------------ plain texts

bool YamlParser::check_plain(bool in_flow) {
  const char c = *at_;
  if (c == '-' || c == '?' || c == ':') {
    if (!is_yaml_gap(at_[1]) && !(in_flow && is_yaml_flow_sign(at_[1]))) return true;
  } else if (c != '\0' && std::strchr(",[]{}#&*!|>'\"%@`", c) == nullptr) {
    return true;
  }
  return fail(std::string("a `") + c + "` where a value must begin; a text stands in quotes here");
}

std::string_view YamlParser::plain_line(bool in_flow) {
  const auto& is_ordinary = in_flow ? kOrdinaryInFlow : kOrdinary;
  const char* begin = at_;
  const char* next = at_;
  while (true) {
    const char c = *next;
    if (is_ordinary[static_cast<unsigned char>(c)]) {
      at_ = ++next;
    } else if (is_yaml_blank(c)) {
      ++next;
    } else if (c == ':' && !is_yaml_gap(next[1]) && !(in_flow && is_yaml_flow_sign(next[1]))) {
      at_ = ++next;
    } else if (c == '#' && next != begin && !is_yaml_blank(next[-1])) {
      at_ = ++next;
    } else {
      return {begin, at_};
    }
  }
}

void YamlParser::rest_of_plain(std::string_view& text, int indent, bool in_flow) {
  bool is_first = true;
  while (true) {
    const char* const end = at_;
    const char* const end_line_begin = line_begin_;
    const std::uint32_t end_line = line_;
    std::size_t breaks = 0;
    skip_blanks();
    for (; is_yaml_break(*at_); ++breaks) {
      next_line();
      skip_blanks();
    }
    const auto spaces = static_cast<int>(std::strspn(line_begin_, " "));
    const bool is_deep = spaces > indent && !is_any_marker();
    const char* const begin = at_;
    const std::string_view more =
        breaks > 0 && is_deep && *at_ != '#' ? plain_line(in_flow) : std::string_view();
    if (more.empty()) {
      at_ = end;
      line_begin_ = end_line_begin;
      line_ = end_line;
      break;
    }
    if (is_first) scratch_ = text;
    is_first = false;
    if (breaks == 1) {
      scratch_ += ' ';
    } else {
      scratch_.append(breaks - 1, '\n');
    }
    scratch_.append(begin, more.size());
  }
  if (!is_first) text = builder_.keep(scratch_);
}

// ----------------------------------------------------------------------------------- quoted texts

bool YamlParser::quoted(std::string_view& text, int indent) {
  const char quote = *at_;
  const auto& is_ordinary = quote == '"' ? kOrdinaryInDouble : kOrdinaryInSingle;
  quote_begin_ = place();
  const char* begin = ++at_;
  while (is_ordinary[static_cast<unsigned char>(*at_)]) ++at_;
  if (*at_ == quote && (quote == '"' || at_[1] != '\'')) {
    text = {begin, at_++};
    return true;
  }
  scratch_.assign(begin, at_);
  protected_ = 0;
  while (*at_ != quote || (quote == '\'' && at_[1] == '\'')) {
    if (*at_ == '\0') return fail_at(quote_begin_, "a quoted text that begins here and has no end");
    if (*at_ == quote) {
      scratch_ += quote;
      at_ += 2;
    } else if (!(*at_ == '\\' ? escape(indent) : fold(indent, false))) {
      return false;
    }
    const char* run = at_;
    while (is_ordinary[static_cast<unsigned char>(*at_)]) ++at_;
    scratch_.append(run, at_);
  }
  ++at_;
  text = builder_.keep(scratch_);
  return true;
}

/// Line ends within quotes: one is a space, more are one line end less.
bool YamlParser::fold(int indent, bool is_escaped) {
  while (!is_escaped && scratch_.size() > protected_ && is_yaml_blank(scratch_.back())) {
    scratch_.pop_back();
  }
  std::size_t breaks = 0;
  for (; is_yaml_break(*at_); ++breaks) {
    next_line();
    if (is_any_marker()) break;
    skip_blanks();
  }
  const auto spaces = static_cast<int>(std::strspn(line_begin_, " "));
  if (*at_ == '\0' || spaces <= indent || is_any_marker()) {
    return fail_at(quote_begin_,
                   "a quoted text that begins here and has no end, or goes on in a "
                   "line that is not indented enough");
  }
  if (breaks == 1 && !is_escaped) {
    scratch_ += ' ';
  } else {
    scratch_.append(breaks - 1, '\n');
  }
  protected_ = scratch_.size();
  return true;
}

/// What a backslash stands before.
bool YamlParser::escape(int indent) {
  const char sign = *++at_;
  if (is_yaml_break(sign)) return fold(indent, true);
  if (const std::string_view text = short_escape(sign); !text.empty()) {
    ++at_;
    scratch_ += text;
  } else if (sign == 'x' || sign == 'u' || sign == 'U') {
    ++at_;
    if (!escaped_code(sign == 'x' ? 2 : sign == 'u' ? 4 : 8)) return false;
  } else {
    --at_;
    return fail("an unknown escape: within \"…\" a backslash is written `\\\\`");
  }
  protected_ = scratch_.size();
  return true;
}

bool YamlParser::read_hex(std::size_t digits, std::uint32_t& code) {
  code = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = to_lower(*at_);
    const bool is_letter = c >= 'a' && c <= 'f';
    if (!is_letter && !is_digit(c)) return false;
    code = code << 4U | static_cast<std::uint32_t>(is_letter ? c - 'a' + 10 : c - '0');
    ++at_;
  }
  return true;
}

/// A character by its number; JSON writes those beyond U+FFFF as two halves.
bool YamlParser::escaped_code(std::size_t digits) {
  const YamlPlace start = place();
  std::uint32_t code = 0;
  bool is_good = read_hex(digits, code);
  if (is_good && digits == 4 && code >= 0xd800 && code < 0xdc00 && at_[0] == '\\' &&
      at_[1] == 'u') {
    at_ += 2;
    std::uint32_t low = 0;
    is_good = read_hex(digits, low) && low >= 0xdc00 && low < 0xe000;
    code = 0x10000 + ((code - 0xd800) << 10U) + (low - 0xdc00);
  }
  if (!is_good || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    return fail_at(start, "an escape that is no character");
  }
  append_utf8(scratch_, code);
  return true;
}

}  // namespace fastgate::config
