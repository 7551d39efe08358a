#include "net/memory_stream.h"

#include <algorithm>
#include <string>

namespace fastgate::net {
namespace {

class MemoryStream final : public Stream {
 public:
  MemoryStream(Loop& loop, std::size_t capacity) : loop_(loop), capacity_(capacity) {}
  ~MemoryStream() override;
  MemoryStream(const MemoryStream&) = delete;
  MemoryStream& operator=(const MemoryStream&) = delete;
  void join(MemoryStream* other) { other_ = other; }

  void start(StreamOwner* owner) override {
    owner_ = owner;
    resume_reading();
  }
  void set_owner(StreamOwner* owner) override { owner_ = owner; }
  void pause_reading() override { is_paused_ = true; }
  void resume_reading() override {
    is_paused_ = false;
    deliver_later();
  }
  void write(std::span<const std::string_view> pieces) override;
  using Stream::write;
  [[nodiscard]] std::size_t pending() const override { return pending_.size() - moved_; }
  void set_high_mark(std::size_t bytes) override {
    high_mark_ = bytes;
    is_above_mark_ = pending() > high_mark_;
  }
  void end_writing() override;
  void reset_on_close() override {
    is_resetting_ = true;
    is_above_mark_ = false;
    drop_pending();
  }
  [[nodiscard]] bool is_failed() const override { return is_failed_; }
  [[nodiscard]] bool nothing_acknowledged_of_last(std::size_t length) const override {
    const std::size_t on_the_way = other_ != nullptr ? other_->arrived_.size() : undelivered_;
    return lost_ + pending() + on_the_way >= length;
  }

 private:
  void deliver_later() { loop_.call_later<&MemoryStream::deliver>(deliver_, this); }
  void drop_pending() {
    pending_.clear();
    moved_ = 0;
  }
  void deliver();
  void deliver_bytes();
  void move_on();
  void report_drained() { owner_->on_drained(); }
  void report_failed();

  Loop& loop_;
  MemoryStream* other_ = nullptr;  ///< null once it is gone
  StreamOwner* owner_ = nullptr;
  std::size_t capacity_;
  std::string arrived_;  ///< in flight to this end, at most capacity_
  std::string pending_;  ///< written here, in flight only up to moved_
  std::size_t moved_ = 0;
  std::size_t high_mark_ = SIZE_MAX;
  std::size_t lost_ = 0;         ///< bytes written after the other end was gone
  std::size_t undelivered_ = 0;  ///< bytes in flight when the other end went
  LaterCall deliver_;
  LaterCall drained_;
  bool is_paused_ = true;
  bool is_above_mark_ = false;
  bool is_ending_ = false;
  bool is_resetting_ = false;
  bool is_failed_ = false;          ///< a write failed
  bool has_arrived_all_ = false;    ///< the other end ended its direction behind arrived_
  bool has_arrived_reset_ = false;  ///< the other end reset the connection behind arrived_
  bool is_end_reported_ = false;
  bool is_failure_reported_ = false;
};

MemoryStream::~MemoryStream() {
  if (other_ == nullptr) return;
  // Like a socket closed with bytes unread, which sends a reset.
  const bool resets = is_resetting_ || !arrived_.empty();
  other_->undelivered_ = arrived_.size();
  other_->other_ = nullptr;
  (resets ? other_->has_arrived_reset_ : other_->has_arrived_all_) = true;
  other_->deliver_later();
}

void MemoryStream::write(std::span<const std::string_view> pieces) {
  if (is_resetting_) return;
  FG_ASSERT(!is_ending_);
  for (const std::string_view piece : pieces) pending_ += piece;
  if (other_ == nullptr) {
    lost_ += pending();
    drop_pending();
    is_failed_ = true;
    return deliver_later();
  }
  move_on();
  if (pending() > high_mark_) is_above_mark_ = true;
}

void MemoryStream::end_writing() {
  if (is_ending_ || is_resetting_) return;
  is_ending_ = true;
  move_on();
}

/// Puts as much in flight as there is room for.
void MemoryStream::move_on() {
  if (other_ == nullptr) return;
  const std::size_t room = capacity_ - std::min(capacity_, other_->arrived_.size());
  const std::size_t size = std::min(room, pending());
  other_->arrived_.append(pending_, moved_, size);
  moved_ += size;
  if (pending() == 0) drop_pending();
  if (is_ending_ && pending() == 0) other_->has_arrived_all_ = true;
  if (size > 0 || other_->has_arrived_all_) other_->deliver_later();
  if (!is_above_mark_ || pending() > high_mark_ / 2) return;
  is_above_mark_ = false;
  loop_.call_later<&MemoryStream::report_drained>(drained_, this);
}

void MemoryStream::deliver() {
  if (is_failure_reported_ || owner_ == nullptr) return;
  if (!is_paused_ && !arrived_.empty()) return deliver_bytes();
  if (is_failed_) return report_failed();
  if (is_paused_ || is_end_reported_) return;
  if (has_arrived_reset_) return report_failed();
  if (!has_arrived_all_) return;
  is_end_reported_ = true;
  owner_->on_end();
}

void MemoryStream::deliver_bytes() {
  std::string bytes = std::move(arrived_);
  arrived_.clear();
  if (bytes.size() > Loop::kShortRead) {
    arrived_ = bytes.substr(Loop::kShortRead);
    bytes.resize(Loop::kShortRead);
  }
  if (other_ != nullptr) other_->move_on();
  deliver_later();
  owner_->on_bytes(bytes);
}

void MemoryStream::report_failed() {
  is_failed_ = is_failure_reported_ = true;
  drop_pending();
  owner_->on_failed(
      fail(ErrorKind::UpstreamReset, "the connection in memory broke", RetrySafety::IfIdempotent)
          .error());
}

}  // namespace

std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_memory_streams(
    Loop& loop, MemoryStreamOptions options) {
  auto first = std::make_unique<MemoryStream>(loop, options.capacity);
  auto second = std::make_unique<MemoryStream>(loop, options.capacity);
  first->join(second.get());
  second->join(first.get());
  return {std::move(first), std::move(second)};
}

}  // namespace fastgate::net
