#include <string>

#include <doctest/doctest.h>

#include "unit/http/request_cases.h"
#include "unit/http/transcript.h"

namespace fastgate::http::testing {
namespace {

TEST_CASE("every request of the corpus is read as said, or refused") {
  for (const RequestCase& row : request_cases()) {
    INFO(row.name);
    CHECK(read_requests(row.bytes) == row.expected);
  }
}

TEST_CASE("the corpus of requests is as large as promised") {
  CHECK(request_cases().size() >= 150);
}

TEST_CASE("any split of a request gives the same events") {
  for (const RequestCase& row : request_cases()) {
    INFO(row.name);
    CHECK(read_requests(row.bytes, pieces_of(1)) == row.expected);
    CHECK(read_requests(row.bytes, pieces_of(7)) == row.expected);
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      INFO("seed " << seed);
      CHECK(read_requests(row.bytes, random_pieces(seed, 1 + seed * 4)) == row.expected);
    }
  }
}

TEST_CASE("a request that is cut off at any byte is never taken for complete") {
  for (const std::string_view bytes :
       {std::string_view("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
        std::string_view("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "5;x=\"y\"\r\nhello\r\n0\r\nX: y\r\n\r\n")}) {
    for (std::size_t length = 1; length < bytes.size(); ++length) {
      INFO("first " << length << " bytes");
      const std::string said = read_requests(bytes.substr(0, length));
      CHECK(said.ends_with("cut"));
    }
    CHECK(!read_requests(bytes).ends_with("cut"));
  }
}

TEST_CASE("the head keeps text, spans and ids") {
  Http1RequestParser parser{ParserLimits{}};
  RequestHead head;
  parser.begin(head);
  const std::string_view bytes =
      "\r\nPUT /p?q HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nuser-AGENT: \t me  2 \t\r\n\r\nrest";
  const auto consumed = parser.feed_head(bytes);
  REQUIRE(consumed);
  CHECK(bytes.substr(*consumed) == "rest");
  CHECK(parser.message_complete());
  CHECK(head.text == bytes.substr(2, *consumed - 2));
  CHECK(head.method == Method::Put);
  CHECK(head.method_name() == "PUT");
  CHECK(head.target() == "/p?q");
  REQUIRE(head.fields.size() == 3);
  CHECK(head.field(0).id == FieldId::Host);
  CHECK(head.field(1).name == "X-Empty");
  CHECK(head.field(1).value.empty());
  CHECK(head.field(2).name == "user-AGENT");
  CHECK(head.field(2).value == "me  2");
  CHECK(head.find(FieldId::UserAgent) == "me  2");
}

std::string head_of_size(std::size_t size) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  return head.append(size - head.size() - 4, 'x').append("\r\n\r\n");
}

TEST_CASE("the limit of a head is exact, in any split") {
  const ParserLimits limits{.max_head_bytes = 100};
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{99}, std::size_t{100}, std::size_t{1000}}) {
    INFO("pieces of " << piece);
    CHECK(read_requests(head_of_size(100), pieces_of(piece), limits) == "GET /");
    CHECK(read_requests("\r\n" + head_of_size(100), pieces_of(piece), limits) == "GET /");
    CHECK(read_requests(head_of_size(101), pieces_of(piece), limits) == "431");
    CHECK(read_requests(head_of_size(5000), pieces_of(piece), limits) == "431");
    const std::string target(200, 'x');
    CHECK(read_requests("GET /" + target + " HTTP/1.1\r\nHost: a\r\n\r\n", pieces_of(piece),
                        limits) == "414");
    CHECK(read_requests(std::string(101, 'x'), pieces_of(piece), limits) == "414");
    CHECK(read_requests("GET / HTTP/1.1\r\nHost : a\r\n" + target, pieces_of(piece), limits) ==
          "400");
  }
}

TEST_CASE("bytes beyond the limit are not kept") {
  Http1RequestParser parser{ParserLimits{.max_head_bytes = 100}};
  RequestHead head;
  parser.begin(head);
  CHECK(!parser.feed_head(std::string(100'000, 'x')));
  CHECK(head.text.size() <= 100);
  CHECK(head.text.capacity() < 1000);
}

TEST_CASE("a body behind the head is not copied") {
  Http1RequestParser parser{ParserLimits{}};
  RequestHead head;
  parser.begin(head);
  const std::string_view start = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
  const std::string bytes = std::string(start) + std::string(1'000'000, '\n');
  REQUIRE(parser.feed_head(bytes) == start.size());
  CHECK(head.text == start);
  std::vector<std::string_view> pieces;
  const auto progress = parser.feed_body(std::string_view(bytes).substr(start.size()), pieces);
  REQUIRE(progress);
  CHECK(progress->complete);
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].data() == bytes.data() + start.size());
}

TEST_CASE("the number of fields is bounded") {
  std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 7; ++i) bytes += "X: b\r\n";
  const ParserLimits limits{.max_fields = 8};
  CHECK(read_requests(bytes + "\r\n", whole(), limits) == "GET /");
  CHECK(read_requests(bytes + "X: b\r\n\r\n", whole(), limits) == "431");
  CHECK(read_requests(bytes + "X: b\r\n\r\n", pieces_of(1), limits) == "431");
}

TEST_CASE("a name longer than a span can say is refused") {
  const std::string bytes =
      "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(70'000, 'x') + ": b\r\n\r\n";
  CHECK(read_requests(bytes, whole(), {.max_head_bytes = 100'000}) == "431");
}

TEST_CASE("the trailer section is bounded") {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  const ParserLimits limits{.max_head_bytes = 100, .max_fields = 4};
  const std::string line = "X: " + std::string(93, 'x') + "\r\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
    INFO("pieces of " << piece);
    CHECK(read_requests(start + line + "\r\n", pieces_of(piece), limits) ==
          "POST / chunked= trailers=" + line);
    CHECK(read_requests(start + line + "Y: b\r\n\r\n", pieces_of(piece), limits) ==
          "POST / chunked= | 400");
    CHECK(read_requests(start + std::string(500, 'x'), pieces_of(piece), limits) ==
          "POST / chunked= | 400");
    CHECK(read_requests(start + "A:\r\nB:\r\nC:\r\nD:\r\n\r\n", pieces_of(piece), limits) ==
          "POST / chunked= trailers=A:\r\nB:\r\nC:\r\nD:\r\n");
    CHECK(read_requests(start + "A:\r\nHost:\r\nC:\r\nD:\r\nE:\r\n\r\n", pieces_of(piece),
                        limits) == "POST / chunked= | 400");
  }
}

TEST_CASE("after an error all further bytes of the message are refused") {
  Http1RequestParser parser{ParserLimits{}};
  RequestHead head;
  parser.begin(head);
  CHECK(!parser.feed_head("GET / HTTP/3\r\n"));
  CHECK(!parser.feed_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(!parser.finish());
  CHECK(!parser.head_complete());
  CHECK(!parser.message_complete());
  parser.begin(head);
  CHECK(parser.feed_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(parser.message_complete());
}

TEST_CASE("a bad chunk ends the message for good") {
  Http1RequestParser parser{ParserLimits{}};
  RequestHead head;
  parser.begin(head);
  REQUIRE(parser.feed_head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
  std::vector<std::string_view> pieces;
  const auto bad = parser.feed_body("x\r\n", pieces);
  REQUIRE(!bad);
  CHECK(bad.error().kind == ErrorKind::Malformed);
  CHECK(bad.error().side == ErrorSide::Client);
  CHECK(!parser.feed_body("0\r\n\r\n", pieces));
  CHECK(!parser.message_complete());
  CHECK(!parser.head_complete());
}

TEST_CASE("a message without a body is complete at once") {
  Http1RequestParser parser{ParserLimits{}};
  RequestHead head;
  parser.begin(head);
  REQUIRE(parser.feed_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  std::vector<std::string_view> pieces;
  const auto progress = parser.feed_body("GET /2", pieces);
  REQUIRE(progress);
  CHECK(progress->consumed == 0);
  CHECK(progress->complete);
  CHECK(pieces.empty());
  CHECK(parser.finish());
}

TEST_CASE("a message has begun with its first byte that is no empty line") {
  Http1RequestParser parser{ParserLimits{}};
  RequestHead head;
  parser.begin(head);
  CHECK(!parser.has_begun());
  CHECK(parser.feed_head("\r\n\r") == 3);
  CHECK(!parser.has_begun());
  CHECK(parser.feed_head("\nG") == 2);
  CHECK(parser.has_begun());
  parser.begin(head);
  CHECK(!parser.has_begun());
}

TEST_CASE("an open connection needs little memory for its parser") {
  CHECK(sizeof(Http1RequestParser) <= 192);
  CHECK(sizeof(Http1ResponseParser) <= 192);
}

}  // namespace
}  // namespace fastgate::http::testing
