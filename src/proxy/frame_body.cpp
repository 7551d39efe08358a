#include "proxy/frame_body.h"

#include <array>

#include "http/http1_writer.h"
#include "http/line_section.h"

namespace fastgate::proxy {
namespace {

/// The trailer lines, each of which was read before, that are not taken off.
std::string kept_lines(std::string_view trailers, const gateway::FieldRemoval& taken_off) {
  std::string kept;
  for (std::size_t start = 0; start < trailers.size();) {
    const auto line = http::read_field_line(trailers, start);
    FG_ASSERT(line.has_value());
    const http::FieldList::Span& span = line->span;
    const http::Field field{
        .name = trailers.substr(span.name_offset, span.name_length), .value = {}, .id = span.id};
    if (!taken_off.contains(field)) kept.append(trailers.substr(start, line->end - start));
    start = line->end;
  }
  return kept;
}

}  // namespace

std::size_t size_of(std::span<const std::string_view> pieces) {
  std::size_t total = 0;
  for (const std::string_view piece : pieces) total += piece.size();
  return total;
}

void frame_body(http::BodyFraming framing, const BodyPart& part, std::string& frames,
                std::vector<std::string_view>& out, const gateway::FieldRemoval* taken_off) {
  if (framing != http::BodyFraming::Chunked) {
    out.insert(out.end(), part.pieces.begin(), part.pieces.end());
    return;
  }
  frames.clear();
  const std::size_t length = size_of(part.pieces);
  std::size_t line_length = 0;
  if (length > 0) {
    std::array<char, http::kMaxChunkLine> line{};
    line_length = http::write_chunk_line(line.data(), length);
    frames.append(line.data(), line_length);
  }
  // A chunk's end and the last chunk stand together, so that they leave as one view.
  const std::size_t tail_start = frames.size();
  if (length > 0) frames.append(http::kChunkEnd);
  if (part.end == BodyEnd::Last) {
    if (part.trailers.empty()) {
      frames.append(http::kLastChunk);
    } else if (taken_off != nullptr) {
      http::append_last_chunk(frames, kept_lines(part.trailers, *taken_off));
    } else {
      http::append_last_chunk(frames, part.trailers);
    }
  }
  const std::string_view all(frames);
  if (length > 0) {
    out.push_back(all.substr(0, line_length));
    out.insert(out.end(), part.pieces.begin(), part.pieces.end());
  }
  if (tail_start < all.size()) out.push_back(all.substr(tail_start));
}

}  // namespace fastgate::proxy
