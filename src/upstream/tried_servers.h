/// Which servers of its group an exchange has tried, by index. Single-threaded value.
#pragma once

#include <cstdint>
#include <vector>

namespace fastgate::upstream {

/// What is left of a group: nothing, servers that are out or unhealthy, or better ones.
enum class Untried : std::uint8_t { None, Out, Alive };

/// Takes memory with the first server that is added: a request whose first try succeeds adds none.
class TriedServers {
 public:
  void add(std::uint32_t server) {
    const std::size_t word = server / kBits;
    if (word >= words_.size()) words_.resize(word + 1);
    words_[word] |= std::uint64_t{1} << server % kBits;
  }
  [[nodiscard]] bool has(std::uint32_t server) const {
    const std::size_t word = server / kBits;
    return word < words_.size() && (words_[word] >> server % kBits & 1) != 0;
  }
  [[nodiscard]] bool is_empty() const { return words_.empty(); }
  void clear() { words_.clear(); }

 private:
  static constexpr std::uint32_t kBits = 64;
  std::vector<std::uint64_t> words_;
};

}  // namespace fastgate::upstream
