#include "gateway/key_usage.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "gateway/saved_text.h"

namespace fastgate::gateway {
namespace {

constexpr std::string_view kUsageTitle = "fastgate-usage 1";
constexpr std::size_t kMaxRestored = 1'000'000;

/// A counter with one writer needs no atomic addition.
void add_to(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

void add_up(KeyUsage& sum, const KeyUsage& usage) {
  sum.requests += usage.requests;
  sum.errors += usage.errors;
  sum.bytes_in += usage.bytes_in;
  sum.bytes_out += usage.bytes_out;
  sum.last_used = std::max(sum.last_used, usage.last_used);
}

std::optional<KeyUsage> usage_of(const std::vector<std::string_view>& words) {
  std::vector<std::uint64_t> numbers;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto number = parse_saved(words[i]);
    if (!number || *number > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    numbers.push_back(*number);
  }
  const std::chrono::nanoseconds last_used(static_cast<std::int64_t>(numbers[4]));
  return KeyUsage{numbers[0], numbers[1], numbers[2], numbers[3], WallTime(last_used)};
}

void append_line(std::string& out, std::string_view key_id, const KeyUsage& usage) {
  if (usage == KeyUsage{} || key_id.empty()) return;
  out += "key ";
  append_encoded(out, key_id);
  const auto last_used = static_cast<std::uint64_t>(usage.last_used.time_since_epoch().count());
  for (const std::uint64_t number :
       {usage.requests, usage.errors, usage.bytes_in, usage.bytes_out, last_used}) {
    out += ' ';
    append_decimal(out, number);
  }
  out += '\n';
}

}  // namespace

void UsageCell::add(const KeyUsage& usage) {
  add_to(requests_, usage.requests);
  add_to(errors_, usage.errors);
  add_to(bytes_in_, usage.bytes_in);
  add_to(bytes_out_, usage.bytes_out);
  const std::int64_t time = usage.last_used.time_since_epoch().count();
  if (time > last_used_.load(std::memory_order_relaxed)) {
    last_used_.store(time, std::memory_order_relaxed);
  }
}

KeyUsage UsageCell::read() const {
  const std::chrono::nanoseconds last_used(last_used_.load(std::memory_order_relaxed));
  return {requests_.load(std::memory_order_relaxed), errors_.load(std::memory_order_relaxed),
          bytes_in_.load(std::memory_order_relaxed), bytes_out_.load(std::memory_order_relaxed),
          WallTime(last_used)};
}

std::shared_ptr<UsageCell> KeyUsageBook::cell(std::size_t worker, std::string_view key_id) {
  FG_ASSERT(worker < workers_);
  const std::lock_guard lock(mutex_);
  auto it = entries_.find(key_id);
  if (it == entries_.end()) it = entries_.emplace(std::string(key_id), Entry{}).first;
  auto& cells = it->second.cells;
  cells.resize(workers_);
  if (!cells[worker]) cells[worker] = std::make_shared<UsageCell>();
  return cells[worker];
}

KeyUsage KeyUsageBook::sum_of(const Entry& entry) {
  KeyUsage sum = entry.restored;
  for (const auto& cell : entry.cells) {
    if (cell) add_up(sum, cell->read());
  }
  return sum;
}

KeyUsage KeyUsageBook::usage(std::string_view key_id) const {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(key_id);
  return it == entries_.end() ? KeyUsage{} : sum_of(it->second);
}

void KeyUsageBook::keep_only(const KeyBook& keys) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) { return keys.find_id(entry.first) == nullptr; });
}

std::string KeyUsageBook::save() const {
  const std::lock_guard lock(mutex_);
  std::string out = std::string(kUsageTitle) + '\n';
  for (const auto& [key_id, entry] : entries_) append_line(out, key_id, sum_of(entry));
  return out;
}

std::string KeyUsageBook::save_beyond(const KeyUsageBook& earlier) const {
  const std::lock_guard lock(mutex_);
  std::string lines;
  for (const auto& [key_id, entry] : entries_) {
    KeyUsage sum = sum_of(entry);
    const KeyUsage known = earlier.usage(key_id);
    if (sum == known) continue;
    sum.requests -= std::min(sum.requests, known.requests);
    sum.errors -= std::min(sum.errors, known.errors);
    sum.bytes_in -= std::min(sum.bytes_in, known.bytes_in);
    sum.bytes_out -= std::min(sum.bytes_out, known.bytes_out);
    append_line(lines, key_id, sum);
  }
  return lines.empty() ? lines : std::string(kUsageTitle) + '\n' + lines;
}

void KeyUsageBook::restore(std::string_view saved) {
  const std::lock_guard lock(mutex_);
  read_saved(saved, kUsageTitle, [&](const std::vector<std::string_view>& words) {
    if (words.size() != 7 || words[0] != "key" || entries_.size() >= kMaxRestored) return;
    const auto key_id = decoded(words[1]);
    const auto usage = usage_of(words);
    if (key_id && usage) add_up(entries_[*key_id].restored, *usage);
  });
}

WorkerKeyUsage::WorkerKeyUsage(const KeyBook& keys, KeyUsageBook& book, std::size_t worker) {
  cells_.reserve(keys.keys().size());
  for (const Key& key : keys.keys()) cells_.push_back(book.cell(worker, key.config->key_id.value));
}

}  // namespace fastgate::gateway
