// The corpora of the parsers cover every spelling; this covers the rules alone, without llhttp
// behind them.
#include "http/body_framing.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "http/line_section.h"

namespace fastgate::http {
namespace {

template <class HeadType = RequestHead>
HeadType head_of(const std::string& lines) {
  HeadType head;
  head.text = lines;
  for (std::size_t start = 0; start < lines.size();) {
    const auto line = read_field_line(head.text, start);
    REQUIRE(line);
    head.fields.add(line->span);
    start = line->end;
  }
  return head;
}

TEST_CASE("what the two fields declare") {
  CHECK(read_declared_body(head_of(""))->framing == BodyFraming::None);
  const auto sized = read_declared_body(head_of("Content-Length: 42\r\n"));
  REQUIRE(sized);
  CHECK(sized->framing == BodyFraming::ContentLength);
  CHECK(sized->content_length == 42);
  CHECK(read_declared_body(head_of("Transfer-Encoding: CHUNKED\r\n"))->framing ==
        BodyFraming::Chunked);
}

TEST_CASE("what is ambiguous is refused by this reading alone") {
  struct FaultCase {
    const char* lines;
    ErrorKind kind;
  };
  for (const FaultCase& row : std::vector<FaultCase>{
           {"Content-Length: 5\r\nContent-Length: 5\r\n", ErrorKind::Malformed},
           {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", ErrorKind::Malformed},
           {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", ErrorKind::Malformed},
           {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ErrorKind::Malformed},
           {"Content-Length: 5,5\r\n", ErrorKind::Malformed},
           {"Content-Length: +5\r\n", ErrorKind::Malformed},
           {"Content-Length:\r\n", ErrorKind::Malformed},
           {"Content-Length: 9223372036854775808\r\n", ErrorKind::Malformed},
           {"Content-Length: 18446744073709551616\r\n", ErrorKind::Malformed},
           {"Transfer-Encoding: gzip\r\n", ErrorKind::Malformed},
           {"Transfer-Encoding: chunked, gzip\r\n", ErrorKind::Malformed},
           {"Transfer-Encoding: ,chunked\r\n", ErrorKind::Malformed},
           {"Transfer-Encoding: chunked,\r\n", ErrorKind::Malformed},
           {"Transfer-Encoding: gzip, chunked\r\n", ErrorKind::NotImplemented},
           {"Transfer-Encoding: chunked, gzip, chunked\r\n", ErrorKind::Malformed},
       }) {
    INFO(row.lines);
    const auto declared = read_declared_body(head_of(row.lines));
    REQUIRE(!declared);
    CHECK(declared.error().kind == row.kind);
  }
  RequestHead old = head_of("Transfer-Encoding: chunked\r\n");
  old.minor_version = 0;
  CHECK(!read_declared_body(old));
}

TEST_CASE("an answer's framing depends on its status and the request's method") {
  const DeclaredBody none{};
  const DeclaredBody empty{.framing = BodyFraming::ContentLength};
  const DeclaredBody five{.framing = BodyFraming::ContentLength, .content_length = 5};
  const DeclaredBody chunked{.framing = BodyFraming::Chunked};
  ResponseHead head;
  const auto framing_of = [&head](std::uint16_t status, const DeclaredBody& declared,
                                  Method method) {
    head.clear();
    head.status = status;
    REQUIRE(frame_response(head, declared, method));
    return head.framing;
  };
  CHECK(framing_of(200, none, Method::Get) == BodyFraming::UntilClose);
  CHECK(framing_of(200, empty, Method::Get) == BodyFraming::ContentLength);
  CHECK(framing_of(200, chunked, Method::Get) == BodyFraming::Chunked);
  CHECK(framing_of(200, five, Method::Get) == BodyFraming::ContentLength);
  CHECK(head.content_length == 5);
  for (const DeclaredBody& declared : {none, empty, five, chunked}) {
    CHECK(framing_of(200, declared, Method::Head) == BodyFraming::None);
    CHECK(head.content_length == 0);
    CHECK(framing_of(304, declared, Method::Get) == BodyFraming::None);
  }
  for (const std::uint16_t status : {100, 101, 103, 204}) {
    INFO(status);
    CHECK(framing_of(status, none, Method::Get) == BodyFraming::None);
    CHECK(framing_of(status, empty, Method::Get) == BodyFraming::None);
    CHECK(!frame_response(head, five, Method::Get));
    CHECK(!frame_response(head, chunked, Method::Get));
    CHECK(!frame_response(head, five, Method::Head));
  }
}

}  // namespace
}  // namespace fastgate::http
