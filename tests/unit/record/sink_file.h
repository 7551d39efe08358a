/// A log file in a folder of its own, for the tests of what reaches the disk.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <stdlib.h>

#include "base/log_sink.h"

namespace fastgate::record {

class SinkFile {
 public:
  SinkFile() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "fastgate-record-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    auto opened = LogSink::open((folder_ / "log").string());
    REQUIRE(opened.has_value());
    sink_ = std::move(*opened);
  }
  ~SinkFile() {
    sink_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  SinkFile(const SinkFile&) = delete;
  SinkFile& operator=(const SinkFile&) = delete;

  [[nodiscard]] LogSink* sink() { return sink_.get(); }
  /// What was submitted so far.
  [[nodiscard]] std::string content() {
    sink_->flush();
    std::ifstream file(folder_ / "log", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<LogSink> sink_;
};

}  // namespace fastgate::record
