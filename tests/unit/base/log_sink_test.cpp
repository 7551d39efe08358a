#include "base/log_sink.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "unit/base/log_folder.h"

namespace fastgate::testing {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

TEST_CASE("batches are appended in order, behind what the file held") {
  const LogFolder folder;
  const std::string path = folder / "a.log";
  std::ofstream(path) << "old\n";
  const auto sink = open_sink(path);
  CHECK(sink->path() == path);
  submit(*sink, "one\ntwo\n");
  submit(*sink, "");
  submit(*sink, "three\n");
  sink->flush();
  CHECK(content_of(path) == "old\none\ntwo\nthree\n");
  CHECK(sink->dropped_batches() == 0);
  CHECK(sink->last_failure().empty());
}

TEST_CASE("the end of the sink writes what waits") {
  const LogFolder folder;
  const std::string path = folder / "a.log";
  std::string expected;
  {
    const auto sink = open_sink(path);
    for (int i = 0; i < 500; ++i) {
      const std::string line = "line " + std::to_string(i) + "\n";
      expected += line;
      submit(*sink, line);
    }
  }
  CHECK(content_of(path) == expected);
}

TEST_CASE("missing folders and the file are made, closed to strangers") {
  const LogFolder folder;
  const mode_t before = umask(0);
  const auto sink = open_sink(folder / "logs//deep/a.log");
  umask(before);
  CHECK(mode_of(folder / "logs") == 0750);
  CHECK(mode_of(folder / "logs/deep") == 0750);
  CHECK(mode_of(folder / "logs/deep/a.log") == 0640);
}

TEST_CASE("a path that cannot be opened is an Io error with path and reason") {
  const LogFolder folder;
  std::ofstream(folder / "plain") << "x";
  struct Row {
    std::string path;
    std::string_view reason;
  };
  const Row rows[] = {
      {folder / "plain/a.log", "Not a directory"},
      {folder / "plain/deep/a.log", "Not a directory"},
      {folder / "", "Is a directory"},
      {"/proc/fastgate/a.log", "/proc/fastgate"},
      {folder / std::string(300, 'x'), "File name too long"},
      {"", "empty"},
      {std::string("a\0b", 3), "zero byte"},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    const auto sink = LogSink::open(row.path);
    REQUIRE_FALSE(sink.has_value());
    CHECK(sink.error().kind == ErrorKind::Io);
    INFO(sink.error().text);
    CHECK(sink.error().text.find(row.reason) != std::string::npos);
  }
  const auto named = LogSink::open(folder / "plain/a.log");
  CHECK(named.error().text.find(folder / "plain/a.log") != std::string::npos);
}

TEST_CASE("reopen after a rename splits exactly at the call") {
  const LogFolder folder;
  const std::string path = folder / "a.log";
  const auto sink = open_sink(path);
  std::string before;
  for (int i = 0; i < 50; ++i) {
    const std::string line = "before " + std::to_string(i) + "\n";
    before += line;
    submit(*sink, line);
  }
  fs::rename(path, folder / "a.log.1");
  sink->reopen();
  submit(*sink, "after\n");
  sink->flush();
  CHECK(content_of(folder / "a.log.1") == before);
  CHECK(content_of(path) == "after\n");
}

TEST_CASE("reopen is done when flush returns, also with nothing to write and asked for twice") {
  const LogFolder folder;
  const std::string path = folder / "a.log";
  const auto sink = open_sink(path);
  fs::rename(path, folder / "a.log.1");
  sink->reopen();
  sink->reopen();
  sink->flush();
  CHECK(fs::exists(path));
}

TEST_CASE("reopen makes a folder that has gone missing") {
  const LogFolder folder;
  const std::string path = folder / "logs/a.log";
  const auto sink = open_sink(path);
  fs::rename(folder / "logs", folder / "gone");
  sink->reopen();
  submit(*sink, "x\n");
  sink->flush();
  CHECK(content_of(path) == "x\n");
}

TEST_CASE("a reopen that fails keeps the old file and says so") {
  const LogFolder folder;
  const std::string path = folder / "a.log";
  const auto sink = open_sink(path);
  fs::rename(path, folder / "a.log.1");
  fs::create_directory(path);
  sink->reopen();
  submit(*sink, "still here\n");
  sink->flush();
  CHECK(content_of(folder / "a.log.1") == "still here\n");
  CHECK(sink->dropped_batches() == 0);
  CHECK(sink->facts().is_failing);
  CHECK(sink->last_failure().find("Is a directory") != std::string::npos);
}

TEST_CASE("a full disk costs its batches, each counted, and nothing later") {
  const LogFolder folder;
  const std::string path = folder / "a.log";
  fs::create_symlink("/dev/full", path);
  const auto sink = open_sink(path);
  submit(*sink, "lost\n");
  submit(*sink, "lost too\n");
  sink->flush();
  CHECK(sink->dropped_batches() == 2);
  CHECK(sink->facts().is_failing);
  CHECK(sink->last_failure().find("No space left on device") != std::string::npos);
  CHECK(sink->last_failure().find(path) != std::string::npos);

  fs::remove(path);
  sink->reopen();
  submit(*sink, "kept\n");
  sink->flush();
  CHECK_FALSE(sink->facts().is_failing);
  CHECK(content_of(path) == "kept\n");
  CHECK(sink->dropped_batches() == 2);
}

TEST_CASE("threads that submit at once keep their lines whole and in their order") {
  constexpr int kThreads = 4;
  constexpr int kBatches = 200;
  const LogFolder folder;
  const std::string path = folder / "a.log";
  const auto sink = open_sink(path);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&sink, t] {
      std::string batch;
      for (int i = 0; i < kBatches; ++i) {
        const std::string line =
            std::to_string(t) + " " + std::to_string(i) + " " +
            std::string(static_cast<std::size_t>(20 + i), static_cast<char>('a' + t));
        batch += line + "\n" + line + "\n";
        sink->submit(batch);
        if (i % 50 == 0) sink->flush();
        if (i % 70 == 0) sink->reopen();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  sink->flush();

  std::map<int, int> next;
  std::ifstream file(path);
  std::string line;
  std::string again;
  int lines = 0;
  while (std::getline(file, line)) {
    REQUIRE(std::getline(file, again));
    REQUIRE(line == again);
    const int thread = std::stoi(line);
    const int number = std::stoi(line.substr(2));
    REQUIRE(number == next[thread]++);
    REQUIRE(line.ends_with(
        std::string(static_cast<std::size_t>(20 + number), static_cast<char>('a' + thread))));
    lines += 2;
  }
  CHECK(lines == kThreads * kBatches * 2);
  CHECK(sink->dropped_batches() == 0);
}

TEST_CASE("a batch comes back with capacity once one was written") {
  const LogFolder folder;
  const auto sink = open_sink(folder / "a.log");
  std::string batch(4000, 'x');
  sink->submit(batch);
  sink->flush();
  batch = "y\n";
  sink->submit(batch);
  CHECK(batch.empty());
  CHECK(batch.capacity() >= 4000);
}

TEST_CASE("off drops everything and costs nothing") {
  const auto sink = open_sink("off");
  std::string batch(4000, 'x');
  sink->submit(batch);
  CHECK(batch.empty());
  CHECK(batch.capacity() >= 4000);
  sink->reopen();
  sink->flush();
  CHECK(sink->dropped_batches() == 0);
  CHECK_FALSE(fs::exists("off"));
}

}  // namespace
}  // namespace fastgate::testing
