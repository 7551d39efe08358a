/// Where log lines go: a file that one thread of its own appends to, in batches.
///
/// Any thread hands over whole batches of lines; the thread on which traffic runs never touches the
/// file. One LogSink a log file, owned by the server, outliving every writer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "base/error.h"

namespace fastgate {

/// How a log file fares.
struct LogSinkFacts {
  bool is_failing = false;     ///< the last write, or the last reopening, failed
  std::uint64_t dropped = 0;   ///< batches that were given up so far
  std::string last_failure{};  ///< why the latest one failed; "" while none has
};

/// A log file with its writing thread. The paths `-` and `/dev/stderr` are standard error,
/// `/dev/stdout` is standard output, as they are, be they a socket; `off` drops everything and has
/// no thread. A disk that fails costs the batches it refuses and nothing else.
class LogSink {
  enum class Target : std::uint8_t { File, Standard, Nothing };
  /// Only open() can name it, so only open() constructs.
  struct Opened {
    std::string path;
    Target target;
    int fd;
  };

 public:
  static constexpr const char* kStandardOutput = "/dev/stdout";
  static constexpr const char* kStandardError = "/dev/stderr";
  /// Most bytes of memory that wait for a slow disk; later batches are dropped and counted.
  static constexpr std::size_t kMaxWaiting = 64U << 20;

  /// Opens `path` for appending, creating missing folders (mode 0750) and the file (mode 0640), and
  /// starts the thread. Errors: Io, with path and reason.
  [[nodiscard]] static Result<std::unique_ptr<LogSink>> open(const std::string& path);
  /// Whether open() would work now, by this user. Makes neither file nor folder. Errors: Io.
  [[nodiscard]] static Result<void> check(const std::string& path);
  explicit LogSink(Opened opened);
  ~LogSink();  ///< writes what waits, then ends the thread
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  /// Hands over a batch of whole lines (each ends in '\n'). Takes a lock for the length of a
  /// pointer move: call it per batch, not per line. `batch` comes back empty, with capacity to
  /// reuse.
  void submit(std::string& batch);
  /// Opens the path again (USR1) once what was submitted before is written; what is submitted later
  /// goes to the new file. Done by the thread. When the path cannot be opened the old file stays.
  void reopen();
  /// Whether another file stands at the path by now: somebody rotated this one.
  [[nodiscard]] bool is_replaced() const;
  /// Returns when everything submitted before the call is written or dropped, and every reopen()
  /// asked for before is done.
  void flush();
  [[nodiscard]] LogSinkFacts facts() const;
  [[nodiscard]] std::uint64_t dropped_batches() const { return facts().dropped; }
  /// Why the latest write or reopen that failed did so; empty while none has.
  [[nodiscard]] std::string last_failure() const { return facts().last_failure; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void start();
  void run();
  /// What one turn of the thread does with a part of `waiting_`: writes it, or reopens for a mark.
  void consume(std::string& batch);
  void write_all(const std::string& batch);
  void give_back(std::string& batch, std::size_t cost);
  [[nodiscard]] bool wait_for_room();
  [[nodiscard]] std::string write_error(int error) const;
  void reopen_file();
  void note_file();
  void note_written();
  void note_refused(std::string reason);

  const std::string path_;
  const Target target_;
  int fd_;                     ///< the thread's; -1 for Target::Nothing
  bool is_line_open_ = false;  ///< the thread's: a failed write left half a line behind
  bool is_stalled_ = false;    ///< the thread's: the reader of a pipe took nothing for too long
  mutable std::mutex mutex_;   ///< guards all that follows but the thread
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::vector<std::string> waiting_;  ///< an empty string is the mark of a reopen()
  std::vector<std::string> spare_;    ///< emptied batches, for their capacity
  std::size_t waiting_bytes_ = 0;
  std::uint64_t submitted_ = 0;  ///< batches and marks ever taken in
  std::uint64_t consumed_ = 0;   ///< those of them that are done with
  std::uint64_t dropped_ = 0;
  dev_t device_ = 0;  ///< of the open file
  ino_t inode_ = 0;
  bool is_refused_ = false;        ///< the last batch could not be written
  bool is_reopen_failed_ = false;  ///< the path could not be opened again
  std::string last_failure_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace fastgate
