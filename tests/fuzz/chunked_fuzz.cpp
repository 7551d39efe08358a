// Chunked bodies: any split gives the same payload, and where llhttp takes a body too, it is the
// same one.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <llhttp.h>

#include "http/chunked_decoder.h"

namespace {

using namespace fastgate;
using namespace fastgate::http;

struct Decoded {
  bool accepted = true;
  bool ended = false;
  std::size_t consumed = 0;
  std::string payload;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece) {
  ChunkedDecoder decoder;
  Decoded decoded;
  while (decoded.consumed < bytes.size() && decoded.accepted && !decoded.ended) {
    std::vector<std::string_view> pieces;
    const auto step = decoder.feed(bytes.substr(decoded.consumed, piece), pieces);
    for (const std::string_view view : pieces) decoded.payload += view;
    decoded.accepted = step.has_value();
    if (!step) break;
    decoded.consumed += step->consumed;
    decoded.ended = step->last_chunk;
  }
  // Where in the input a refusal was noticed depends on the pieces.
  if (!decoded.accepted) decoded.consumed = 0;
  return decoded;
}

int append_body(llhttp_t* parser, const char* at, std::size_t length) {
  static_cast<std::string*>(parser->data)->append(at, length);
  return 0;
}

int pause(llhttp_t* /*parser*/) {
  return HPE_PAUSED;
}

void compare_with_llhttp(std::string_view body, const Decoded& ours) {
  std::string payload;
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_body = append_body;
  settings.on_message_complete = pause;
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &payload;
  std::string bytes = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  bytes.append(body).append("\r\n");
  if (llhttp_execute(&parser, bytes.data(), bytes.size()) == HPE_PAUSED) {
    FG_ASSERT(payload == ours.payload);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Decoded whole = decode(bytes, std::string::npos);
  FG_ASSERT(whole == decode(bytes, 1));
  FG_ASSERT(whole == decode(bytes, 5));
  if (whole.ended) compare_with_llhttp(bytes.substr(0, whole.consumed), whole);
  return 0;
}
