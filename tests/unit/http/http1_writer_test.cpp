#include "http/http1_writer.h"

#include <array>
#include <limits>

#include <doctest/doctest.h>

namespace fastgate::http {
namespace {

TEST_CASE("a request head is written") {
  std::string out = "before ";
  append_request_line(out, "BREW", "/pot?x");
  append_field(out, "Host", "a");
  append_field(out, "X-Empty", "");
  append_field(out, "Content-Length", std::numeric_limits<std::uint64_t>::max());
  append_end_of_head(out);
  CHECK(out ==
        "before BREW /pot?x HTTP/1.1\r\nHost: a\r\nX-Empty: \r\nContent-Length: "
        "18446744073709551615\r\n\r\n");
}

TEST_CASE("a status line has the reason given, or the standard one") {
  std::string out;
  append_status_line(out, 200, "");
  append_status_line(out, 404, "Gone fishing");
  append_status_line(out, 599, "");
  CHECK(out == "HTTP/1.1 200 OK\r\nHTTP/1.1 404 Gone fishing\r\nHTTP/1.1 599 Unknown\r\n");
}

TEST_CASE("every status the gateway answers with has its phrase") {
  for (const std::uint16_t status :
       {100, 101, 200, 204, 304, 400, 401, 403, 404, 405, 408, 413, 414,
        415, 417, 426, 429, 431, 499, 500, 501, 502, 503, 504, 505}) {
    INFO(status);
    CHECK(reason_phrase(status) != "Unknown");
  }
  CHECK(reason_phrase(503) == "Service Unavailable");
  CHECK(reason_phrase(0) == "Unknown");
  CHECK(reason_phrase(306) == "Unknown");
}

std::string chunk_line(std::uint64_t length) {
  std::array<char, kMaxChunkLine> line{};
  return {line.data(), write_chunk_line(line.data(), length)};
}

TEST_CASE("a chunk's size is written in hex without leading zeros") {
  CHECK(chunk_line(1) == "1\r\n");
  CHECK(chunk_line(15) == "f\r\n");
  CHECK(chunk_line(16) == "10\r\n");
  CHECK(chunk_line(4096) == "1000\r\n");
  CHECK(chunk_line(0xdeadbeef) == "deadbeef\r\n");
  CHECK(chunk_line(0x0fff'ffff'ffff'ffff) == "fffffffffffffff\r\n");
  CHECK(chunk_line(std::numeric_limits<std::uint64_t>::max()) == "ffffffffffffffff\r\n");
}

TEST_CASE("the last chunk ends with the trailers") {
  std::string out;
  append_last_chunk(out, "");
  CHECK(out == kLastChunk);
  out.clear();
  append_last_chunk(out, "X: b\r\nY: c\r\n");
  CHECK(out == "0\r\nX: b\r\nY: c\r\n\r\n");
}

}  // namespace
}  // namespace fastgate::http
