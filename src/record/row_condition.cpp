#include "record/row_condition.h"

#include <utility>

#include "record/audit_id.h"
#include "record/block_summary.h"

namespace fastgate::record {

std::string RowCondition::place_of(Value value) {
  values_.push_back(std::move(value));
  return "?" + std::to_string(kFirst + static_cast<int>(values_.size()) - 1);
}

void RowCondition::add_number(const char* column_and_operator, std::int64_t value) {
  sql_.append(" AND ").append(column_and_operator).append(place_of(value));
}

/// A text stands in its column itself or under its number.
Result<void> RowCondition::add_text(const char* column, const std::optional<std::string>& text,
                                    SegmentReader& reader) {
  if (!text) return {};
  const Result<std::optional<std::int64_t>> number = reader.number_of(*text);
  if (!number) return std::unexpected(number.error());
  sql_.append(" AND ").append(column).append(" IN (").append(place_of(*text));
  if (*number) sql_.append(",").append(place_of(**number));
  sql_.append(")");
  return {};
}

/// Of an admin call the columns of the key hold who made it.
void RowCondition::add_kind(const AuditFilter& filter) {
  const bool asks_for_key = filter.key_id || filter.source_path;
  if (filter.kinds == AuditKinds::Traffic || asks_for_key) add_number("(flags&4)=", 0);
  if (filter.kinds == AuditKinds::Admin || filter.actor) add_number("(flags&4)=", kFlagAdmin);
}

void RowCondition::add_path(const AuditFilter& filter) {
  if (!filter.path) return;
  if (!filter.is_path_prefix) {
    sql_.append(" AND path=").append(place_of(*filter.path));
    return;
  }
  std::string end = *filter.path;
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  sql_.append(" AND path>=").append(place_of(*filter.path));
  if (end.empty()) return;
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  sql_.append(" AND path<").append(place_of(std::move(end)));
}

void RowCondition::add_request_id(const std::string& id) {
  std::array<char, 12> room{};
  const std::string_view stored = stored_request_id(id, room);
  sql_.append(" AND request_id=");
  sql_.append(stored.data() == room.data() ? place_of(Blob{std::string(stored)}) : place_of(id));
}

Result<RowCondition> RowCondition::make(const AuditFilter& filter, SegmentReader& reader) {
  RowCondition condition;
  if (filter.start) condition.add_number("time>=", micros_of(*filter.start));
  if (filter.end) condition.add_number("time<", micros_of(*filter.end));
  if (filter.status) {
    condition.add_number("status>=", filter.status->low);
    condition.add_number("status<=", filter.status->high);
  }
  if (filter.is_stream) condition.add_number("(flags&1)=", *filter.is_stream ? kFlagStream : 0);
  if (filter.has_error) condition.add_number("(flags&2)=", *filter.has_error ? kFlagError : 0);
  condition.add_kind(filter);
  const auto done =
      in_order([&] { return condition.add_text("key", filter.key_id, reader); },
               [&] { return condition.add_text("key", filter.actor, reader); },
               [&] { return condition.add_text("source", filter.source_path, reader); },
               [&] { return condition.add_text("route", filter.route_id, reader); },
               [&] { return condition.add_text("method", filter.method, reader); });
  if (!done) return std::unexpected(done.error());
  if (filter.ip_address) {
    const std::string client(stored_client(*filter.ip_address));
    condition.sql_.append(" AND client=").append(condition.place_of(Blob{client}));
  }
  condition.add_path(filter);
  if (filter.request_id) condition.add_request_id(*filter.request_id);
  return condition;
}

void RowCondition::bind(SqliteStatement& statement) const {
  int place = kFirst;
  for (const Value& value : values_) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      statement.bind(place, *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      statement.bind_text(place, *text);
    } else {
      statement.bind_blob(place, std::get<Blob>(value).bytes);
    }
    ++place;
  }
}

}  // namespace fastgate::record
