/// How far the audit store was told of one exchange: a member of its record, and a link of the
/// feed's list of exchanges that there is news of.
///
/// Used by audit_feed alone; single-threaded, as the exchange is.
#pragma once

#include <cstdint>

namespace fastgate::record {

struct ExchangeRecord;

/// Stands in a ring while the feed has something to tell. A copy stands in none.
class AuditTrace {
 public:
  AuditTrace() = default;
  ~AuditTrace() { unlink(); }
  AuditTrace(const AuditTrace& /*other*/) noexcept {}
  AuditTrace& operator=(const AuditTrace& other) noexcept {
    if (this == &other) return *this;
    unlink();
    number_ = 0;
    has_row_ = false;
    return *this;
  }

 private:
  friend class AuditFeed;
  /// Makes it the head of an empty ring.
  void become_head() { next_ = previous_ = this; }
  [[nodiscard]] bool is_linked() const { return next_ != nullptr; }
  void link_before(AuditTrace& head, const ExchangeRecord& record) {
    record_ = &record;
    next_ = &head;
    previous_ = head.previous_;
    head.previous_->next_ = this;
    head.previous_ = this;
  }
  void unlink() {
    if (next_ == nullptr) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
  }

  AuditTrace* next_ = nullptr;
  AuditTrace* previous_ = nullptr;
  const ExchangeRecord* record_ = nullptr;
  std::uint64_t number_ = 0;  ///< AuditRow::exchange_number; 0: the feed does not know it
  bool has_row_ = false;      ///< a stage was told of
};

}  // namespace fastgate::record
