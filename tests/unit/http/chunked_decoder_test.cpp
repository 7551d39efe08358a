#include "http/chunked_decoder.h"

#include <string>

#include <doctest/doctest.h>
#include <llhttp.h>

#include "unit/http/request_cases.h"

namespace fastgate::http {
namespace {

struct Decoded {
  bool accepted = false;
  bool ended = false;
  std::string payload = {};
  std::string read = {};  ///< the bytes that were consumed
};

Decoded decode(std::string_view bytes) {
  ChunkedDecoder decoder;
  std::vector<std::string_view> pieces;
  const auto step = decoder.feed(bytes, pieces);
  Decoded decoded{.accepted = step.has_value(), .ended = step && step->last_chunk};
  for (const std::string_view piece : pieces) decoded.payload += piece;
  if (step) decoded.read = bytes.substr(0, step->consumed);
  return decoded;
}

int append_body(llhttp_t* parser, const char* at, std::size_t length) {
  static_cast<std::string*>(parser->data)->append(at, length);
  return 0;
}

/// What llhttp makes of the same bytes as the body of a request.
Decoded decode_by_llhttp(std::string_view bytes) {
  Decoded decoded;
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_body = append_body;
  settings.on_message_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &decoded.payload;
  const std::string all =
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(bytes);
  const auto result = llhttp_execute(&parser, all.data(), all.size());
  decoded.accepted = result == HPE_OK || result == HPE_PAUSED;
  decoded.ended = result == HPE_PAUSED;
  return decoded;
}

std::vector<std::string> bodies_of_corpus() {
  std::vector<std::string> bodies;
  for (const testing::RequestCase& row : testing::chunk_cases()) {
    bodies.emplace_back(row.bytes.substr(row.bytes.find("\r\n\r\n") + 4));
  }
  return bodies;
}

TEST_CASE("where this decoder and llhttp both take a body, they take the same") {
  std::size_t both = 0;
  for (const std::string& body : bodies_of_corpus()) {
    INFO(body);
    const Decoded ours = decode(body);
    if (!ours.accepted) continue;
    // The trailer section is not this decoder's, so it is compared with an empty one.
    const Decoded theirs = decode_by_llhttp(ours.ended ? ours.read + "\r\n" : body);
    // Second extensions with a value, escapes, and white space are grammar that llhttp 8.1 refuses.
    if (!theirs.accepted) continue;
    ++both;
    CHECK(theirs.payload == ours.payload);
    CHECK(theirs.ended == ours.ended);
  }
  CHECK(both > 20);
}

TEST_CASE("one changed byte never makes both readers see different payloads") {
  const std::string original = "3;a=b\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\n";
  for (std::size_t at = 0; at + 2 < original.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string body = original;
      body[at] = static_cast<char>(byte);
      const Decoded ours = decode(body);
      if (!ours.accepted || !ours.ended) continue;
      const Decoded theirs = decode_by_llhttp(body);
      INFO(at << " is " << byte);
      if (theirs.accepted) CHECK(theirs.payload == ours.payload);
    }
  }
}

TEST_CASE("a size line is bounded") {
  const auto line_of = [](std::size_t length) {
    return "1;" + std::string(length - 4, 'a') + "\r\nz\r\n0\r\n";
  };
  CHECK(decode(line_of(ChunkedDecoder::kMaxLineLength)).ended);
  CHECK(!decode(line_of(ChunkedDecoder::kMaxLineLength + 1)).accepted);
  CHECK(!decode("1;" + std::string(ChunkedDecoder::kMaxLineLength, 'a')).accepted);
}

TEST_CASE("extensions of many small chunks are bounded") {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "1;a=" + std::string(100, 'b') + "\r\nz\r\n";
  CHECK(!decode(body).accepted);
}

TEST_CASE("extensions that are small beside their data may go on") {
  std::string body;
  for (int i = 0; i < 1000; ++i)
    body += "40;a=" + std::string(100, 'b') + "\r\n" + std::string(64, 'z') + "\r\n";
  const Decoded decoded = decode(body + "0\r\n");
  CHECK(decoded.ended);
  CHECK(decoded.payload == std::string(64'000, 'z'));
}

TEST_CASE("it stops behind the line of the last chunk") {
  ChunkedDecoder decoder;
  std::vector<std::string_view> pieces;
  const auto step = decoder.feed("1\r\na\r\n0;x\r\nX: b\r\n\r\n", pieces);
  REQUIRE(step);
  CHECK(step->last_chunk);
  CHECK(step->consumed == 11);
  decoder.begin();
  CHECK(decoder.feed("0\r\n\r\n", pieces)->consumed == 3);
}

TEST_CASE("payload is viewed, not copied") {
  ChunkedDecoder decoder;
  std::vector<std::string_view> pieces;
  const std::string_view bytes = "5\r\nhel";
  REQUIRE(decoder.feed(bytes, pieces));
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].data() == bytes.data() + 3);
  CHECK(pieces[0].size() == 3);
}

}  // namespace
}  // namespace fastgate::http
