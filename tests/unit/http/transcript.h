/// Feeds bytes to a parser in pieces and writes down, as one line of text, everything it said. Two
/// runs agree exactly if their lines do. Shared by the unit tests and the fuzz targets.
///
/// A message is its start line's parts, then flags, then `length:N=` or `chunked=` or
/// `until_close=` with the payload and ` trailers=` with the trailer lines; messages are joined by
/// ` | `. An error is the status it leads to, a message that is cut off is `cut`, bytes behind an
/// upgrade are `tunnel=`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/http1_parser.h"

namespace fastgate::http::testing {

/// Gives the length of the next piece, at least 1.
using NextPiece = std::function<std::size_t()>;

inline NextPiece whole() {
  return [] { return std::string::npos; };
}
inline NextPiece pieces_of(std::size_t length) {
  return [length] { return length; };
}
/// Pieces of 1 to `longest` bytes by a fixed sequence (xorshift).
inline NextPiece random_pieces(std::uint64_t seed, std::size_t longest) {
  return [state = seed * 2 + 1, longest]() mutable {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<std::size_t>(state % longest + 1);
  };
}

inline std::string status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Malformed:
      return "400";
    case ErrorKind::TargetTooLong:
      return "414";
    case ErrorKind::ExpectationFailed:
      return "417";
    case ErrorKind::HeadTooLarge:
      return "431";
    case ErrorKind::NotImplemented:
      return "501";
    case ErrorKind::UpstreamMalformed:
      return "502";
    case ErrorKind::UpstreamReset:
      return "cut";
    case ErrorKind::VersionNotSupported:
      return "505";
    default:
      return "an error of another kind";
  }
}

inline void append_head(std::string& out, const Head& head) {
  if (head.minor_version == 0) out += " 1.0";
  if (!head.keep_alive) out += " close";
  if (head.upgrade) out += " upgrade";
  switch (head.framing) {
    case BodyFraming::None:
      break;
    case BodyFraming::ContentLength:
      out += " length:" + std::to_string(head.content_length) + "=";
      break;
    case BodyFraming::Chunked:
      out += " chunked=";
      break;
    case BodyFraming::UntilClose:
      out += " until_close=";
      break;
  }
}

inline std::string start_of(const RequestHead& head) {
  std::string out(head.method_name());
  out.append(1, ' ').append(head.target());
  if (head.expects_continue) out += " continue";
  append_head(out, head);
  return out;
}

inline std::string start_of(const ResponseHead& head) {
  std::string out = std::to_string(head.status);
  if (head.reason_length > 0) out.append(1, ' ').append(head.reason());
  append_head(out, head);
  return out;
}

/// How one direction begins its messages and checks a complete head.
template <class Parser, class HeadType>
struct Direction {
  Parser parser;
  HeadType head{};
  std::function<void(Parser&, HeadType&)> begin;
  std::function<void(const HeadType&)> on_head = [](const HeadType&) {};
};

template <class Parser, class HeadType>
class Reader {
 public:
  explicit Reader(Direction<Parser, HeadType>& direction)
      : parser_(direction.parser), direction_(direction) {}

  std::string read(std::string_view bytes, const NextPiece& next) {
    direction_.begin(parser_, direction_.head);
    while (!bytes.empty() && !failed_) {
      // A copy of just this size, so that a read beyond the piece is found by the sanitizer.
      const std::vector<char> piece(
          bytes.begin(),
          bytes.begin() + static_cast<std::ptrdiff_t>(std::min(next(), bytes.size())));
      feed({piece.data(), piece.size()});
      bytes.remove_prefix(piece.size());
    }
    if (!failed_ && !tunnel_) end();
    return text_;
  }

 private:
  void feed(std::string_view input) {
    while (!input.empty() && !failed_) {
      if (tunnel_) {
        text_ += input;
        return;
      }
      input.remove_prefix(parser_.head_complete() ? feed_body(input) : feed_head(input));
      if (!failed_ && parser_.message_complete()) end_message();
    }
  }

  std::size_t feed_head(std::string_view input) {
    const auto consumed = parser_.feed_head(input);
    if (!consumed) return fail_with(consumed.error());
    if (!parser_.head_complete()) return *consumed;
    if (!text_.empty()) text_ += " | ";
    text_ += start_of(direction_.head);
    direction_.on_head(direction_.head);
    return *consumed;
  }

  std::size_t feed_body(std::string_view input) {
    std::vector<std::string_view> pieces;
    const auto progress = parser_.feed_body(input, pieces);
    for (const std::string_view piece : pieces) text_ += piece;
    return progress ? progress->consumed : fail_with(progress.error());
  }

  void end_message() {
    if (!parser_.trailers().empty()) text_.append(" trailers=").append(parser_.trailers());
    if (direction_.head.upgrade) {
      tunnel_ = true;
      text_ += " tunnel=";
    } else {
      direction_.begin(parser_, direction_.head);
    }
  }

  void end() {
    if (!parser_.has_begun()) return;
    if (const auto finished = parser_.finish(); !finished) {
      text_ += text_.empty() ? "cut" : " | cut";
    }
  }

  std::size_t fail_with(const Error& error) {
    failed_ = true;
    if (!text_.empty()) text_ += " | ";
    text_ += status_of(error.kind);
    return 0;
  }

  Parser& parser_;
  Direction<Parser, HeadType>& direction_;
  std::string text_;
  bool failed_ = false;
  bool tunnel_ = false;
};

using RequestDirection = Direction<Http1RequestParser, RequestHead>;
using ResponseDirection = Direction<Http1ResponseParser, ResponseHead>;

inline std::string read_requests(
    std::string_view bytes, const NextPiece& next = whole(), ParserLimits limits = {},
    std::function<void(const RequestHead&)> on_head = [](const RequestHead&) {}) {
  RequestDirection direction{
      .parser = Http1RequestParser(limits),
      .begin = [](Http1RequestParser& parser, RequestHead& head) { parser.begin(head); },
      .on_head = std::move(on_head)};
  return Reader(direction).read(bytes, next);
}

/// All responses answer requests of `method`.
inline std::string read_responses(
    std::string_view bytes, Method method = Method::Get, const NextPiece& next = whole(),
    ParserLimits limits = {},
    std::function<void(const ResponseHead&)> on_head = [](const ResponseHead&) {}) {
  ResponseDirection direction{.parser = Http1ResponseParser(limits),
                              .begin = [method](Http1ResponseParser& parser,
                                                ResponseHead& head) { parser.begin(head, method); },
                              .on_head = std::move(on_head)};
  return Reader(direction).read(bytes, next);
}

}  // namespace fastgate::http::testing
