#include "config/atomic_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"

namespace fastgate::config {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// A folder that is gone at the end of the test.
class Folder {
 public:
  Folder() : path_((fs::temp_directory_path() / "fastgate-edit-XXXXXX").string()) {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] std::string file(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void write(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::size_t entries_in(const std::string& path) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

/// Without a privileged user's rights for as long as it lives.
class Unprivileged {
 public:
  Unprivileged() {
    if (::geteuid() == 0) is_changed_ = ::seteuid(kNobody) == 0;
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (is_changed_) CHECK(::seteuid(0) == 0);
  }
  static constexpr uid_t kNobody = 65534;

 private:
  bool is_changed_ = false;
};

TEST_CASE("a folder that cannot be flushed takes changes all the same") {
  const Folder folder;
  write(folder.file("a.yaml"), "old");
  if (::geteuid() == 0) {
    REQUIRE(::chown(folder.path().c_str(), Unprivileged::kNobody, static_cast<gid_t>(-1)) == 0);
    fs::permissions(folder.file("a.yaml"), fs::perms(0644));
  }
  fs::permissions(folder.path(), fs::perms(0300));
  {
    const Unprivileged user;
    const auto old = read_versioned(folder.file("a.yaml"));
    REQUIRE(old.has_value());
    CHECK(replace_file(folder.file("a.yaml"), "new", old->version).has_value());
    CHECK(read_versioned(folder.file("a.yaml"))->text == "new");
    CHECK(remove_file(folder.file("a.yaml")).has_value());
  }
  fs::permissions(folder.path(), fs::perms(0700));
}

TEST_CASE("what a killed writer of the file left is taken away by the next, and nothing else is") {
  const Folder folder;
  const std::string path = folder.file("a.yaml");
  write(path, "old");
  for (const char* name :
       {".a.yaml.0123456789_-.tmp", ".a.yaml.short.tmp", ".a.yaml.0123456789!!.tmp",
        ".b.yaml.0123456789_-.tmp", "a.yaml.0123456789_-.tmp", ".a.yaml.abcdefghijkl.tmp",
        ".a.yaml.0123456789_-.tmp~"}) {
    write(folder.file(name), "half");
  }
  fs::create_symlink(path, folder.file(".a.yaml.AAAAAAAAAAAA.tmp"));
  fs::create_directory(folder.file(".a.yaml.BBBBBBBBBBBB.tmp"));
  // A writer that lives.
  const int held = ::open(folder.file(".a.yaml.abcdefghijkl.tmp").c_str(), O_RDONLY);
  REQUIRE(::flock(held, LOCK_EX) == 0);
  const auto read = read_versioned(path);
  REQUIRE(read);
  REQUIRE(replace_file(path, "new", read->version));
  ::close(held);
  CHECK_FALSE(fs::exists(folder.file(".a.yaml.0123456789_-.tmp")));
  CHECK(entries_in(folder.path()) == 9);
  CHECK(read_versioned(path)->text == "new");
}

TEST_CASE("a missing file reads as nothing and can be made, with its folders") {
  const Folder folder;
  const std::string path = folder.file("a/b/new.yaml");
  const auto read = read_versioned(path);
  REQUIRE(read);
  CHECK_FALSE(read->version.exists);
  CHECK(read->text.empty());
  REQUIRE(replace_file(path, "text", read->version));
  CHECK(read_versioned(path)->text == "text");
  CHECK(mode_of(path) == 0640);
  CHECK(mode_of(folder.file("a/b")) == 0750);
  CHECK(entries_in(folder.file("a/b")) == 1);
}

TEST_CASE("a replaced file keeps its mode, and nothing else is left behind") {
  const Folder folder;
  const std::string path = folder.file("f.yaml");
  write(path, "old");
  REQUIRE(::chmod(path.c_str(), 0604) == 0);
  const auto read = read_versioned(path);
  REQUIRE(read);
  REQUIRE(replace_file(path, "new", read->version));
  CHECK(read_versioned(path)->text == "new");
  CHECK(mode_of(path) == 0604);
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("the owner stays, where the process may give files away") {
  if (::geteuid() != 0) return;
  const Folder folder;
  const std::string path = folder.file("f.yaml");
  write(path, "old");
  REQUIRE(::chown(path.c_str(), 12345, 23456) == 0);
  REQUIRE(replace_file(path, "new", read_versioned(path)->version));
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK(status.st_uid == 12345);
  CHECK(status.st_gid == 23456);
}

TEST_CASE("a file that has changed since it was read is left as it is") {
  const Folder folder;
  const std::string path = folder.file("f.yaml");
  write(path, "old");
  const auto read = read_versioned(path);
  REQUIRE(read);
  SUBCASE("another text of the same length") {
    write(path, "odd");
  }
  SUBCASE("a longer one") {
    write(path, "longer");
  }
  SUBCASE("gone") {
    fs::remove(path);
  }
  SUBCASE("the same text, written again") {
    fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(5));
  }
  const auto before = read_versioned(path);
  const auto replaced = replace_file(path, "new", read->version);
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().kind == ErrorKind::Overloaded);
  CHECK(read_versioned(path)->version == before->version);
  CHECK(entries_in(folder.path()) == (before->version.exists ? 1 : 0));
}

TEST_CASE("a file that appeared meanwhile is not overwritten") {
  const Folder folder;
  const std::string path = folder.file("f.yaml");
  const auto read = read_versioned(path);
  write(path, "theirs");
  CHECK_FALSE(replace_file(path, "ours", read->version));
  CHECK(read_versioned(path)->text == "theirs");
}

TEST_CASE("a symbolic link stays one") {
  const Folder folder;
  fs::create_directory(folder.file("real"));
  write(folder.file("real/f.yaml"), "old");
  fs::create_symlink("real/f.yaml", folder.file("link.yaml"));
  const auto read = read_versioned(folder.file("link.yaml"));
  REQUIRE(replace_file(folder.file("link.yaml"), "new", read->version));
  CHECK(fs::is_symlink(folder.file("link.yaml")));
  CHECK(read_versioned(folder.file("real/f.yaml"))->text == "new");
  CHECK(entries_in(folder.file("real")) == 1);
}

TEST_CASE("what cannot be read or written says so") {
  const Folder folder;
  CHECK_FALSE(read_versioned(folder.path()));
  write(folder.file("f"), "x");
  CHECK_FALSE(replace_file(folder.file("f/below"), "x", {}));
  CHECK_FALSE(WriterLock::take(folder.file("missing"), milliseconds(0)));
  REQUIRE(::symlink("loop", folder.file("loop").c_str()) == 0);
  CHECK_FALSE(read_versioned(folder.file("loop")));
  CHECK_FALSE(replace_file(folder.file("loop"), "x", {}));
}

TEST_CASE("temporary files do not match an include") {
  const Folder folder;
  write(folder.file(".f.yaml.abc.tmp"), "x");
  write(folder.file("f.yaml"), "x");
  CHECK(Sources::system().glob(folder.file("*.yaml")) ==
        std::vector<std::string>{folder.file("f.yaml")});
}

TEST_CASE("one writer at a time") {
  const Folder folder;
  {
    const auto first = WriterLock::take(folder.path(), milliseconds(0));
    REQUIRE(first);
    const auto second = WriterLock::take(folder.path(), milliseconds(0));
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::Overloaded);
  }
  auto third = WriterLock::take(folder.path(), milliseconds(0));
  REQUIRE(third);
  const WriterLock moved = std::move(*third);
  CHECK_FALSE(WriterLock::take(folder.path(), milliseconds(0)));
}

TEST_CASE("eight writers under the lock lose nothing") {
  const Folder folder;
  const std::string path = folder.file("count");
  std::atomic<int> failures{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) {
          const auto lock = WriterLock::take(folder.path(), std::chrono::seconds(60));
          const auto read = read_versioned(path);
          const bool is_done = lock && read && replace_file(path, read->text + "x", read->version);
          if (!is_done) ++failures;
        }
      });
    }
  }
  CHECK(failures == 0);
  CHECK(read_versioned(path)->text == std::string(40, 'x'));
  CHECK(entries_in(folder.path()) == 1);
}

}  // namespace
}  // namespace fastgate::config
