#include "net/inbox.h"

#include <algorithm>
#include <span>
#include <utility>

#include "net/loop.h"
#include "net/uv_tcp_stream.h"

namespace fastgate::net {

void Inbox::add(UvTcpStream& stream) {
  if (stream.is_in_inbox_ || stream.is_held_) return;
  stream.is_in_inbox_ = true;
  Reading& reading = readings_[count_++];
  reading.stream = &stream;
  reading.side = stream.side();
  if (count_ == kMostStreams) read_all();  // may end the stream
}

void Inbox::read_all() {
  std::size_t told = 0;
  while (told < count_) {
    const std::size_t end = read_from(told);
    tell_side(PeerSide::Upstream, told, end);
    tell_side(PeerSide::Downstream, told, end);
    told = end;
  }
  count_ = 0;
}

/// Reads one stream after the other, from the `first`, until what came fills kReadTogether. Returns
/// the number of the one that it did not come to.
std::size_t Inbox::read_from(std::size_t first) {
  static_assert(kReadTogether + Loop::kShortRead <= Loop::kReadBufferSize);
  std::span<char> room(loop_.read_buffer(), Loop::kReadBufferSize);
  const std::size_t enough = room.size() - kReadTogether;
  std::size_t next = first;
  for (; next < count_ && room.size() > enough; ++next) {
    Reading& reading = readings_[next];
    if (reading.stream == nullptr) continue;
    reading.arrival = reading.stream->receive(room);
    room = room.subspan(reading.arrival.bytes.size());
  }
  return next;
}

void Inbox::tell_side(PeerSide side, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (readings_[i].side == side) tell(readings_[i]);
  }
}

void Inbox::tell(Reading& reading) {
  UvTcpStream* stream = std::exchange(reading.stream, nullptr);
  if (stream == nullptr) return;
  stream->is_in_inbox_ = false;
  const Arrival& arrival = reading.arrival;
  if (arrival.is_nothing()) return;
  if (!stream->is_paused_) return stream->tell(arrival);
  held_.push_back({stream, std::string(arrival.bytes), arrival.failure});
  stream->is_held_ = true;
}

void Inbox::tell_held_later() {
  loop_.call_later<&Inbox::tell_held>(telling_held_, this);
}

void Inbox::tell_held() {
  for (std::size_t i = 0; i < held_.size(); ++i) {
    UvTcpStream* stream = held_[i].stream;
    if (stream == nullptr || stream->is_paused_) continue;
    const Held held = std::exchange(held_[i], {});
    stream->is_held_ = false;
    stream->tell({held.bytes, held.failure});
  }
  std::erase_if(held_, [](const Held& held) { return held.stream == nullptr; });
}

void Inbox::forget(const UvTcpStream& stream) {
  const auto drop = [&stream](auto& entry) {
    if (entry.stream == &stream) entry.stream = nullptr;
  };
  if (stream.is_in_inbox_) std::ranges::for_each(std::span(readings_).first(count_), drop);
  if (stream.is_held_) std::ranges::for_each(held_, drop);
}

}  // namespace fastgate::net
