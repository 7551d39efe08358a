/// One flat hash table from (scope, text) to a number: hosts and parts of paths of a whole
/// configuration stand in one piece of memory. Built once, then immutable and shared by all
/// workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fastgate::gateway {

class TextTable {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  /// What a text means: the same text may stand for different things in different places.
  struct Scope {
    std::uint32_t place = 0;
    std::uint8_t kind = 0;
    bool operator==(const Scope&) const = default;
  };

  TextTable();

  /// The value of a text in a scope; kNone if it was not put in.
  /// Complexity: one probe whatever the number of texts, and one comparison.
  [[nodiscard]] std::uint32_t find(Scope scope, std::string_view text) const;

  /// The place of the value, made if there is none: then it is kNone and must be filled at once.
  [[nodiscard]] std::uint32_t& at(Scope scope, std::string_view text);

  [[nodiscard]] bool empty() const { return used_ == 0; }

  /// Replaces each value of a scope's kind for which `chosen(kind)` holds by `numbers[value]`.
  template <class Chosen>
  void renumber(const std::vector<std::uint32_t>& numbers, Chosen chosen) {
    for (Slot& slot : slots_) {
      if (slot.value != kNone && chosen(slot.scope.kind)) slot.value = numbers[slot.value];
    }
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;  ///< the upper half
    std::uint32_t value = kNone;
    Scope scope;
    std::uint32_t text_offset = 0;
    std::uint32_t text_length = 0;
  };
  [[nodiscard]] bool holds(const Slot& slot, std::uint64_t hash, Scope scope,
                           std::string_view text) const;
  void grow();

  std::vector<Slot> slots_;  ///< open addressing; the size is a power of two, at most half is used
  std::vector<std::uint64_t> hashes_;  ///< of the slots, while the table is built
  std::size_t used_ = 0;
  std::string text_;  ///< the texts one behind the other
};

}  // namespace fastgate::gateway
