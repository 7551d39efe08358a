#include "http/hop_by_hop.h"

#include <string>

#include <doctest/doctest.h>

#include "http/http1_parser.h"

namespace fastgate::http {
namespace {

/// The names that are left of a head with these field lines, joined by spaces.
std::string left_of(const std::string& lines, HopByHop& hop_by_hop) {
  Http1ResponseParser parser{ParserLimits{.max_head_bytes = 1 << 20, .max_fields = 10'000}};
  ResponseHead head;
  parser.begin(head, Method::Get);
  REQUIRE(parser.feed_head("HTTP/1.1 200 OK\r\n" + lines + "\r\n"));
  hop_by_hop.inspect(head);
  std::string left;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (hop_by_hop.is_taken_off(i)) continue;
    if (!left.empty()) left += ' ';
    left += head.field(i).name;
  }
  return left;
}

std::string left_of(const std::string& lines) {
  HopByHop hop_by_hop;
  return left_of(lines, hop_by_hop);
}

TEST_CASE("end-to-end fields stay") {
  CHECK(left_of("Host: a\r\nX: b\r\nAuthorization: c\r\nCookie: d\r\nAccept: e\r\n") ==
        "Host X Authorization Cookie Accept");
  CHECK(left_of("") == "");
}

TEST_CASE("the fixed list is taken off in any case") {
  CHECK(left_of("connection: close\r\nKEEP-ALIVE: 5\r\nProxy-Connection: x\r\nProxy-Authenticate: "
                "x\r\nX: b\r\n"
                "Proxy-Authorization: x\r\nTE: trailers\r\nTrailer: X\r\nTransfer-Encoding: "
                "chunked\r\nUpgrade: x\r\n") == "X");
}

TEST_CASE("nominated fields are taken off, every one of that name") {
  CHECK(left_of("Connection: x\r\nX: 1\r\nY: 2\r\nx: 3\r\n") == "Y");
  CHECK(left_of("X: 1\r\nY: 2\r\nConnection: close, x , ,Y\r\nZ: 3\r\n") == "Z");
  CHECK(left_of("Connection: X\r\nConnection: Y\r\nX: 1\r\nY: 2\r\nZ: 3\r\n") == "Z");
  CHECK(left_of("Connection: xy\r\nX: 1\r\nXYZ: 2\r\nXY: 3\r\n") == "X XYZ");
}

TEST_CASE("known fields can be nominated too") {
  CHECK(
      left_of(
          "Connection: Authorization, cookie, X-Forwarded-For\r\nAuthorization: a\r\nCookie: b\r\n"
          "X-Forwarded-For: c\r\nHost: h\r\n") == "Host");
}

TEST_CASE("fields that frame or route the message cannot be nominated away") {
  CHECK(left_of("Connection: Host, Content-Length\r\nHost: a\r\nContent-Length: 0\r\n") ==
        "Host Content-Length");
}

TEST_CASE("an option that is no name takes nothing off") {
  CHECK(left_of("Connection: \"X\", X Y, :\r\nX: 1\r\n") == "X");
}

TEST_CASE("it is reused without memory of the last head") {
  HopByHop hop_by_hop;
  CHECK(left_of("Connection: x, Cookie\r\nX: 1\r\nCookie: 2\r\n", hop_by_hop) == "");
  CHECK(left_of("A: 0\r\nX: 1\r\nCookie: 2\r\n", hop_by_hop) == "A X Cookie");
  CHECK(left_of("", hop_by_hop) == "");
}

TEST_CASE("many nominations of many fields are one pass each") {
  std::string lines = "Connection: ";
  for (int i = 0; i < 20'000; ++i) lines += "a,";
  lines += "b99\r\n";
  for (int i = 0; i < 2'000; ++i) lines += "a: 1\r\nb" + std::to_string(i) + ": 2\r\n";
  const std::string left = left_of(lines);
  CHECK(left.starts_with("b0 b1 "));
  CHECK(left.find("b98 b100") != std::string::npos);
}

}  // namespace
}  // namespace fastgate::http
