/// A process without descriptors, for as long as a test wants it.
#pragma once

#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace fastgate::test {

/// Takes descriptors until none are left. Meanwhile no virtual calls: sanitizers may need a
/// descriptor to look at an object's type.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 256;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken_.push_back(fd);
  }
  ~NoDescriptors() {
    for (const int fd : taken_) ::close(fd);
    setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

}  // namespace fastgate::test
