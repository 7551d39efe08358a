// Host values (RFC 3986 section 3.2.2 and 3.2.3); a part of target.h.
#include <algorithm>

#include "base/ip_address.h"
#include "base/text.h"
#include "http/characters.h"
#include "http/target.h"

namespace fastgate::http {
namespace {

constexpr std::size_t kMaxHostLength = 255;

constexpr CharacterTable kHostCharacters = [] {
  CharacterTable table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  // A comma may stand in a name by RFC 3986, but readers that join repeated fields take it for two.
  for (const char c : std::string_view("-._~!$&'()*+;="))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_registered_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxHostLength) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) {
        return false;
      }
      i += 2;
    } else if (!kHostCharacters[static_cast<unsigned char>(text[i])]) {
      return false;
    }
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  const bool plain =
      std::ranges::all_of(text, [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; });
  return plain && text.find(':') != std::string_view::npos && IpAddress::parse(text).has_value();
}

bool is_port(std::string_view text) {
  if (text.size() > 5 || !std::ranges::all_of(text, is_digit)) return false;
  return text.empty() || parse_decimal(text).value_or(65536) <= 65535;
}

}  // namespace

HostPort split_host(std::string_view text) {
  const bool is_bracketed = text.starts_with('[');
  const std::size_t end = std::min(text.find(is_bracketed ? ']' : ':'), text.size());
  HostPort parts{.host = text.substr(0, end), .port = {}};
  if (is_bracketed) parts.host.remove_prefix(1);
  const std::size_t port = end + (is_bracketed ? 2 : 1);
  if (port < text.size()) parts.port = text.substr(port);
  return parts;
}

Result<HostPort> parse_host(std::string_view text) {
  const HostPort parts = split_host(text);
  const bool is_bracketed = text.starts_with('[');
  if (is_bracketed && !text.contains(']')) {
    return fail(ErrorKind::Malformed, "a host without its ]");
  }
  if (!(is_bracketed ? is_ipv6(parts.host) : is_registered_name(parts.host))) {
    return fail(ErrorKind::Malformed, "not a valid host");
  }
  const std::string_view rest = text.substr(parts.host.size() + (is_bracketed ? 2 : 0));
  if (!rest.empty() && (rest.front() != ':' || !is_port(parts.port))) {
    return fail(ErrorKind::Malformed, "not a valid port");
  }
  return parts;
}

}  // namespace fastgate::http
