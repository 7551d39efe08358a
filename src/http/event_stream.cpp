#include "http/event_stream.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"

namespace fastgate::http {
namespace {

constexpr std::string_view kData = "data";
constexpr std::uint8_t kDataDecided = 5;   // the name is exactly "data"
constexpr std::uint8_t kOtherDecided = 6;  // some other field or a comment

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::uint8_t kMarkDecided = 4;

constexpr std::string_view kServerSent = "text/event-stream";
constexpr auto kLineTypes = std::to_array<std::string_view>(
    {"application/x-ndjson", "application/jsonl", "application/stream+json"});

/// The first CR or LF at or after `from`, or the size. `line_feed` is where the last search found
/// an LF; as long as it is ahead, only the bytes before it can hold an earlier CR.
std::size_t find_line_end(std::string_view bytes, std::size_t from, std::size_t& line_feed) {
  if (line_feed < from) line_feed = std::min(bytes.find('\n', from), bytes.size());
  const void* found = std::memchr(bytes.data() + from, '\r', line_feed - from);
  if (found == nullptr) return line_feed;
  return static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

}  // namespace

void EventCounter::feed(std::string_view bytes) {
  std::size_t at = 0;
  std::size_t line_feed = 0;
  bool searched = false;
  while (at < bytes.size()) {
    const char c = bytes[at];
    if (last_was_cr_) {
      last_was_cr_ = false;
      if (c == '\n') {
        ++at;
        continue;
      }
    }
    if (c == '\r' || c == '\n') {
      last_was_cr_ = c == '\r';
      end_line();
      ++at;
    } else if (field_match_ < kDataDecided) {
      read_name_byte(c);
      ++at;
    } else {
      if (!searched) line_feed = std::min(bytes.find('\n', at), bytes.size());
      searched = true;
      at = find_line_end(bytes, at, line_feed);
    }
  }
}

void EventCounter::read_name_byte(char c) {
  if (mark_match_ < kMarkDecided) {
    if (mark_match_ < kByteOrderMark.size() && c == kByteOrderMark[mark_match_]) {
      ++mark_match_;
      return;
    }
    // A mark that breaks off is the beginning of some other name.
    if (mark_match_ != 0 && mark_match_ != kByteOrderMark.size()) field_match_ = kOtherDecided;
    mark_match_ = kMarkDecided;
  }
  boundary_ = false;
  line_empty_ = false;
  if (field_match_ == kOtherDecided) return;
  if (field_match_ == kData.size()) {
    field_match_ = c == ':' ? kDataDecided : kOtherDecided;
  } else {
    field_match_ =
        c == kData[field_match_] ? static_cast<std::uint8_t>(field_match_ + 1) : kOtherDecided;
  }
}

void EventCounter::end_line() {
  mark_match_ = kMarkDecided;
  if (form_ == EventForm::Lines) {
    if (!line_empty_) ++events_;
    boundary_ = true;
  } else if (line_empty_) {
    if (event_has_data_) ++events_;
    event_has_data_ = false;
    boundary_ = true;
  } else if (field_match_ == kData.size() || field_match_ == kDataDecided) {
    event_has_data_ = true;
  }
  line_empty_ = true;
  field_match_ = 0;
}

bool is_event_stream(std::string_view content_type) {
  const std::string_view type = media_type(content_type);
  return equals_ignoring_case(type, kServerSent) ||
         std::ranges::any_of(kLineTypes, [type](std::string_view line_type) {
           return equals_ignoring_case(type, line_type);
         });
}

EventForm event_form_of(std::string_view content_type) {
  return equals_ignoring_case(media_type(content_type), kServerSent) ? EventForm::ServerSent
                                                                     : EventForm::Lines;
}

}  // namespace fastgate::http
