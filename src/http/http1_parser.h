/// HTTP/1 bytes into heads and body pieces, for both directions. llhttp is seen in its source only.
///
/// Each head is first collected whole and checked line by line for what llhttp lets through (bare CR
/// or LF, folded lines, white space before a colon, control characters, empty lines ended by CR);
/// only then llhttp reads it in one go; then the body's framing is worked out again from the fields
/// and both must agree. Chunked trailers take the same road. Pull style: the caller feeds bytes and
/// looks at the result, so nothing is called back and nothing can end in the middle of a call.
/// Owned by a connection, one for a direction; single-threaded. Step 2 (requests) and step 10
/// (responses) of the request path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/message.h"

namespace fastgate::http {

struct ParserLimits {
  std::size_t max_head_bytes = 32 * 1024;  ///< start line and fields; also the trailer section
  std::size_t max_fields = 256;
};

/// What one call of feed_body found.
struct BodyProgress {
  std::size_t consumed = 0;
  bool complete = false;  ///< the message ended after `consumed` bytes
};

/// Common part of both parsers. A message is: feed_head until it is complete, then feed_body until
/// complete, then begin() for the next.
class Http1Parser {
 public:
  Http1Parser(const Http1Parser&) = delete;
  Http1Parser& operator=(const Http1Parser&) = delete;

  /// Feeds body bytes. Appends to `pieces` views into `input` (payload only: chunk framing is taken
  /// off). Stops at the end of the message; bytes behind it are not consumed. With BodyFraming::None
  /// it is complete at once with nothing consumed.
  /// Errors: Malformed (request) or UpstreamMalformed (response) for bad chunk framing, sizes beyond
  /// 2^63, or a trailer section that breaks the rules of a head.
  [[nodiscard]] Result<BodyProgress> feed_body(std::string_view input,
                                               std::vector<std::string_view>& pieces);

  /// The connection ended. Fine where the framing is UntilClose or the message is complete; else an
  /// error (the message is cut off).
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] bool head_complete() const { return phase_ != Phase::Head; }
  [[nodiscard]] bool message_complete() const { return phase_ == Phase::Complete; }
  /// Whether any byte of the current message was seen (after skipping empty lines before a request).
  [[nodiscard]] bool has_begun() const { return begun_; }
  /// The trailer fields once complete, raw lines each ended by CRLF, without the ones that must not
  /// stand in trailers (framing, routing, authentication: RFC 9110 section 6.5.1); empty if none.
  [[nodiscard]] std::string_view trailers() const { return trailers_; }

 protected:
  enum class Phase : std::uint8_t { Head, Body, Trailers, Complete };
  // … the implementation's members: llhttp state as an opaque, in-place buffer.
};

/// Requests of one client connection, one after the other.
class Http1RequestParser : public Http1Parser {
 public:
  explicit Http1RequestParser(ParserLimits limits);

  /// Starts a message whose head goes to `head` (cleared; must outlive the message's head phase).
  void begin(RequestHead& head);

  /// Feeds bytes of a head; returns how many were consumed: all of them while the head is incomplete,
  /// up to and including its empty line when it is complete. Up to 4 CRLFs before a request line are
  /// skipped (RFC 9112 section 2.2).
  /// Errors: Malformed, TargetTooLong, HeadTooLarge, VersionNotSupported (not HTTP/1.0 or 1.1),
  /// NotImplemented (a transfer coding other than chunked), ExpectationFailed. Checks besides the
  /// grammar: exactly one Host on HTTP/1.1 and at most one on 1.0, with a valid value; not both
  /// Transfer-Encoding and Content-Length; Transfer-Encoding exactly `chunked` and not on HTTP/1.0;
  /// Content-Length only digits, repeated only with the same value... and then refused as well;
  /// the HTTP/2 preface is refused.
  [[nodiscard]] Result<std::size_t> feed_head(std::string_view input);
};

/// Responses of one upstream connection.
class Http1ResponseParser : public Http1Parser {
 public:
  explicit Http1ResponseParser(ParserLimits limits);

  /// Starts a message. `request_method` tells whether a body may follow (HEAD: none).
  /// An interim response (1xx but 101) is complete after its head; call begin again for the next.
  void begin(ResponseHead& head, Method request_method);

  /// As for requests. Errors: UpstreamMalformed, also for a head beyond the limits, a status outside
  /// 100..599, Transfer-Encoding together with Content-Length or on HTTP/1.0, codings other than
  /// chunked, Content-Length fields that differ or are not plain digits (equal repeats are refused
  /// as well), and a 204 or 1xx with Transfer-Encoding.
  [[nodiscard]] Result<std::size_t> feed_head(std::string_view input);
};

}  // namespace fastgate::http
