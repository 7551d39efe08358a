/// Writing JSON: error replies, logs, answers of the admin API, `explain --json`.
///
/// Everything is appended to a std::string that the caller owns and reuses. The result is always
/// valid JSON in UTF-8, whatever bytes the values hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fastgate::json {

/// Appends `text` as a JSON string with its quotes. Quotes, backslashes and control characters are
/// escaped; bytes that are no UTF-8 become U+FFFD. Everything else stays as it is.
void append_json_string(std::string& out, std::string_view text);

/// The same without the quotes around it, for a part of a longer string.
void append_json_string_part(std::string& out, std::string_view text);

/// Appends the shortest spelling that reads back as the same double; `null` if it is not finite.
void append_json_number(std::string& out, double value);

/// Writes one JSON value piece by piece, compact, and sets the commas and colons by itself.
/// Single-threaded, short-lived. Example:
///   JsonWriter writer(out);
///   writer.begin_object().key("detail").value("no route").key("status").value(404).end_object();
/// A wrong order of calls (a value without a key in an object, an end too many) is a broken
/// invariant.
class JsonWriter {
 public:
  /// `out` must outlive the writer; what it holds already stays before the value.
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  /// The name of the next value, inside an object.
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag);
  JsonWriter& value(double number);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(unsigned number) { return value(static_cast<std::uint64_t>(number)); }
  JsonWriter& null();
  /// A value that is JSON text already; the caller answers for its validity.
  JsonWriter& raw(std::string_view json);

  /// Whether one whole value has been written.
  [[nodiscard]] bool is_complete() const { return levels_.empty() && has_root_; }

 private:
  enum class Level : std::uint8_t { Object, ObjectAfterKey, Array };
  void before_value();
  void end(Level level, char bracket);

  std::string& out_;
  std::vector<Level> levels_;
  bool needs_comma_ = false;
  bool has_root_ = false;
};

}  // namespace fastgate::json
