#include "http/http1_writer.h"

#include <array>

#include "base/error.h"
#include "base/text.h"

namespace fastgate::http {

using namespace std::string_view_literals;

void append_request_line(std::string& out, std::string_view method, std::string_view target) {
  append_texts(out, method, " "sv, target, " HTTP/1.1\r\n"sv);
}

void begin_request_line(std::string& out, std::string_view method) {
  append_texts(out, method, " "sv);
}

void end_request_line(std::string& out) {
  append_texts(out, " HTTP/1.1\r\n"sv);
}

void append_status_line(std::string& out, std::uint16_t status, std::string_view reason) {
  FG_ASSERT(status >= 100 && status <= 999);
  const std::array digits{static_cast<char>('0' + status / 100),
                          static_cast<char>('0' + status / 10 % 10),
                          static_cast<char>('0' + status % 10)};
  if (reason.empty()) reason = reason_phrase(status);
  append_texts(out, "HTTP/1.1 "sv, std::string_view(digits.data(), digits.size()), " "sv, reason,
               "\r\n"sv);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  append_texts(out, name, ": "sv, value, "\r\n"sv);
}

void append_field(std::string& out, std::string_view name, std::uint64_t value) {
  append_texts(out, name, ": "sv);
  append_decimal(out, value);
  append_texts(out, "\r\n"sv);
}

std::size_t write_chunk_line(char* out, std::uint64_t length) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::size_t digits = 1;
  while (digits < 16 && (length >> (4 * digits)) != 0) ++digits;
  for (std::size_t i = digits; i > 0; --i, length >>= 4) out[i - 1] = kDigits[length & 0xf];
  out[digits] = '\r';
  out[digits + 1] = '\n';
  return digits + 2;
}

void append_last_chunk(std::string& out, std::string_view trailer_lines) {
  out.append("0\r\n").append(trailer_lines).append("\r\n");
}

}  // namespace fastgate::http
