#include "http/start_line.h"

#include "base/text.h"
#include "http/characters.h"

namespace fastgate::http {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";
constexpr std::size_t kVersionLength = 8;

/// `text` begins with a version; its last digit for 1.0 and 1.1.
Checked<std::uint8_t> read_version(std::string_view text) {
  if (text.size() < kVersionLength || !text.starts_with("HTTP/") || !is_digit(text[5]) ||
      text[6] != '.' || !is_digit(text[7])) {
    return malformed("not an HTTP version");
  }
  if (text.starts_with(kVersion) && (text[7] == '0' || text[7] == '1')) {
    return static_cast<std::uint8_t>(text[7] - '0');
  }
  return std::unexpected(Fault{ErrorKind::VersionNotSupported, "only HTTP/1.0 and HTTP/1.1"});
}

/// The offset behind the CRLF that must stand at `at`.
Checked<std::size_t> read_line_end(std::string_view text, std::size_t at) {
  if (text[at] == '\n') return malformed("a start line that ends with a bare LF");
  if (text[at] != '\r' || text[at + 1] != '\n')
    return malformed("more behind the end of the start line");
  return at + 2;
}

std::size_t find_target_end(std::string_view text, std::size_t from) {
  while (text[from] > 0x20 && text[from] < 0x7f) ++from;
  return from;
}

}  // namespace

Checked<std::size_t> read_request_line(RequestHead& head) {
  const std::string_view text = head.text;
  const std::size_t method_end = find_token_end(text, 0);
  if (method_end == 0 || text[method_end] != ' ')
    return malformed("the request line has no method");
  if (method_end > kMaxMethodLength) return malformed("the method's name is too long");
  const std::size_t target = method_end + 1;
  const std::size_t target_end = find_target_end(text, target);
  if (target_end == target) return malformed("the request line has no target");
  if (text[target_end] != ' ')
    return malformed("a character that may not stand in a request target");
  const Checked<std::uint8_t> version = read_version(text.substr(target_end + 1));
  if (!version) return std::unexpected(version.error());
  const auto end = read_line_end(text, target_end + 1 + kVersionLength);
  if (!end) return end;
  head.method_length = static_cast<std::uint32_t>(method_end);
  head.target_offset = static_cast<std::uint32_t>(target);
  head.target_length = static_cast<std::uint32_t>(target_end - target);
  head.minor_version = *version;
  head.method = method_of(head.method_name());
  // The preface of HTTP/2 is no request of HTTP/1, whatever version it names.
  if (head.method_name() == "PRI") return malformed("PRI is no HTTP/1 method");
  if (head.method == Method::Connect) {
    return std::unexpected(Fault{ErrorKind::NotImplemented, "CONNECT is not offered"});
  }
  return end;
}

Checked<std::size_t> read_status_line(ResponseHead& head) {
  const std::string_view text = head.text;
  const Checked<std::uint8_t> version = read_version(text);
  if (!version) return std::unexpected(version.error());
  constexpr std::size_t kStatus = kVersionLength + 1;
  // The LF that ends the line stops each comparison before the end of the text.
  if (text[kVersionLength] != ' ' || !is_digit(text[kStatus]) || !is_digit(text[kStatus + 1]) ||
      !is_digit(text[kStatus + 2])) {
    return malformed("the status line has no status of three digits");
  }
  const int status =
      (text[kStatus] - '0') * 100 + (text[kStatus + 1] - '0') * 10 + text[kStatus + 2] - '0';
  if (status < 100 || status > 599) return malformed("a status outside 100 to 599");
  std::size_t reason = kStatus + 3;
  if (text[reason] == ' ') {
    ++reason;
  } else if (text[reason] != '\r') {
    return malformed("a status of more than three digits");
  }
  const std::size_t reason_end = find_control(text, reason);
  const auto end = read_line_end(text, reason_end);
  if (!end) return end;
  head.minor_version = *version;
  head.status = static_cast<std::uint16_t>(status);
  head.reason_offset = static_cast<std::uint32_t>(reason);
  head.reason_length = static_cast<std::uint32_t>(reason_end - reason);
  return end;
}

}  // namespace fastgate::http
