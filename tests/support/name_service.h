/// The system's name service, answered for by a test: names that end in `.names.test`.
///
/// Defines getaddrinfo, so one source of a test program includes it. Asked from any thread.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <netdb.h>

namespace fastgate::test {

class NameService {
 public:
  /// What all such names stand for from now on: one address each; none: they are not found.
  void answer_with(std::vector<std::string> addresses) {
    const std::lock_guard lock(mutex_);
    addresses_ = std::move(addresses);
  }
  /// How often was asked since the last call.
  [[nodiscard]] int take_calls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, 0);
  }
  [[nodiscard]] std::vector<std::string> ask() {
    const std::lock_guard lock(mutex_);
    ++calls_;
    return addresses_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> addresses_;
  int calls_ = 0;
};

inline NameService name_service;

}  // namespace fastgate::test

/// In place of the C library's, which answers for all other names and makes the lists.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  const auto system = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node == nullptr || !std::string_view(node).ends_with(".names.test")) {
    return system(node, service, hints, result);
  }
  addrinfo** end = result;
  *result = nullptr;
  for (const std::string& address : fastgate::test::name_service.ask()) {
    if (const int failed = system(address.c_str(), service, hints, end); failed != 0) return failed;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return *result == nullptr ? EAI_NONAME : 0;
}
