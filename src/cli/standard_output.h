/// Standard output of one command. std::cout alone forgets why a write failed.
#pragma once

#include <array>
#include <streambuf>

#include "base/error.h"

namespace fastgate::cli {

/// Takes the place of std::cout's buffer for as long as it lives; there is one at a time.
class StandardOutput final : private std::streambuf {
 public:
  StandardOutput();
  ~StandardOutput() override;
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  /// Writes what is still held. Errors: Io, if this or any write before it failed.
  [[nodiscard]] Result<void> finish();

 private:
  int sync() override;
  int_type overflow(int_type next) override;

  std::streambuf* before_;
  std::array<char, 8192> held_{};
  int error_ = 0;  ///< errno of the first write that failed; nothing is written after it
};

}  // namespace fastgate::cli
