#include "gateway/path_pattern.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace fastgate::gateway {
namespace {

/// Placeholders whose values others rely on: a path must not be able to shadow them.
constexpr std::array<std::string_view, 6> kReservedNames = {"request_id",
                                                            "client_ip",
                                                            "key_id",
                                                            "source_path",
                                                            "client_certificate_subject",
                                                            "client_certificate_verify"};

std::unexpected<Error> bad_pattern(std::string_view text, std::string_view reason) {
  std::string message = "match_path '";
  message.append(text).append("': ").append(reason);
  return fail(ErrorKind::Config, std::move(message));
}

bool is_name(std::string_view name) {
  return !name.empty() && !is_digit(name.front()) && std::ranges::all_of(name, [](char c) {
    return is_digit(c) || c == '_' || c == '-' || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
  });
}

/// Takes `*` or `**` off the end.
std::string_view without_stars(std::string_view text) {
  text.remove_suffix(1);
  if (text.ends_with('*')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view Captures::find(std::string_view name) const {
  for (const Named& entry : named) {
    if (entry.name == name) return entry.value;
  }
  return {};
}

Result<PathPattern> PathPattern::parse(std::string_view text) {
  PathPattern pattern;
  pattern.text_ = text;
  pattern.tail_ = PatternTail::None;
  Result<void> read;
  if (text.empty()) return bad_pattern(text, "is empty");
  if (text.contains('\0')) return bad_pattern(text, "holds a NUL");
  if (text.starts_with('~')) {
    read = pattern.read_regex();
  } else if (text == "*" || text == "**") {
    return PathPattern{};
  } else if (text.starts_with('*')) {
    read = pattern.read_suffix();
  } else if (text.starts_with('/')) {
    read = pattern.read_segments();
  } else {
    return bad_pattern(text, "begins with '/', '*' or '~'");
  }
  if (!read) return std::unexpected(std::move(read).error());
  return pattern;
}

Result<void> PathPattern::read_regex() {
  kind_ = PatternKind::Regex;
  std::string_view source = std::string_view(text_).substr(1);
  RegexOptions options;
  if (source.starts_with('*')) {
    options.letter_case = RegexCase::Insensitive;
    source.remove_prefix(1);
  }
  while (source.starts_with(' ')) source.remove_prefix(1);
  if (source.empty()) return bad_pattern(text_, "holds no regular expression");
  auto regex = Regex::compile(source, options);
  if (!regex) return bad_pattern(text_, regex.error().text);
  const std::size_t groups = std::min(regex->group_count(), Captures::kMax);
  for (std::size_t group = 1; group <= groups; ++group) {
    capture_names_.push_back(std::to_string(group));
  }
  for (const auto& [name, group] : regex->group_names()) {
    if (std::ranges::find(kReservedNames, name) != kReservedNames.end()) {
      return bad_pattern(text_, "'" + name + "' is a name of the gateway's own");
    }
    if (group <= groups) capture_names_[group - 1] = name;
  }
  regex_ = *std::move(regex);
  return {};
}

Result<void> PathPattern::read_suffix() {
  kind_ = PatternKind::Suffix;
  std::string_view suffix = text_;
  suffix.remove_prefix(suffix.starts_with("**") ? 2 : 1);
  if (suffix.contains('*')) return bad_pattern(text_, "only one '*', at an end, can be used");
  if (suffix.find_first_of("{}") != std::string_view::npos) {
    return bad_pattern(text_, "captures need a pattern that begins with '/'");
  }
  wildcard_text_ = suffix;
  literal_length_ = suffix.size();
  return {};
}

Result<void> PathPattern::read_segments() {
  std::string_view left = std::string_view(text_);
  if (left.ends_with('*')) {
    left = without_stars(left);
    tail_ = left.ends_with('/') ? PatternTail::BelowSlash : PatternTail::AnyText;
  }
  if (left.contains('*')) return bad_pattern(text_, "a '*' can stand only at an end");
  left.remove_prefix(1);
  const std::vector<std::string_view> parts = split(left, '/');
  // The part behind the last slash belongs to the wildcard.
  const std::size_t whole = tail_ == PatternTail::None ? parts.size() : parts.size() - 1;
  if (whole > kMaxSegments) return bad_pattern(text_, "has too many segments");
  for (std::size_t i = 0; i < whole; ++i) {
    if (auto added = add_segment(parts[i]); !added) return added;
  }
  if (whole < parts.size()) {
    wildcard_text_ = parts.back();
    if (wildcard_text_.find_first_of("{}") != std::string::npos) {
      return bad_pattern(text_, "a capture takes a whole segment; write '/*' behind it");
    }
  }
  const auto first_capture = std::ranges::find_if(segments_, &PatternSegment::is_capture);
  if (first_capture == segments_.end()) {
    kind_ = tail_ == PatternTail::None ? PatternKind::Exact : PatternKind::Prefix;
    prefix_ = tail_ == PatternTail::None ? text_ : "/" + std::string(left);
  } else {
    kind_ = PatternKind::Segments;
    prefix_ = "/";
    for (auto it = segments_.begin(); it != first_capture; ++it) prefix_ += it->text + "/";
  }
  literal_length_ += wildcard_text_.size() + parts.size();
  return {};
}

Result<void> PathPattern::add_segment(std::string_view text) {
  if (text.find_first_of("{}") == std::string_view::npos) {
    if (text == "." || text == "..") {
      return bad_pattern(text_, "dot segments are resolved before matching, it would never match");
    }
    segments_.push_back({std::string(text), false});
    literal_length_ += text.size();
    return {};
  }
  const bool is_whole =
      text.starts_with('{') && text.ends_with('}') &&
      text.substr(1, text.size() - 2).find_first_of("{}") == std::string_view::npos;
  if (!is_whole) return bad_pattern(text_, "a capture takes a whole segment, as in '/{id}/'");
  return add_capture(text.substr(1, text.size() - 2));
}

Result<void> PathPattern::add_capture(std::string_view name) {
  if (name.empty()) return bad_pattern(text_, "a capture has no name");
  if (!is_name(name)) {
    return bad_pattern(text_, "a capture's name is made of letters, digits, '_' and '-'");
  }
  if (std::ranges::find(kReservedNames, name) != kReservedNames.end()) {
    return bad_pattern(text_, "'" + std::string(name) + "' is a name of the gateway's own");
  }
  if (has_capture(name)) {
    return bad_pattern(text_, "the capture '" + std::string(name) + "' stands there twice");
  }
  if (capture_names_.size() == Captures::kMax) return bad_pattern(text_, "has too many captures");
  capture_names_.emplace_back(name);
  segments_.push_back({std::string(name), true});
  return {};
}

bool PathPattern::match(std::string_view path, Captures& captures, RegexScratch* scratch) const {
  captures.clear();
  switch (kind_) {
    case PatternKind::Exact:
      return path == text_;
    case PatternKind::Prefix:
      if (!path.starts_with(prefix_)) return false;
      captures.rest = path.substr(prefix_.size());
      return true;
    case PatternKind::Suffix:
      if (!path.ends_with(wildcard_text_)) return false;
      captures.rest = path.substr(0, path.size() - wildcard_text_.size());
      return true;
    case PatternKind::Segments:
      return match_segments(path, &captures);
    case PatternKind::Regex:
      break;
  }
  if (scratch != nullptr) return match_regex(path, captures, *scratch);
  RegexScratch own;
  return match_regex(path, captures, own);
}

bool PathPattern::matches(std::string_view path, RegexScratch* scratch) const {
  switch (kind_) {
    case PatternKind::Exact:
      return path == text_;
    case PatternKind::Prefix:
      return path.starts_with(prefix_);
    case PatternKind::Suffix:
      return path.ends_with(wildcard_text_);
    case PatternKind::Segments:
      return match_segments(path, nullptr);
    case PatternKind::Regex:
      break;
  }
  return scratch != nullptr ? regex_->matches(path, *scratch) : regex_->matches(path);
}

bool PathPattern::match_segments(std::string_view path, Captures* captures) const {
  std::size_t at = 0;
  for (const PatternSegment& segment : segments_) {
    if (at >= path.size() || path[at] != '/') break;
    const std::size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view value = path.substr(at + 1, end - at - 1);
    if (segment.is_capture ? value.empty() : value != segment.text) break;
    if (segment.is_capture && captures != nullptr) captures->named.push_back({segment.text, value});
    at = end;
    if (&segment != &segments_.back()) continue;
    if (tail_ == PatternTail::None && at == path.size()) return true;
    // Both kinds of wildcard stand behind a slash.
    if (tail_ == PatternTail::None || at == path.size()) break;
    const std::string_view left = path.substr(at + 1);
    if (!left.starts_with(wildcard_text_)) break;
    if (captures != nullptr) captures->rest = left.substr(wildcard_text_.size());
    return true;
  }
  if (captures != nullptr) captures->clear();
  return false;
}

bool PathPattern::match_regex(std::string_view path, Captures& captures,
                              RegexScratch& scratch) const {
  if (capture_names_.empty()) return regex_->matches(path, scratch);
  RegexCaptures groups;
  if (regex_->search(path, scratch, groups) != RegexOutcome::Match) return false;
  for (std::size_t i = 0; i < capture_names_.size(); ++i) {
    captures.named.push_back({capture_names_[i], groups.at(i + 1).value_or("")});
  }
  return true;
}

std::uint32_t PathPattern::specificity() const {
  std::uint32_t rank = 0;
  if (kind_ == PatternKind::Exact) rank = 4;
  if (kind_ == PatternKind::Segments) rank = tail_ == PatternTail::None ? 3 : 2;
  if (kind_ == PatternKind::Prefix) rank = 2;
  if (kind_ == PatternKind::Suffix) rank = 1;
  const auto length = static_cast<std::uint32_t>(std::min<std::size_t>(literal_length_, 0xffff));
  const auto captures = static_cast<std::uint32_t>(capture_names_.size());
  return rank << 24 | length << 8 | (Captures::kMax - captures);
}

std::string_view PathPattern::literal_prefix() const {
  return prefix_;
}

bool PathPattern::has_capture(std::string_view name) const {
  return std::ranges::find(capture_names_, name) != capture_names_.end();
}

}  // namespace fastgate::gateway
