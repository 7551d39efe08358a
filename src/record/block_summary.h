/// What a block of records holds, so that a query need not read it: instead of indexes, which would
/// cost every insert a search.
///
/// Records lie in blocks of kBlockRows by row. Of each full block the store keeps small Bloom
/// filters of what its records hold: values, and the pairs of values that people ask for together.
/// A filter that says no is right; one that says yes is wrong about once in a thousand times.
/// Values; single-threaded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "record/audit_batch.h"
#include "record/audit_filter.h"

namespace fastgate::record {

inline constexpr std::int64_t kBlockRows = 4096;

/// Rows count from 1, blocks from 0.
constexpr std::int64_t block_of_row(std::int64_t row) {
  return (row - 1) / kBlockRows;
}
constexpr std::int64_t first_row_of_block(std::int64_t block) {
  return block * kBlockRows + 1;
}

/// The bits of a set of hashes; stored as they are.
class BloomFilter {
 public:
  /// Room for `elements` at 16 bits each, but no more than `max_bytes`.
  BloomFilter(std::size_t elements, std::size_t max_bytes);
  explicit BloomFilter(std::string_view bits) : bits_(bits) {}

  void add(std::uint64_t hash);
  [[nodiscard]] const std::string& bits() const { return bits_; }
  /// An empty filter may hold anything.
  [[nodiscard]] static bool may_hold(std::string_view bits, std::uint64_t hash);

 private:
  std::string bits_;
};

/// What of a record is summarised.
struct SummarisedRow {
  std::int64_t time = 0;  ///< request_time, us
  std::uint16_t status = 0;
  bool is_stream = false;
  bool has_error = false;
  AuditKind kind = AuditKind::Traffic;
  std::string_view actor;  ///< of AuditKind::Admin
  std::string_view method;
  std::string_view key_id;
  std::string_view source_path;
  std::string_view route_id;
  std::string_view path;
  std::string_view client;      ///< as stored
  std::string_view request_id;  ///< as stored
};

/// The hashes of what is asked about a record's values and pairs of values.
[[nodiscard]] std::vector<std::uint64_t> value_hashes(const SummarisedRow& row);

/// Collects one block.
class BlockSummary {
 public:
  void add(const SummarisedRow& row);
  void clear();

  [[nodiscard]] std::int64_t first_time() const { return first_time_; }
  [[nodiscard]] std::int64_t last_time() const { return last_time_; }
  [[nodiscard]] std::string value_bits() const;
  [[nodiscard]] std::string path_bits() const;
  [[nodiscard]] std::string client_bits() const;
  [[nodiscard]] std::string request_id_bits() const;

 private:
  using Hashes = std::unordered_set<std::uint64_t>;
  void add_path(std::string_view path);

  std::int64_t first_time_ = INT64_MAX;
  std::int64_t last_time_ = INT64_MIN;
  Hashes combinations_;  ///< of all values of a row: most rows bring nothing new
  Hashes values_;
  Hashes whole_paths_;
  Hashes paths_;
  Hashes clients_;
  std::vector<std::uint64_t> request_ids_;
};

/// The hashes that a block must hold for a filter to match in it.
struct BlockQuestion {
  std::vector<std::uint64_t> values;
  std::optional<std::uint64_t> path;
  std::optional<std::uint64_t> client;
  std::optional<std::uint64_t> request_id;

  explicit BlockQuestion(const AuditFilter& filter);
};

/// How an address and a request id are stored: 4 or 16 bytes; 12 bytes for the gateway's own ids.
[[nodiscard]] std::string_view stored_client(const IpAddress& address);
/// `room` holds the result where it is not `id` itself.
[[nodiscard]] std::string_view stored_request_id(std::string_view id, std::array<char, 12>& room);
/// The text of a request id that was stored as 12 bytes.
[[nodiscard]] std::string request_id_text(std::string_view stored);

}  // namespace fastgate::record
