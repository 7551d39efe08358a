/// Log files in a folder of its own, for the tests of LogSink.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>
#include <stdlib.h>

#include "base/log_sink.h"

namespace fastgate::testing {

/// A folder of its own for each test, removed at its end.
class LogFolder {
 public:
  LogFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fastgate-log-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~LogFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  LogFolder(const LogFolder&) = delete;
  LogFolder& operator=(const LogFolder&) = delete;
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::unique_ptr<LogSink> open_sink(const std::string& path) {
  auto sink = LogSink::open(path);
  if (!sink) FAIL(sink.error().text);
  return std::move(*sink);
}

inline void submit(LogSink& sink, std::string batch) {
  sink.submit(batch);
  CHECK(batch.empty());
}

}  // namespace fastgate::testing
