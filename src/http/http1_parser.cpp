#include "http/http1_parser.h"

#include <algorithm>

#include "http/body_framing.h"
#include "http/connection_options.h"
#include "http/llhttp_reading.h"
#include "http/start_line.h"
#include "http/target.h"
#include "http/trailer_fields.h"

namespace fastgate::http {
namespace {

constexpr std::uint8_t kMaxSkippedBytes = 8;  // four CRLFs

/// RFC 9112 section 3.2.
Checked<void> check_host(const RequestHead& head) {
  const std::size_t count = head.fields.count(FieldId::Host);
  if (count > 1) return malformed("more than one Host field");
  if (count == 0) {
    if (head.minor_version == 1) return malformed("the Host field is missing");
    return {};
  }
  if (!parse_host(*head.find(FieldId::Host))) return malformed("the Host field is not valid");
  return {};
}

}  // namespace

std::unexpected<Error> Http1Parser::refuse(Fault fault) {
  failed_ = true;
  if (malformed_ == ErrorKind::UpstreamMalformed) {
    return fail(malformed_, std::string(fault.text), RetrySafety::IfIdempotent);
  }
  return fail(fault.kind, std::string(fault.text));
}

void Http1Parser::begin_head(Head& head) {
  head_ = &head;
  section_.begin();
  std::string().swap(trailers_);  // trailers are rare; their memory is not kept
  trailer_fields_ = 0;
  remaining_ = 0;
  framing_ = BodyFraming::None;
  phase_ = Phase::Head;
  failed_ = false;
  begun_ = false;
}

Result<std::size_t> Http1Parser::feed_head_bytes(std::string_view input) {
  FG_ASSERT(head_ != nullptr);
  if (failed_) return refuse({malformed_, "the message was refused before"});
  if (phase_ != Phase::Head || input.empty()) return 0;
  begun_ = true;
  const auto taken = section_.take(head_->text, input, limits_.max_head_bytes);
  if (const auto read = read_head_lines(taken.lines_end); !read) return refuse(read.error());
  if (taken.over_limit) {
    if (section_.unread() == 0)
      return refuse({ErrorKind::TargetTooLong, "the start line is too long"});
    return refuse({ErrorKind::HeadTooLarge, "the head is too large"});
  }
  if (taken.ended) {
    if (const auto done = finish_head(); !done) return refuse(done.error());
    begin_body();
  }
  return taken.consumed;
}

Checked<void> Http1Parser::read_head_lines(std::size_t lines_end) {
  while (section_.unread() < lines_end) {
    const std::size_t start = section_.unread();
    if (start == 0) {
      const auto end = read_start_line();
      if (!end) return std::unexpected(end.error());
      section_.advance_to(*end);
    } else if (is_empty_line(head_->text, start)) {
      section_.advance_to(lines_end);
    } else {
      const auto line = read_field_line(head_->text, start);
      if (!line) return std::unexpected(line.error());
      if (head_->fields.size() >= limits_.max_fields) {
        return std::unexpected(Fault{ErrorKind::HeadTooLarge, "too many header fields"});
      }
      head_->fields.add(line->span);
      section_.advance_to(line->end);
    }
  }
  return {};
}

void Http1Parser::begin_body() {
  framing_ = head_->framing;
  remaining_ = framing_ == BodyFraming::ContentLength ? head_->content_length : 0;
  const bool no_body =
      framing_ == BodyFraming::None || (framing_ == BodyFraming::ContentLength && remaining_ == 0);
  phase_ = no_body ? Phase::Complete : Phase::Body;
  chunks_.begin();
  section_.begin();
}

Result<BodyProgress> Http1Parser::feed_body(std::string_view input,
                                            std::vector<std::string_view>& pieces) {
  FG_ASSERT(phase_ != Phase::Head);
  if (failed_) return refuse({malformed_, "the message was refused before"});
  if (phase_ == Phase::Complete) return BodyProgress{.consumed = 0, .complete = true};
  if (input.empty()) return BodyProgress{};
  if (framing_ == BodyFraming::Chunked) {
    const auto progress = feed_chunked(input, pieces);
    if (!progress) return refuse(progress.error());
    return *progress;
  }
  if (framing_ == BodyFraming::UntilClose) {
    pieces.push_back(input);
    return BodyProgress{.consumed = input.size()};
  }
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  pieces.push_back(input.substr(0, length));
  remaining_ -= length;
  if (remaining_ == 0) phase_ = Phase::Complete;
  return BodyProgress{.consumed = length, .complete = remaining_ == 0};
}

Checked<BodyProgress> Http1Parser::feed_chunked(std::string_view input,
                                                std::vector<std::string_view>& pieces) {
  BodyProgress progress;
  if (phase_ == Phase::Body) {
    const auto step = chunks_.feed(input, pieces);
    if (!step) return std::unexpected(step.error());
    progress.consumed = step->consumed;
    if (step->last_chunk) phase_ = Phase::Trailers;
  }
  if (phase_ == Phase::Trailers) {
    const auto consumed = feed_trailers(input.substr(progress.consumed));
    if (!consumed) return std::unexpected(consumed.error());
    progress.consumed += *consumed;
  }
  progress.complete = phase_ == Phase::Complete;
  return progress;
}

Checked<std::size_t> Http1Parser::feed_trailers(std::string_view input) {
  const auto taken = section_.take(trailers_, input, limits_.max_head_bytes);
  if (const auto read = read_trailer_lines(taken.lines_end); !read) {
    return std::unexpected(read.error());
  }
  if (taken.over_limit) return malformed("the trailer section is too large");
  return taken.consumed;
}

Checked<void> Http1Parser::read_trailer_lines(std::size_t lines_end) {
  while (section_.unread() < lines_end) {
    const std::size_t start = section_.unread();
    if (is_empty_line(trailers_, start)) {
      trailers_.resize(start);
      keep_trailer_fields();
      phase_ = Phase::Complete;
      return {};
    }
    const auto line = read_field_line(trailers_, start);
    if (!line) return std::unexpected(line.error());
    if (++trailer_fields_ > limits_.max_fields) return malformed("too many trailer fields");
    section_.advance_to(line->end);
  }
  return {};
}

void Http1Parser::keep_trailer_fields() {
  std::size_t kept = 0;
  for (std::size_t start = 0; start < trailers_.size();) {
    const auto line = read_field_line(trailers_, start);
    FG_ASSERT(line.has_value());
    const std::string_view text = trailers_;
    const FieldList::Span& span = line->span;
    const std::size_t length = line->end - start;
    if (is_trailer_field(text.substr(span.name_offset, span.name_length), span.id)) {
      // Lines only move towards the front, over bytes that were read already.
      std::copy_n(trailers_.begin() + static_cast<std::ptrdiff_t>(start), length,
                  trailers_.begin() + static_cast<std::ptrdiff_t>(kept));
      kept += length;
    }
    start += length;
  }
  trailers_.resize(kept);
}

Result<void> Http1Parser::finish() {
  if (failed_) return refuse({malformed_, "the message was refused before"});
  if (phase_ == Phase::Complete) return {};
  if (phase_ == Phase::Body && framing_ == BodyFraming::UntilClose) {
    phase_ = Phase::Complete;
    return {};
  }
  failed_ = true;
  if (malformed_ == ErrorKind::Malformed) return fail(malformed_, "the request is cut off");
  return fail(ErrorKind::UpstreamReset,
              "the upstream closed the connection before its answer was whole",
              RetrySafety::IfIdempotent);
}

Http1RequestParser::Http1RequestParser(ParserLimits limits)
    : Http1Parser(limits, ErrorKind::Malformed) {}

void Http1RequestParser::begin(RequestHead& head) {
  head.clear();
  skipped_ = 0;
  begin_head(head);
}

Result<std::size_t> Http1RequestParser::feed_head(std::string_view input) {
  std::size_t skipped = 0;
  if (!has_begun()) {
    const auto empty_lines = skip_empty_lines(input);
    if (!empty_lines) return refuse(empty_lines.error());
    skipped = *empty_lines;
  }
  auto consumed = feed_head_bytes(input.substr(skipped));
  if (consumed) *consumed += skipped;
  return consumed;
}

Checked<std::size_t> Http1RequestParser::skip_empty_lines(std::string_view input) {
  std::size_t at = 0;
  for (; at < input.size(); ++at) {
    const bool after_return = skipped_ % 2 == 1;
    if (!after_return && input[at] != '\r') break;
    if (after_return && input[at] != '\n') return malformed("a bare CR before the request line");
    if (++skipped_ > kMaxSkippedBytes)
      return malformed("too many empty lines before the request line");
  }
  return at;
}

Checked<std::size_t> Http1RequestParser::read_start_line() {
  return read_request_line(request());
}

Checked<void> Http1RequestParser::finish_head() {
  if (const auto host = check_host(request()); !host) return host;
  const auto declared = read_declared_body(request());
  if (!declared) return std::unexpected(declared.error());
  if (const auto same = confirm_by_llhttp(request(), *declared); !same) return same;
  frame_request(request(), *declared);
  return read_connection_options(request());
}

Http1ResponseParser::Http1ResponseParser(ParserLimits limits)
    : Http1Parser(limits, ErrorKind::UpstreamMalformed) {}

void Http1ResponseParser::begin(ResponseHead& head, Method request_method) {
  head.clear();
  request_method_ = request_method;
  begin_head(head);
}

Result<std::size_t> Http1ResponseParser::feed_head(std::string_view input) {
  return feed_head_bytes(input);
}

Checked<std::size_t> Http1ResponseParser::read_start_line() {
  return read_status_line(response());
}

Checked<void> Http1ResponseParser::finish_head() {
  const auto declared = read_declared_body(response());
  if (!declared) return std::unexpected(declared.error());
  if (const auto same = confirm_by_llhttp(response(), *declared); !same) return same;
  if (const auto framed = frame_response(response(), *declared, request_method_); !framed)
    return framed;
  read_connection_options(response());
  return {};
}

}  // namespace fastgate::http
