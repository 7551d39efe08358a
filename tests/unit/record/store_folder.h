/// A folder of its own for a store, gone with its object.
#pragma once

#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <stdlib.h>

namespace fastgate::record {

class StoreFolder {
 public:
  StoreFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "fastgate-store-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~StoreFolder() {
    std::error_code ignored;
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(folder_, ignored);
  }
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return folder_; }
  [[nodiscard]] std::string sqlite_path() const { return (folder_ / "audit.db").string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace fastgate::record
