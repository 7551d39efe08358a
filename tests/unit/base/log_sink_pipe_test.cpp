// LogSink on what is no regular file: named pipes, standard output and error.
#include <array>
#include <filesystem>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/base/log_folder.h"

namespace fastgate::testing {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a named pipe without a reader is an error and not an endless wait") {
  const LogFolder folder;
  const std::string path = folder / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK_FALSE(LogSink::open(path).has_value());
}

TEST_CASE("the line after a torn one begins on its own line") {
  const LogFolder folder;
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
  const LogFolder folder;
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

TEST_CASE("standard error and output have paths, which a reopen leaves alone") {
  struct Row {
    const char* path;
    int descriptor;
  };
  for (const Row& row : {Row{"-", STDERR_FILENO}, Row{"/dev/stderr", STDERR_FILENO},
                         Row{"/dev/stdout", STDOUT_FILENO}}) {
    INFO(row.path);
    const LogFolder folder;
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
}  // namespace fastgate::testing
