#include "proxy/preamble.h"

namespace fastgate::proxy {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

EventMeaning Preamble::feed(std::span<const std::string_view> pieces,
                            json::DocumentParser& parser) {
  for (const std::string_view piece : pieces) held_.append(piece);
  read_lines(parser);
  return meaning_;
}

EventMeaning Preamble::finish(json::DocumentParser& parser) {
  if (meaning_ != EventMeaning::Nothing) return meaning_;
  read_line(std::string_view(held_).substr(line_begin_), parser);
  line_begin_ = scanned_ = held_.size();
  if (meaning_ == EventMeaning::Nothing) end_event(parser);
  return meaning_;
}

void Preamble::read_lines(json::DocumentParser& parser) {
  while (meaning_ == EventMeaning::Nothing && scanned_ < held_.size()) {
    if (last_was_cr_ && held_[scanned_] == '\n') line_begin_ = ++scanned_;
    last_was_cr_ = false;
    const std::size_t end = held_.find_first_of("\r\n", scanned_);
    if (end == std::string::npos) {
      scanned_ = held_.size();
      return;
    }
    last_was_cr_ = held_[end] == '\r';
    const std::string_view line = std::string_view(held_).substr(line_begin_, end - line_begin_);
    line_begin_ = scanned_ = end + 1;
    read_line(line, parser);
  }
}

void Preamble::read_line(std::string_view line, json::DocumentParser& parser) {
  if (line.data() == held_.data() && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (form_ == http::EventForm::Lines) {
    meaning_ = meaning_of({}, line, parser);
  } else if (line.empty()) {
    end_event(parser);
  } else {
    read_field(line);
  }
}

void Preamble::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "event") event_ = value;
  if (name != "data") return;
  if (!data_.empty()) data_ += '\n';
  data_.append(value);
}

void Preamble::end_event(json::DocumentParser& parser) {
  meaning_ = meaning_of(event_, data_, parser);
  event_.clear();
  data_.clear();
}

}  // namespace fastgate::proxy
