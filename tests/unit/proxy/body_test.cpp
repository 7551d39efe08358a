#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "proxy/frame_body.h"
#include "proxy/request_body.h"

namespace fastgate::proxy {
namespace {

std::string framed(http::BodyFraming framing, const BodyPart& part) {
  std::string frames;
  std::vector<std::string_view> out;
  frame_body(framing, part, frames, out);
  std::string text;
  for (const std::string_view piece : out) text += piece;
  return text;
}

}  // namespace

TEST_CASE("pieces of one part become one chunk; the last chunk carries trailers") {
  const std::array<std::string_view, 2> pieces{"hello, ", "world"};
  const std::span<const std::string_view> none;
  using enum http::BodyFraming;
  CHECK(framed(Chunked, {.pieces = pieces}) == "c\r\nhello, world\r\n");
  CHECK(framed(Chunked, {.pieces = pieces, .end = BodyEnd::Last}) ==
        "c\r\nhello, world\r\n0\r\n\r\n");
  CHECK(framed(Chunked, {.pieces = none, .end = BodyEnd::Last, .trailers = "A: b\r\n"}) ==
        "0\r\nA: b\r\n\r\n");
  CHECK(framed(Chunked, {.pieces = none}).empty());
  CHECK(framed(ContentLength, {.pieces = pieces, .end = BodyEnd::Last}) == "hello, world");
  CHECK(framed(UntilClose, {.pieces = pieces}) == "hello, world");
}

TEST_CASE("a body is held for another try up to the limit, and not beyond") {
  const std::array<std::string_view, 1> five{"12345"};
  RequestBody body;
  body.begin(0);
  body.set_replay_limit(8);
  body.add({.pieces = five}, RequestBody::Sent::No);
  body.mark_sent();
  CHECK(body.is_replayable());
  CHECK(body.held() == "12345");
  body.add({.pieces = five}, RequestBody::Sent::Yes);
  CHECK_FALSE(body.is_replayable());
  CHECK(body.held().empty());
  body.add({.pieces = five, .end = BodyEnd::Last}, RequestBody::Sent::Yes);
  CHECK(body.is_complete());
  CHECK(body.received() == 15);
}

TEST_CASE("a body whose length is known to be too long is not held once it is sent") {
  const std::array<std::string_view, 1> five{"12345"};
  RequestBody body;
  body.begin(1000);
  body.set_replay_limit(8);
  body.add({.pieces = five}, RequestBody::Sent::No);
  CHECK(body.held() == "12345");
  body.mark_sent();
  CHECK_FALSE(body.is_replayable());
  CHECK(body.held().empty());
}

}  // namespace fastgate::proxy
