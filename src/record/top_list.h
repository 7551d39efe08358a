/// The most frequent of many names, in bounded memory (the "space saving" way of counting).
///
/// Exact while there are no more names than kCapacity. Beyond that a rare name may be left out, and
/// a name that came late may be counted too high, by no more than its requests_error. Mergeable;
/// a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "record/rollup_stats.h"

namespace fastgate::record {

class TopList {
 public:
  static constexpr std::size_t kCapacity = 100;
  static constexpr std::size_t kMaxName = 256;  ///< longer names are cut

  /// Counts without bound until shrink(): for the names of one commit.
  void add(std::string_view name, bool is_error);
  void merge(const TopList& other);
  /// Leaves the kCapacity most frequent.
  void shrink();
  [[nodiscard]] bool is_empty() const { return entries_.empty(); }
  /// Most requests first.
  [[nodiscard]] std::vector<TopEntry> sorted() const;

  void append_to(std::string& out) const;
  /// Reads append_to()'s form. What is damaged gives an empty list.
  [[nodiscard]] static TopList parse(std::string_view bytes);

 private:
  struct Count {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    std::uint64_t requests_error = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, Count, Hash, std::equal_to<>> entries_;
  std::uint64_t floor_ = 0;  ///< a name that is not listed had at most so many requests
};

}  // namespace fastgate::record
