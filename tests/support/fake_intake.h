/// An audit store that keeps what it is given and says it is full, or that rows are stored, when a
/// test says so.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "record/audit_batch.h"

namespace fastgate::test {

/// Used on the test's thread alone.
class FakeIntake final : public record::AuditIntake {
 public:
  /// A row with its texts.
  struct Kept {
    record::AuditRow row;
    std::string text;
    [[nodiscard]] std::string view(record::AuditText place) const {
      return text.substr(place.offset, place.length);
    }
  };

  record::AuditBatch submit(record::AuditBatch batch) override {
    ++batches;
    for (const record::AuditRow& row : batch.rows) rows.push_back({row, batch.text});
    ended.insert(ended.end(), batch.ended.begin(), batch.ended.end());
    if (batch.on_stored) held.push_back(std::move(batch.on_stored));
    batch.clear();
    return batch;
  }
  [[nodiscard]] bool is_full() const override { return full; }
  void count_dropped(std::uint64_t count) override { dropped += count; }

  /// The disk has taken all that came so far.
  void store_all() {
    for (const std::function<void()>& on_stored : std::exchange(held, {})) on_stored();
  }

  std::vector<Kept> rows;
  std::vector<std::uint64_t> ended;
  std::vector<std::function<void()>> held;
  std::size_t batches = 0;
  std::uint64_t dropped = 0;
  bool full = false;
};

}  // namespace fastgate::test
