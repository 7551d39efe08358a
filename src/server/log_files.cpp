#include "server/log_files.h"

#include <iterator>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace fastgate::server {
namespace {

constexpr unsigned kKeptGenerations = 2;

/// Whether standard output and error lead to the same place.
bool are_standards_one() {
  struct stat output{};
  struct stat error{};
  return fstat(STDOUT_FILENO, &output) == 0 && fstat(STDERR_FILENO, &error) == 0 &&
         output.st_dev == error.st_dev && output.st_ino == error.st_ino;
}

}  // namespace

Result<LogSink*> LogFiles::open(const std::string& asked) {
  if (asked == "off") return nullptr;
  // Two writers to one pipe would tear each other's lines.
  const bool is_standard = asked == LogSink::kStandardError ||
                           (asked == LogSink::kStandardOutput && are_standards_one());
  const std::string path = is_standard ? "-" : asked;
  const auto found = files_.find(path);
  if (found != files_.end()) {
    found->second.unused_generations = 0;
    return found->second.sink.get();
  }
  Result<std::unique_ptr<LogSink>> sink = LogSink::open(path);
  if (!sink) return std::unexpected(std::move(sink.error()));
  LogSink* opened = sink->get();
  files_.try_emplace(path).first->second.sink = std::move(*sink);
  return opened;
}

void LogFiles::reopen_all() {
  for (auto& [path, entry] : files_) entry.sink->reopen();
}

void LogFiles::reopen_replaced() {
  for (auto& [path, entry] : files_) {
    if (entry.sink->is_replaced()) entry.sink->reopen();
  }
}

void LogFiles::flush_all() {
  for (auto& [path, entry] : files_) entry.sink->flush();
}

void LogFiles::end_generation() {
  for (auto entry = files_.begin(); entry != files_.end();) {
    const bool is_left = entry->second.unused_generations++ >= kKeptGenerations;
    entry = is_left ? files_.erase(entry) : std::next(entry);
  }
}

/// Of what the entry has come to; the numbers, for which a reader of it asks, say so before.
void LogFiles::tell(const Entry& entry, const LogSinkFacts& facts, AppLog& log,
                    const config::SecretTexts& secrets) {
  if (entry.is_told_failing) {
    log.error("log file: lines cannot be written; traffic goes on",
              {{"reason", secrets.masked(facts.last_failure)}});
  } else {
    log.info("log file: lines are written again",
             {{"file", secrets.masked(entry.sink->path())},
              {"dropped_batches", std::to_string(facts.dropped - entry.dropped_before)}});
  }
}

void LogFiles::look(AppLog& log, const config::SecretTexts& secrets) {
  std::uint64_t failing = 0;
  std::uint64_t dropped = 0;
  std::vector<std::pair<const Entry*, LogSinkFacts>> changed;
  for (auto& [path, entry] : files_) {
    LogSinkFacts facts = entry.sink->facts();
    // A disk that is merely too slow refuses one batch and takes the next.
    const bool is_failing = facts.is_failing || facts.dropped > entry.dropped;
    if (is_failing && !entry.is_told_failing) entry.dropped_before = entry.dropped;
    dropped += facts.dropped - entry.dropped;
    entry.dropped = facts.dropped;
    failing += is_failing ? 1 : 0;
    if (is_failing == entry.is_told_failing) continue;
    entry.is_told_failing = is_failing;
    changed.emplace_back(&entry, std::move(facts));
  }
  failing_.store(failing, std::memory_order_relaxed);
  dropped_.fetch_add(dropped, std::memory_order_relaxed);
  for (const auto& [entry, facts] : changed) tell(*entry, facts, log, secrets);
}

}  // namespace fastgate::server
