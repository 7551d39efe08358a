#include "record/segment_texts.h"

#include <utility>

namespace fastgate::record {

Result<void> SegmentTexts::open(Sqlite& connection) {
  Result<SqliteStatement> insert = connection.prepare("INSERT INTO texts VALUES(?1, ?2)");
  if (!insert) return std::unexpected(std::move(insert.error()));
  insert_ = std::move(*insert);
  Result<SqliteStatement> select = connection.prepare("SELECT id, text FROM texts ORDER BY id");
  if (!select) return std::unexpected(std::move(select.error()));
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    last_ = select->integer(0);
    numbers_.emplace(select->text(1), last_);
    texts_.emplace(last_, select->text(1));
  }
}

bool SegmentTexts::is_worth_a_number(std::string_view text, TextOrigin origin) {
  if (text.size() > kMaxLength) return false;
  if (origin == TextOrigin::Configuration) return numbers_.size() < kMaxTexts;
  if (numbers_.size() >= kMaxOfTraffic) return false;
  const std::size_t hash = Hash()(text);
  std::size_t& seen = seen_once_[hash % seen_once_.size()];
  return std::exchange(seen, hash) == hash;
}

Result<std::optional<std::int64_t>> SegmentTexts::number_of(std::string_view text,
                                                            TextOrigin origin) {
  // Such a text is no shorter as a number.
  if (text.size() < 2) return std::nullopt;
  const auto known = numbers_.find(text);
  if (known != numbers_.end()) return known->second;
  if (!is_worth_a_number(text, origin)) return std::nullopt;
  insert_.bind(1, last_ + 1).bind_text(2, text);
  if (const auto done = insert_.run(); !done) return std::unexpected(done.error());
  ++last_;
  numbers_.emplace(text, last_);
  texts_.emplace(last_, text);
  return last_;
}

std::string_view SegmentTexts::text_of(std::int64_t number) {
  const auto found = texts_.find(number);
  return found == texts_.end() ? std::string_view() : found->second;
}

}  // namespace fastgate::record
