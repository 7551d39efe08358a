#include "net/outbox.h"

#include <algorithm>

#include "net/uv_tcp_stream.h"

namespace fastgate::net {

void Outbox::close() {
  flush();
  is_open_ = false;
}

bool Outbox::try_keep(UvTcpStream& stream, std::span<const std::string_view> pieces) {
  std::size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  if (!is_open_ || size > kMostKept) return false;
  const bool continues = stream.is_in_outbox_ && entries_[count_ - 1].stream == &stream;
  const bool is_full = used_ + size > kRoom || (!continues && count_ == kMostStreams);
  if (is_full || (stream.is_in_outbox_ && !continues)) flush();
  if (!stream.is_in_outbox_) {
    entries_[count_++] = {&stream, 0};
    stream.is_in_outbox_ = true;
  }
  entries_[count_ - 1].size += size;
  // Not ranges::copy, which copies from const byte by byte in libstdc++ 12.
  for (const std::string_view piece : pieces) {
    std::copy(piece.begin(), piece.end(), bytes_.get() + used_);
    used_ += piece.size();
  }
  return true;
}

void Outbox::send(UvTcpStream& stream) {
  const Entry& last = entries_[count_ - 1];
  if (last.stream != &stream) return flush();
  --count_;
  used_ -= last.size;
  stream.is_in_outbox_ = false;
  const std::string_view bytes(bytes_.get() + used_, last.size);
  stream.send({&bytes, 1});
}

void Outbox::flush() {
  const char* begin = bytes_.get();
  for (const Entry& entry : std::span(entries_).first(count_)) {
    const std::string_view bytes(begin, entry.size);
    begin += entry.size;
    entry.stream->is_in_outbox_ = false;
    entry.stream->send({&bytes, 1});
  }
  count_ = used_ = 0;
}

}  // namespace fastgate::net
