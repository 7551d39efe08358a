#include <string>

#include <doctest/doctest.h>

#include "unit/http/response_cases.h"
#include "unit/http/transcript.h"

namespace fastgate::http::testing {
namespace {

TEST_CASE("every answer of the corpus is read as said, or refused") {
  for (const ResponseCase& row : response_cases()) {
    INFO(row.name);
    CHECK(read_responses(row.bytes, row.method) == row.expected);
  }
}

TEST_CASE("the corpus of answers is as large as promised") {
  CHECK(response_cases().size() >= 80);
}

TEST_CASE("any split of an answer gives the same events") {
  for (const ResponseCase& row : response_cases()) {
    INFO(row.name);
    CHECK(read_responses(row.bytes, row.method, pieces_of(1)) == row.expected);
    CHECK(read_responses(row.bytes, row.method, pieces_of(7)) == row.expected);
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      INFO("seed " << seed);
      CHECK(read_responses(row.bytes, row.method, random_pieces(seed, 1 + seed * 4)) ==
            row.expected);
    }
  }
}

TEST_CASE("an answer that is cut off at any byte is never taken for complete") {
  for (const std::string_view bytes :
       {std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "5;x=\"y\"\r\nhello\r\n0\r\nX: y\r\n\r\n")}) {
    for (std::size_t length = 1; length < bytes.size(); ++length) {
      INFO("first " << length << " bytes");
      CHECK(read_responses(bytes.substr(0, length)).ends_with("cut"));
    }
    CHECK(!read_responses(bytes).ends_with("cut"));
  }
}

TEST_CASE("all faults of an answer are the upstream's") {
  for (const std::string_view bytes :
       {std::string_view("HTTP/2.0 200 OK\r\n"), std::string_view("HTTP/1.1 200 OK\r\nX\r\n"),
        std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")}) {
    Http1ResponseParser parser{ParserLimits{}};
    ResponseHead head;
    parser.begin(head, Method::Get);
    const auto consumed = parser.feed_head(bytes);
    REQUIRE(!consumed);
    CHECK(consumed.error().kind == ErrorKind::UpstreamMalformed);
    CHECK(consumed.error().side == ErrorSide::Upstream);
    CHECK(consumed.error().retry == RetrySafety::IfIdempotent);
  }
}

TEST_CASE("an answer that is cut off is the upstream's fault") {
  Http1ResponseParser parser{ParserLimits{}};
  ResponseHead head;
  parser.begin(head, Method::Get);
  REQUIRE(parser.feed_head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  const auto finished = parser.finish();
  REQUIRE(!finished);
  CHECK(finished.error().kind == ErrorKind::UpstreamReset);
  CHECK(finished.error().side == ErrorSide::Upstream);
}

TEST_CASE("no answer at all is cut off too") {
  Http1ResponseParser parser{ParserLimits{}};
  ResponseHead head;
  parser.begin(head, Method::Get);
  CHECK(!parser.has_begun());
  CHECK(!parser.finish());
}

TEST_CASE("a head beyond the limits is refused") {
  const ParserLimits limits{.max_head_bytes = 100, .max_fields = 4};
  const auto read = [&limits](const std::string& bytes, std::size_t piece) {
    return read_responses(bytes, Method::Get, pieces_of(piece), limits);
  };
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
    INFO("pieces of " << piece);
    const std::string start = "HTTP/1.1 204 x\r\n";
    CHECK(read(start + "X: " + std::string(77, 'x') + "\r\n\r\n", piece) == "204 x");
    CHECK(read(start + "X: " + std::string(78, 'x') + "\r\n\r\n", piece) == "502");
    CHECK(read(start + std::string(200, 'x'), piece) == "502");
    CHECK(read("HTTP/1.1 204 " + std::string(200, 'x') + "\r\n\r\n", piece) == "502");
    CHECK(read(start + "A:\r\nB:\r\nC:\r\nD:\r\n\r\n", piece) == "204 x");
    CHECK(read(start + "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\n\r\n", piece) == "502");
  }
}

TEST_CASE("an interim answer is told from the final one") {
  Http1ResponseParser parser{ParserLimits{}};
  ResponseHead head;
  parser.begin(head, Method::Get);
  REQUIRE(parser.feed_head("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"));
  CHECK(parser.message_complete());
  CHECK(head.is_interim());
  CHECK(head.find("link") == "</a>");
  parser.begin(head, Method::Get);
  REQUIRE(parser.feed_head("HTTP/1.1 101 x\r\n\r\n"));
  CHECK(!head.is_interim());
  CHECK(head.fields.size() == 0);
}

TEST_CASE("a body that ends with the connection is complete only then") {
  Http1ResponseParser parser{ParserLimits{}};
  ResponseHead head;
  parser.begin(head, Method::Get);
  REQUIRE(parser.feed_head("HTTP/1.1 200 OK\r\n\r\n"));
  std::vector<std::string_view> pieces;
  const auto progress = parser.feed_body("hello", pieces);
  REQUIRE(progress);
  CHECK(progress->consumed == 5);
  CHECK(!progress->complete);
  CHECK(!parser.message_complete());
  CHECK(parser.finish());
  CHECK(parser.message_complete());
}

}  // namespace
}  // namespace fastgate::http::testing
