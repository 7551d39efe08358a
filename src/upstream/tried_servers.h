/// Which servers of its group an exchange has tried, by index. Single-threaded value.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace fastgate::upstream {

/// What is left of a group: nothing, servers that are out or unhealthy, or better ones.
enum class Untried : std::uint8_t { None, Out, Alive };

/// Takes memory with the first server that is added: a request whose first try succeeds adds none,
/// and each open stream holds one of these.
class TriedServers {
 public:
  void add(std::uint32_t server) {
    if (!words_) words_ = std::make_unique<std::vector<std::uint64_t>>();
    const std::size_t word = server / kBits;
    if (word >= words_->size()) words_->resize(word + 1);
    (*words_)[word] |= std::uint64_t{1} << server % kBits;
  }
  [[nodiscard]] bool has(std::uint32_t server) const {
    const std::size_t word = server / kBits;
    return words_ && word < words_->size() && ((*words_)[word] >> server % kBits & 1) != 0;
  }
  [[nodiscard]] bool is_empty() const { return words_ == nullptr; }
  void clear() { words_.reset(); }

 private:
  static constexpr std::uint32_t kBits = 64;
  std::unique_ptr<std::vector<std::uint64_t>> words_;
};

}  // namespace fastgate::upstream
