/// Many scalar literals, one hash look-up: routes that differ only by `{"model": "…"}`.
///
/// Built when a configuration is compiled, then immutable and shared by all threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json/document.h"

namespace fastgate::json {

/// Gives each different scalar (null, boolean, number, string) a slot: 0, 1, 2, …. The caller keeps
/// what belongs to a slot, for example the routes whose rule names that value.
class ScalarIndex {
 public:
  /// The slot of `value`, a new one unless an equal value was added before (1 and 1.0 are equal).
  /// Nothing for arrays and objects.
  std::optional<std::uint32_t> add(ValueView value);
  /// The slot of the literal that equals `value`. Complexity: constant in the number of literals.
  [[nodiscard]] std::optional<std::uint32_t> find(ValueView value) const;
  [[nodiscard]] std::size_t size() const { return literals_.size(); }

 private:
  struct Literal {
    std::uint64_t hash = 0;
    Kind kind = Kind::Null;
    bool boolean = false;
    Number number{};
    std::string text{};

    [[nodiscard]] bool equals(std::uint64_t other_hash, ValueView value) const;
  };
  static constexpr std::uint32_t kEmpty = 0xFFFFFFFF;

  [[nodiscard]] std::size_t cell_of(std::uint64_t hash, ValueView value) const;
  void grow();

  std::vector<Literal> literals_;
  std::vector<std::uint32_t> cells_;  ///< slots by hash, a power of two, at most half full
};

}  // namespace fastgate::json
