#include "base/log_sink.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fastgate {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test, removed at its end.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (fs::temp_directory_path() / "fastgate-log-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    fs::permissions(path_, fs::perms::owner_all, ignored);
    fs::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::unique_ptr<LogSink> open_sink(const std::string& path) {
  auto sink = LogSink::open(path);
  if (!sink) FAIL(sink.error().text);
  return std::move(*sink);
}

void submit(LogSink& sink, std::string batch) {
  sink.submit(batch);
  CHECK(batch.empty());
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

TEST_CASE("batches are appended in order, behind what the file held") {
  const TempFolder folder;
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
  const TempFolder folder;
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
  const TempFolder folder;
  const mode_t before = umask(0);
  const auto sink = open_sink(folder / "logs//deep/a.log");
  umask(before);
  CHECK(mode_of(folder / "logs") == 0750);
  CHECK(mode_of(folder / "logs/deep") == 0750);
  CHECK(mode_of(folder / "logs/deep/a.log") == 0640);
}

TEST_CASE("a path that cannot be opened is an Io error with path and reason") {
  const TempFolder folder;
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

TEST_CASE("a named pipe without a reader is an error and not an endless wait") {
  const TempFolder folder;
  const std::string path = folder / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK_FALSE(LogSink::open(path).has_value());
}

TEST_CASE("reopen after a rename splits exactly at the call") {
  const TempFolder folder;
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
  const TempFolder folder;
  const std::string path = folder / "a.log";
  const auto sink = open_sink(path);
  fs::rename(path, folder / "a.log.1");
  sink->reopen();
  sink->reopen();
  sink->flush();
  CHECK(fs::exists(path));
}

TEST_CASE("reopen makes a folder that has gone missing") {
  const TempFolder folder;
  const std::string path = folder / "logs/a.log";
  const auto sink = open_sink(path);
  fs::rename(folder / "logs", folder / "gone");
  sink->reopen();
  submit(*sink, "x\n");
  sink->flush();
  CHECK(content_of(path) == "x\n");
}

TEST_CASE("a reopen that fails keeps the old file and says so") {
  const TempFolder folder;
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
  const TempFolder folder;
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

TEST_CASE("the line after a torn one begins on its own line") {
  const TempFolder folder;
  const std::string path = folder / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  {
    const auto sink = open_sink(path);
    // The reader takes a part of a batch too large for the pipe and leaves: the write is torn.
    const std::size_t whole = std::size_t{1} << 20;
    submit(*sink, std::string(whole, 'x') + "\n");
    std::array<char, 4096> part{};
    ssize_t taken = 0;
    while ((taken = read(reader, part.data(), part.size())) <= 0) std::this_thread::yield();
    ::close(reader);
    sink->flush();
    CHECK(sink->dropped_batches() == 1);
    CHECK(sink->last_failure().find("Broken pipe") != std::string::npos);

    // The pipe again, with a new reader: the same open file, which still holds a half line.
    reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    while (read(reader, part.data(), part.size()) > 0) continue;
    submit(*sink, "next\n");
    sink->flush();
    std::string seen;
    while ((taken = read(reader, part.data(), part.size())) > 0) {
      seen.append(part.data(), static_cast<std::size_t>(taken));
    }
    CHECK(seen == "\nnext\n");

    fs::remove(path);
    sink->reopen();
    submit(*sink, "whole\n");
    sink->flush();
    CHECK(content_of(path) == "whole\n");
  }
  ::close(reader);
}

TEST_CASE("a writer that stalls costs later batches, not memory without end") {
  const TempFolder folder;
  const std::string path = folder / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  const auto sink = open_sink(path);
  const std::size_t size = std::size_t{8} << 20;
  for (std::size_t given = 0; given < LogSink::kMaxWaiting + 2 * size; given += size) {
    submit(*sink, std::string(size, 'x'));
  }
  CHECK(sink->dropped_batches() >= 2);
  CHECK(sink->dropped_batches() <= 3);
  CHECK(sink->last_failure().find("as fast as lines come") != std::string::npos);
  ::close(reader);
  sink->flush();
  CHECK(sink->dropped_batches() == LogSink::kMaxWaiting / size + 2);
}

TEST_CASE("threads that submit at once keep their lines whole and in their order") {
  constexpr int kThreads = 4;
  constexpr int kBatches = 200;
  const TempFolder folder;
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
  const TempFolder folder;
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

TEST_CASE("standard error and output have paths, which a reopen leaves alone") {
  struct Row {
    const char* path;
    int descriptor;
  };
  for (const Row& row : {Row{"-", STDERR_FILENO}, Row{"/dev/stderr", STDERR_FILENO},
                         Row{"/dev/stdout", STDOUT_FILENO}}) {
    INFO(row.path);
    const TempFolder folder;
    const int kept = dup(row.descriptor);
    const int file = ::open((folder / "output").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(kept >= 0);
    REQUIRE(file >= 0);
    dup2(file, row.descriptor);
    CHECK(LogSink::check(row.path).has_value());
    {
      const auto sink = open_sink(row.path);
      submit(*sink, "one\n");
      sink->reopen();
      submit(*sink, "two\n");
    }
    const bool is_open = fcntl(row.descriptor, F_GETFD) >= 0;
    dup2(kept, row.descriptor);
    ::close(kept);
    ::close(file);
    CHECK(is_open);
    CHECK(content_of(folder / "output") == "one\ntwo\n");
    CHECK_FALSE(fs::exists("-"));
  }
}

TEST_CASE("a non-blocking pipe as standard error loses nothing to a reader that comes late") {
  std::array<int, 2> ends{};
  REQUIRE(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
  const int kept = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  constexpr std::size_t kSize = 300'000;
  std::size_t seen = 0;
  std::uint64_t dropped = 0;
  {
    const auto sink = open_sink("-");
    std::string batch(kSize, 'x');
    sink->submit(batch);
    std::vector<char> part(65'536);
    while (seen < kSize && sink->dropped_batches() == 0) {
      const ssize_t taken = read(ends[0], part.data(), part.size());
      if (taken > 0)
        seen += static_cast<std::size_t>(taken);
      else
        std::this_thread::yield();
    }
    dropped = sink->dropped_batches();
  }
  dup2(kept, STDERR_FILENO);
  ::close(kept);
  ::close(ends[0]);
  CHECK(seen == kSize);
  CHECK(dropped == 0);
}

}  // namespace
}  // namespace fastgate
