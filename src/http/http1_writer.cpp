#include "http/http1_writer.h"

#include "base/text.h"

namespace fastgate::http {

void append_request_line(std::string& out, std::string_view method, std::string_view target) {
  begin_request_line(out, method);
  out.append(target);
  end_request_line(out);
}

void begin_request_line(std::string& out, std::string_view method) {
  out.append(method).push_back(' ');
}

void end_request_line(std::string& out) {
  out.append(" HTTP/1.1\r\n");
}

void append_status_line(std::string& out, std::uint16_t status, std::string_view reason) {
  out.append("HTTP/1.1 ");
  append_decimal(out, status);
  out.append(1, ' ').append(reason.empty() ? reason_phrase(status) : reason).append("\r\n");
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_field(std::string& out, std::string_view name, std::uint64_t value) {
  out.append(name).append(": ");
  append_decimal(out, value);
  out.append("\r\n");
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
