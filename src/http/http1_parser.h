/// HTTP/1 bytes into heads and body pieces, for both directions. llhttp is seen in its source only.
///
/// Each head is collected whole and read line by line, strictly: no bare CR or LF, folded lines,
/// white space before a colon, control characters, or empty lines ended by CR alone. Once it is
/// complete, the body's framing is worked out from the fields, llhttp reads the start line and the
/// fields that may concern it once more (llhttp_reading.h), and both must agree. Chunks have a
/// strict decoder of their own (chunked_decoder.h), and trailers take the road of a head's lines.
/// Pull style: the caller feeds bytes and looks at the result, so nothing is called back and
/// nothing can end in the middle of a call. Owned by a connection, one for a direction;
/// single-threaded. Step 2 (requests) and step 10 (responses) of the request path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/chunked_decoder.h"
#include "http/fault.h"
#include "http/line_section.h"
#include "http/message.h"

namespace fastgate::http {

struct ParserLimits {
  std::uint32_t max_head_bytes = 32 * 1024;  ///< start line and fields; also the trailer section
  std::uint32_t max_fields = 256;
};

/// What one call of feed_body found.
struct BodyProgress {
  std::size_t consumed = 0;
  bool complete = false;  ///< the message ended after `consumed` bytes
};

/// Common part of both parsers. A message is: feed_head until it is complete, then feed_body until
/// complete, then begin() for the next. After an error only begin() leads on.
/// About 100 bytes; memory beyond that only while a trailer section is read.
class Http1Parser {
 public:
  Http1Parser(const Http1Parser&) = delete;
  Http1Parser& operator=(const Http1Parser&) = delete;

  /// Feeds body bytes. Appends to `pieces` views into `input` (payload only: chunk framing is taken
  /// off). Stops at the end of the message; bytes behind it are not consumed. With
  /// BodyFraming::None it is complete at once with nothing consumed. Errors: Malformed (request) or
  /// UpstreamMalformed (response) for bad chunk framing, sizes beyond 2^63, or a trailer section
  /// that breaks the rules of a head.
  [[nodiscard]] Result<BodyProgress> feed_body(std::string_view input,
                                               std::vector<std::string_view>& pieces);

  /// The connection ended. Fine where the framing is UntilClose or the message is complete; else
  /// the message is cut off. Errors: Malformed (request), UpstreamReset (response).
  [[nodiscard]] Result<void> finish();

  /// Other limits, from the next begin() on.
  void limit(ParserLimits limits) { limits_ = limits; }

  [[nodiscard]] bool head_complete() const { return phase_ != Phase::Head && !failed_; }
  [[nodiscard]] bool message_complete() const { return phase_ == Phase::Complete && !failed_; }
  /// Whether any byte of the current message was seen (after skipping empty lines before a
  /// request).
  [[nodiscard]] bool has_begun() const { return begun_; }
  /// The trailer fields once complete, raw lines each ended by CRLF, without the ones that must not
  /// stand in trailers (framing, routing, authentication: RFC 9110 section 6.5.1); empty if none.
  [[nodiscard]] std::string_view trailers() const {
    return message_complete() ? std::string_view(trailers_) : std::string_view();
  }

 protected:
  enum class Phase : std::uint8_t { Head, Body, Trailers, Complete };

  Http1Parser(ParserLimits limits, ErrorKind malformed) : limits_(limits), malformed_(malformed) {}
  ~Http1Parser() = default;

  void begin_head(Head& head);
  [[nodiscard]] Result<std::size_t> feed_head_bytes(std::string_view input);
  /// Makes the error of this direction and refuses all further bytes of the message.
  [[nodiscard]] std::unexpected<Error> refuse(Fault fault);
  /// That begin() was given.
  [[nodiscard]] Head& head() const { return *head_; }

 private:
  /// Reads the first line of the head; gives the offset behind it.
  [[nodiscard]] virtual Checked<std::size_t> read_start_line() = 0;
  /// Checks the complete head as a whole and sets its framing and options.
  [[nodiscard]] virtual Checked<void> finish_head() = 0;

  [[nodiscard]] Checked<void> read_head_lines(std::size_t lines_end);
  [[nodiscard]] Checked<BodyProgress> feed_chunked(std::string_view input,
                                                   std::vector<std::string_view>& pieces);
  /// Reads trailer lines; gives how many bytes of `input` belong to the section.
  [[nodiscard]] Checked<std::size_t> feed_trailers(std::string_view input);
  [[nodiscard]] Checked<void> read_trailer_lines(std::size_t lines_end);
  /// Cuts lines out of the complete section that may not be passed on.
  void keep_trailer_fields();
  void begin_body();

  ParserLimits limits_;
  Head* head_ = nullptr;  ///< of the current message; used until its head is complete
  std::uint64_t remaining_ =
      0;  ///< bytes of the body still to come, with BodyFraming::ContentLength
  ChunkedDecoder chunks_;
  std::string trailers_;
  LineSection section_;               ///< the head's lines, later the trailer section's
  std::uint32_t trailer_fields_ = 0;  ///< lines of the trailer section, passed on or not
  ErrorKind malformed_;
  Phase phase_ = Phase::Complete;
  BodyFraming framing_ = BodyFraming::None;
  bool begun_ = false;
  bool failed_ = false;
};

/// Requests of one client connection, one after the other.
class Http1RequestParser final : public Http1Parser {
 public:
  explicit Http1RequestParser(ParserLimits limits);

  /// Starts a message whose head goes to `head` (cleared; must outlive the message's head phase).
  void begin(RequestHead& head);

  /// Feeds bytes of a head; returns how many were consumed: all of them while the head is
  /// incomplete, up to and including its empty line when it is complete. Up to 4 CRLFs before a
  /// request line are skipped (RFC 9112 section 2.2). Errors: Malformed, TargetTooLong,
  /// HeadTooLarge, VersionNotSupported (not HTTP/1.0 or 1.1), NotImplemented (a transfer coding
  /// other than chunked), ExpectationFailed. Checks besides the grammar: exactly one Host on
  /// HTTP/1.1 and at most one on 1.0, with a valid value; not both Transfer-Encoding and
  /// Content-Length; Transfer-Encoding exactly `chunked` and not on HTTP/1.0; Content-Length only
  /// digits and never repeated, not even with the same value; the HTTP/2 preface is refused.
  /// CONNECT is NotImplemented. Any other method that is a token of at most 32 bytes passes.
  [[nodiscard]] Result<std::size_t> feed_head(std::string_view input);

 private:
  [[nodiscard]] Checked<std::size_t> read_start_line() override;
  [[nodiscard]] Checked<void> finish_head() override;
  /// Consumes empty lines before a request line.
  [[nodiscard]] Checked<std::size_t> skip_empty_lines(std::string_view input);

  [[nodiscard]] RequestHead& request() const { return static_cast<RequestHead&>(head()); }

  std::uint8_t skipped_ = 0;  ///< bytes of empty lines so far; odd: a CR that waits for its LF
};

/// Responses of one upstream connection.
class Http1ResponseParser final : public Http1Parser {
 public:
  explicit Http1ResponseParser(ParserLimits limits);

  /// Starts a message. `request_method` tells whether a body may follow (HEAD: none).
  /// An interim response (1xx but 101) is complete after its head; call begin again for the next.
  void begin(ResponseHead& head, Method request_method);

  /// As for requests. Errors: UpstreamMalformed, also for a head beyond the limits, a status
  /// outside 100..599, Transfer-Encoding together with Content-Length or on HTTP/1.0, codings other
  /// than chunked, Content-Length fields that differ or are not plain digits (equal repeats are
  /// refused as well), and a 204 or 1xx with Transfer-Encoding or a Content-Length other than 0.
  [[nodiscard]] Result<std::size_t> feed_head(std::string_view input);

 private:
  [[nodiscard]] Checked<std::size_t> read_start_line() override;
  [[nodiscard]] Checked<void> finish_head() override;

  [[nodiscard]] ResponseHead& response() const { return static_cast<ResponseHead&>(head()); }

  Method request_method_ = Method::Other;
};

}  // namespace fastgate::http
