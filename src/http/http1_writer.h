/// HTTP/1 heads, chunks and trailers into bytes. Appends to a caller's string, whose capacity is
/// reused from message to message; never fails. Values given here were checked by their makers
/// (parser, or the configuration through is_field_name / is_field_value).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fastgate::http {

void append_request_line(std::string& out, std::string_view method, std::string_view target);
/// The same in three: what stands before the target, the caller's target, and what stands behind.
void begin_request_line(std::string& out, std::string_view method);
void end_request_line(std::string& out);
/// `HTTP/1.1 200 OK`; an empty reason takes the standard phrase.
void append_status_line(std::string& out, std::uint16_t status, std::string_view reason);
void append_field(std::string& out, std::string_view name, std::string_view value);
void append_field(std::string& out, std::string_view name, std::uint64_t value);
inline void append_end_of_head(std::string& out) {
  out.append("\r\n", 2);
}

/// The standard reason phrase; "Unknown" for statuses without one.
[[nodiscard]] std::string_view reason_phrase(std::uint16_t status);

/// Bytes of a chunk's size line for `length` > 0: hex digits and CRLF, at most kMaxChunkLine.
inline constexpr std::size_t kMaxChunkLine = 18;
[[nodiscard]] std::size_t write_chunk_line(char* out, std::uint64_t length);
inline constexpr std::string_view kChunkEnd = "\r\n";
/// The last chunk and the end of an empty trailer section.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
/// Appends the last chunk, then trailer lines (each with CRLF), then the empty line.
void append_last_chunk(std::string& out, std::string_view trailer_lines);

}  // namespace fastgate::http
