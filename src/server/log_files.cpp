#include "server/log_files.h"

#include <iterator>
#include <utility>

namespace fastgate::server {
namespace {

constexpr unsigned kKeptGenerations = 2;

}  // namespace

Result<LogSink*> LogFiles::open(const std::string& path) {
  if (path == "off") return nullptr;
  const auto found = files_.find(path);
  if (found != files_.end()) {
    found->second.unused_generations = 0;
    return found->second.sink.get();
  }
  Result<std::unique_ptr<LogSink>> sink = LogSink::open(path);
  if (!sink) return std::unexpected(std::move(sink.error()));
  LogSink* opened = sink->get();
  files_.emplace(path, Entry{std::move(*sink), 0});
  return opened;
}

void LogFiles::reopen_all() {
  for (auto& [path, entry] : files_) entry.sink->reopen();
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

}  // namespace fastgate::server
