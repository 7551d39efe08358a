#include "gateway/body_decode.h"

#include <brotli/decode.h>
#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include "gateway/body_reader.h"
#include "request_scene.h"

namespace fastgate::gateway {
namespace {

std::string gzipped(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  std::string in(text);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstded(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
  REQUIRE(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

constexpr std::string_view kText = R"({"model": "a"})";
/// kText in brotli's stored form (RFC 7932 section 9.2): window bits, length - 1, stored, text,
/// last.
std::string brotlied() {
  std::string out;
  const std::size_t length = kText.size() - 1;
  // WBITS 16 (1 bit: 0), ISLAST 0, MNIBBLES 4 (00), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1.
  const std::uint32_t bits = static_cast<std::uint32_t>(length) << 4 | 1U << 20;
  for (int i = 0; i < 3; ++i) out.push_back(static_cast<char>(bits >> (8 * i)));
  out.append(kText);
  out.push_back(3);
  return out;
}

std::string decoded(std::string_view coding, std::string_view body, std::size_t limit = 1 << 20) {
  std::string out;
  const auto done = decode_body(coding, body, limit, out);
  return done ? out : "error " + std::string(name_of(done.error().kind));
}

TEST_CASE("known codings are taken off") {
  CHECK(decoded("gzip", gzipped(kText)) == kText);
  CHECK(decoded(" X-GZIP ", gzipped(kText)) == kText);
  CHECK(decoded("br", brotlied()) == kText);
  CHECK(decoded("zstd", zstded(kText)) == kText);
  CHECK(decoded("zstd", zstded(kText) + zstded(kText)) == std::string(kText) + std::string(kText));
  const std::string large(300'000, 'x');
  CHECK(decoded("gzip", gzipped(large)) == large);
  CHECK(decoded("zstd", zstded(large)) == large);
}

TEST_CASE("unknown, broken and cut bodies are refused") {
  CHECK(decoded("deflate", "x") == "error unsupported_media_type");
  CHECK(decoded("gzip, br", "x") == "error unsupported_media_type");
  for (const std::string_view coding : {"gzip", "br", "zstd"}) {
    INFO(std::string(coding));
    const std::string whole = coding == "gzip" ? gzipped(kText)
                              : coding == "br" ? brotlied()
                                               : zstded(kText);
    CHECK(decoded(coding, whole) == kText);
    for (std::size_t length = 1; length < whole.size(); ++length) {
      CHECK(decoded(coding, whole.substr(0, length)) == "error malformed");
    }
    CHECK(decoded(coding, "garbage, not a body") == "error malformed");
  }
  CHECK(decoded("gzip", gzipped(kText) + "x") == "error malformed");
  CHECK(decoded("br", brotlied() + "x") == "error malformed");
  CHECK(decoded("zstd", zstded(kText) + "x") == "error malformed");
}

TEST_CASE("decoding stops at the limit") {
  const std::string bomb(1 << 20, 'x');
  for (const std::size_t limit : {std::size_t{1}, std::size_t{65'536}, bomb.size() - 1}) {
    CHECK(decoded("gzip", gzipped(bomb), limit) == "error body_too_large");
    CHECK(decoded("zstd", zstded(bomb), limit) == "error body_too_large");
  }
  CHECK(decoded("gzip", gzipped(bomb), bomb.size()) == bomb);
  CHECK(decoded("zstd", zstded(bomb), bomb.size()) == bomb);
  CHECK(decoded("br", brotlied(), kText.size()) == kText);
  CHECK(decoded("br", brotlied(), kText.size() - 1) == "error body_too_large");
}

TEST_CASE("an encoded body is matched by what is inside") {
  json::DocumentParser parser;
  BodyReader reader(parser);
  const test::RequestScene gzip("POST / HTTP/1.1\nHost: h\nContent-Encoding: gzip");
  const std::string body = gzipped(kText);
  const CollectedBody& read = reader.read(gzip.head, body);
  REQUIRE(read.document != nullptr);
  CHECK(read.document->find("model")->string() == "a");
  CHECK(read.bytes == body);
  CHECK(reader.read(gzip.head, body, 3).reason.starts_with("cannot be decoded: "));
  const test::RequestScene plain("POST / HTTP/1.1\nHost: h\nContent-Encoding: identity");
  CHECK(reader.read(plain.head, kText).document != nullptr);
}

}  // namespace
}  // namespace fastgate::gateway
