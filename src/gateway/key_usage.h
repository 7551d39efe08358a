/// How much each key is used: requests, errors, bytes, and when last.
///
/// KeyUsageBook is owned by the server, outlives reloads, and is saved off the loops from time to
/// time and at the end. Each worker writes cells of its own (no counter has two writers); a reader
/// sums them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "gateway/key_book.h"

namespace fastgate::gateway {

/// What became of one request, or the sum of many.
struct KeyUsage {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;     ///< answered 400 and above
  std::uint64_t bytes_in = 0;   ///< of request bodies
  std::uint64_t bytes_out = 0;  ///< of response bodies
  WallTime last_used;           ///< the epoch: never
  bool operator==(const KeyUsage&) const = default;
};

/// One key's counters in one worker. Written by that worker alone, read by everybody. In a line of
/// memory of its own, so that a request touches one, and none that another worker writes.
class alignas(64) UsageCell {
 public:
  void add(const KeyUsage& usage);
  /// The counters are read one by one: a request that ends meanwhile may be in some of them only.
  [[nodiscard]] KeyUsage read() const;
  /// Asks for the memory that add() will write.
  void fetch_ahead() const { __builtin_prefetch(this, 1); }

 private:
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::uint64_t> bytes_in_{0};
  std::atomic<std::uint64_t> bytes_out_{0};
  std::atomic<std::int64_t> last_used_{0};  ///< nanoseconds since the epoch
};

/// Thread-safe; takes a lock in every call, so none belongs on the path of a request.
class KeyUsageBook {
 public:
  explicit KeyUsageBook(std::size_t workers) : workers_(workers) {}

  /// The cell that worker `worker` (from 0) writes for a key.
  [[nodiscard]] std::shared_ptr<UsageCell> cell(std::size_t worker, std::string_view key_id);
  /// The sum over all workers and what was restored; zeros for a key that was never used.
  [[nodiscard]] KeyUsage usage(std::string_view key_id) const;
  /// Drops what belongs to keys that are not configured any more. Call after a reload.
  void keep_only(const KeyBook& keys);

  /// Form: a line `fastgate-usage 1`, then `key ID REQUESTS ERRORS BYTES_IN BYTES_OUT LAST_USED` by
  /// id (percent-encoded), times in ns since the epoch. Unused keys are left out.
  [[nodiscard]] std::string save() const;
  /// The same form, with what was counted since `earlier`, which counted a part of it; empty if
  /// that is nothing.
  [[nodiscard]] std::string save_beyond(const KeyUsageBook& earlier) const;
  /// Adds a saved text's counts. A text of another form is ignored whole, a line of another form by
  /// itself.
  void restore(std::string_view saved);

 private:
  struct Entry {
    KeyUsage restored;
    std::vector<std::shared_ptr<UsageCell>> cells;  ///< by worker; null until wanted
  };
  [[nodiscard]] static KeyUsage sum_of(const Entry& entry);

  const std::size_t workers_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// One worker's cells for the keys of one snapshot, found once, beside its loop. Immutable.
class WorkerKeyUsage {
 public:
  WorkerKeyUsage(const KeyBook& keys, KeyUsageBook& book, std::size_t worker);
  /// `key` is of the same snapshot. A request that may outlive this object keeps a copy.
  [[nodiscard]] const std::shared_ptr<UsageCell>& cell_of(const Key& key) const {
    return cells_[key.index];
  }

 private:
  std::vector<std::shared_ptr<UsageCell>> cells_;  ///< by Key::index
};

}  // namespace fastgate::gateway
