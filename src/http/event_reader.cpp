#include "http/event_reader.h"

#include <algorithm>

namespace fastgate::http {
namespace {

constexpr std::string_view kMark = "\xef\xbb\xbf";
/// Names of fields and the space behind the colon are counted to the line.
constexpr std::size_t kNameRoom = 16;

}  // namespace

bool EventReader::take(std::string_view& bytes) {
  if (skips_line_feed_) {
    skips_line_feed_ = false;
    if (bytes.front() == '\n') {
      bytes.remove_prefix(1);
      return false;
    }
  }
  const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
  if (line_.size() + end > most_ + kNameRoom) {
    is_too_long_ = true;
    // What the line is can still be told by its beginning.
    if (line_.empty()) line_.append(bytes.substr(0, std::min(end, kNameRoom)));
  } else {
    line_.append(bytes.substr(0, end));
  }
  if (end == bytes.size()) {
    bytes = {};
    return false;
  }
  skips_line_feed_ = bytes[end] == '\r';
  bytes.remove_prefix(end + 1);
  return end_line();
}

bool EventReader::end_line() {
  std::string_view line = line_;
  if (is_first_line_ && line.starts_with(kMark)) line.remove_prefix(kMark.size());
  is_first_line_ = false;
  if (!line.empty()) {
    read_line(line);
    line_.clear();
    return false;
  }
  line_.clear();
  if (has_data_ && !is_too_long_) return true;
  clear_event();
  return false;
}

void EventReader::read_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (line.substr(0, colon) != "data") return;
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (is_too_long_ || data_.size() + value.size() + 1 > most_) {
    is_too_long_ = true;
    data_.clear();
    return;
  }
  if (has_data_) data_ += '\n';
  has_data_ = true;
  data_ += value;
}

void EventReader::clear_event() {
  data_.clear();
  has_data_ = false;
  is_too_long_ = false;
}

}  // namespace fastgate::http
