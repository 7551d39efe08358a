#include "gateway/saved_text.h"

#include <array>
#include <charconv>

#include "base/text.h"

namespace fastgate::gateway {
namespace {

bool is_plain(char c) {
  return c > ' ' && c < 0x7f && c != '%';
}

/// The next whole line without its end, taken off the front.
std::optional<std::string_view> next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

void append_encoded(std::string& out, std::string_view name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : name) {
    if (is_plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4], kHex[byte & 0xf]};
  }
}

std::optional<std::string> decoded(std::string_view word) {
  std::string name;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%') {
      name += word[i];
      continue;
    }
    const auto byte = parse_saved(word.substr(i + 1, 2), 16);
    if (!byte || word.size() - i < 3) return std::nullopt;
    name += static_cast<char>(*byte);
    i += 2;
  }
  return name;
}

std::optional<std::uint64_t> parse_saved(std::string_view word, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

void append_hex(std::string& out, std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  out.append(digits.data(), end);
}

void read_saved(std::string_view text, std::string_view title,
                const std::function<void(const std::vector<std::string_view>&)>& on_line) {
  text = text.substr(0, kMaxSavedText);
  if (next_line(text) != title) return;
  while (const auto line = next_line(text)) {
    if (!line->empty()) on_line(split(*line, ' '));
  }
}

}  // namespace fastgate::gateway
