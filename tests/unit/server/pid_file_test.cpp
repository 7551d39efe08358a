#include "server/pid_file.h"

#include <csignal>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace fastgate::server {
namespace {

/// An empty folder of this test's own.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "fastgate-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] bool is_empty() const { return std::filesystem::is_empty(path_); }

 private:
  std::string path_;
};

/// No file may grow, as on a full disk.
class FullDisk {
 public:
  FullDisk() {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("a pid file is there for as long as its object is, in folders that it makes") {
  const Folder folder;
  const std::string path = folder.file("deep/er/pid");
  {
    const auto written = PidFile::write(path);
    REQUIRE(written.has_value());
    CHECK(PidFile::read(path) == ::getpid());
  }
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("a pid file that a full disk refuses leaves nothing behind") {
  const Folder folder;
  Result<PidFile> written = PidFile();
  {
    const FullDisk full;
    written = PidFile::write(folder.file("pid"));
  }
  REQUIRE(!written.has_value());
  CHECK(written.error().text ==
        "cannot write the pid file " + folder.file("pid") + ": File too large");
  CHECK(folder.is_empty());
}

TEST_CASE("a check says what writing would fail with, and makes nothing") {
  const Folder folder;
  CHECK(PidFile::check("off").has_value());
  CHECK(PidFile::check("").has_value());
  CHECK(PidFile::check(folder.file("deep/er/pid")).has_value());
  const auto is_folder = PidFile::check(folder.file(""));
  REQUIRE(!is_folder.has_value());
  CHECK(is_folder.error().text ==
        "cannot write the pid file " + folder.file("") + ": Is a directory");
  const auto below_file = PidFile::check("/dev/null/pid");
  REQUIRE(!below_file.has_value());
  CHECK(below_file.error().text == "cannot write the pid file /dev/null/pid: Not a directory");
  CHECK(folder.is_empty());
}

}  // namespace fastgate::server
