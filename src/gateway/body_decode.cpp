#include "gateway/body_decode.h"

#include <algorithm>
#include <memory>

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include "base/text.h"

namespace fastgate::gateway {
namespace {

/// Output grows by so much at a time: a small body needs little, a bomb is met early.
constexpr std::size_t kStep = 64U << 10;
constexpr int kGzipOnly = 16 + MAX_WBITS;
/// Bounds zstd's window: what its own tools accept without being told otherwise.
constexpr int kMaxZstdWindowLog = 23;

std::unexpected<Error> broken() {
  return fail(ErrorKind::Malformed, "the body's content coding is broken or cut off");
}

/// Makes room for the next step; an error at the limit. One byte beyond the limit is offered, so
/// that a body of exactly `limit` bytes is told from a longer one.
Result<std::size_t> grow(std::string& out, std::size_t used, std::size_t limit) {
  if (used > limit) {
    return fail(ErrorKind::BodyTooLarge, "the decoded body is larger than inspect_limit");
  }
  out.resize(std::min(used + kStep, limit + 1));
  return out.size() - used;
}

struct EndInflate {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

Result<void> decode_gzip(std::string_view body, std::size_t limit, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return fail(ErrorKind::Overloaded, "no memory");
  const std::unique_ptr<z_stream, EndInflate> guard(&stream);
  // zlib's interface is not const, but it only reads its input.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::size_t used = 0;
  for (;;) {
    const auto room = grow(out, used, limit);
    if (!room) return std::unexpected(room.error());
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(*room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    used += *room - stream.avail_out;
    if (code == Z_STREAM_END) break;
    if (code != Z_OK) return broken();
  }
  if (used > limit) return std::unexpected(grow(out, used, limit).error());
  // More members may follow by the format; readers disagree about them, so none is taken.
  if (stream.avail_in != 0) return broken();
  out.resize(used);
  return {};
}

struct EndBrotli {
  void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
};

Result<void> decode_brotli(std::string_view body, std::size_t limit, std::string& out) {
  const std::unique_ptr<BrotliDecoderState, EndBrotli> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
  if (!state) return fail(ErrorKind::Overloaded, "no memory");
  const auto* in = reinterpret_cast<const std::uint8_t*>(body.data());
  std::size_t in_left = body.size();
  std::size_t used = 0;
  for (;;) {
    const auto room = grow(out, used, limit);
    if (!room) return std::unexpected(room.error());
    auto* next = reinterpret_cast<std::uint8_t*>(out.data() + used);
    std::size_t left = *room;
    const auto code =
        BrotliDecoderDecompressStream(state.get(), &in_left, &in, &left, &next, nullptr);
    used += *room - left;
    if (code == BROTLI_DECODER_RESULT_SUCCESS) break;
    if (code != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) return broken();
  }
  if (used > limit) return std::unexpected(grow(out, used, limit).error());
  if (in_left != 0) return broken();
  out.resize(used);
  return {};
}

struct EndZstd {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

Result<void> decode_zstd(std::string_view body, std::size_t limit, std::string& out) {
  const std::unique_ptr<ZSTD_DCtx, EndZstd> context(ZSTD_createDCtx());
  if (!context) return fail(ErrorKind::Overloaded, "no memory");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  std::size_t used = 0;
  std::size_t pending = 1;
  while (in.pos < in.size || pending != 0) {
    const auto room = grow(out, used, limit);
    if (!room) return std::unexpected(room.error());
    ZSTD_outBuffer step{out.data() + used, *room, 0};
    const std::size_t before = in.pos;
    pending = ZSTD_decompressStream(context.get(), &step, &in);
    used += step.pos;
    const bool is_stuck = in.pos == before && step.pos == 0 && pending != 0;
    if (ZSTD_isError(pending) != 0 || is_stuck) return broken();
  }
  if (used > limit) return std::unexpected(grow(out, used, limit).error());
  out.resize(used);
  return {};
}

}  // namespace

bool is_identity_coding(std::string_view coding) {
  coding = trim(coding);
  return coding.empty() || equals_ignoring_case(coding, "identity");
}

Result<void> decode_body(std::string_view coding, std::string_view body, std::size_t limit,
                         std::string& out) {
  coding = trim(coding);
  if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) {
    return decode_gzip(body, limit, out);
  }
  if (equals_ignoring_case(coding, "br")) return decode_brotli(body, limit, out);
  if (equals_ignoring_case(coding, "zstd")) return decode_zstd(body, limit, out);
  return fail(ErrorKind::UnsupportedMediaType,
              "the content coding '" + std::string(coding.substr(0, 64)) + "' is not known");
}

}  // namespace fastgate::gateway
