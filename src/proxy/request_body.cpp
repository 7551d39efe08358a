#include "proxy/request_body.h"

namespace fastgate::proxy {
namespace {

/// A finished body's memory beyond this is given back instead of kept for the next request.
constexpr std::size_t kKeptCapacity = 8 * 1024;

}  // namespace

void RequestBody::reset() {
  held_.clear();
  if (held_.capacity() > kKeptCapacity) held_.shrink_to_fit();
  trailers_.clear();
  received_ = 0;
  content_length_ = 0;
  replay_limit_ = 0;
  is_complete_ = false;
  is_replayable_ = true;
}

void RequestBody::add(const BodyPart& part, Sent sent) {
  const std::size_t size = size_of(part.pieces);
  received_ += size;
  if (part.end == BodyEnd::Last) {
    is_complete_ = true;
    trailers_.assign(part.trailers);
  }
  if (sent == Sent::Yes) {
    const bool fits = held_.size() + size <= replay_limit_ && content_length_ <= replay_limit_;
    if (is_replayable_ && !fits) {
      is_replayable_ = false;
      std::string().swap(held_);
    }
    if (!is_replayable_) return;
  }
  for (const std::string_view piece : part.pieces) held_.append(piece);
}

void RequestBody::mark_sent() {
  if (held_.size() <= replay_limit_ && content_length_ <= replay_limit_) return;
  is_replayable_ = false;
  std::string().swap(held_);
}

void RequestBody::release() {
  is_replayable_ = false;
  held_.clear();
  if (held_.capacity() > kKeptCapacity) std::string().swap(held_);
}

void RequestBody::release_memory() {
  is_replayable_ = false;
  std::string().swap(held_);
}

}  // namespace fastgate::proxy
