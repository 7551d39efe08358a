/// Who is logged in at the web pages: cookies in place of tokens.
///
/// Owned by the server, outlives reloads, shared by all workers; each call takes a lock for the
/// length of a look-up in a table of fixed size. Only digests of cookies are kept.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/sha256.h"

namespace fastgate::admin {

struct Login {
  Sha256 token_sha256{};  ///< of the token that opened it: it ends with that token
  std::string csrf_token;
};

class SessionBook {
 public:
  static constexpr std::size_t kMost = 256;  ///< beyond, the one that was idle longest ends
  static constexpr std::chrono::hours kIdle{2};
  static constexpr std::chrono::hours kWhole{12};

  struct Opened {
    std::string cookie;
    std::string csrf_token;
  };
  [[nodiscard]] Opened open(const Sha256& token_sha256, WallTime now);
  /// Nothing for an unknown or expired one.
  [[nodiscard]] std::optional<Login> find(std::string_view cookie, WallTime now);
  void close(std::string_view cookie);

 private:
  struct Entry {
    Sha256 cookie_sha256{};
    Login login;
    WallTime opened;
    WallTime used;
  };
  std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace fastgate::admin
