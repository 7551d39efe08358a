/// The head of a request and of a response as values.
///
/// Each owns the raw text of its head and offsets into it, so that forwarding keeps every name and
/// value as it came. Owned by an exchange and reused for the next one (capacities stay); filled by
/// http1_parser. Single-threaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/fields.h"

namespace fastgate::http {

/// The methods that the gateway tells apart; any other token is Other and is forwarded by its name.
enum class Method : std::uint8_t {
  Other,
  Get,
  Head,
  Post,
  Put,
  Delete,
  Connect,
  Options,
  Trace,
  Patch
};

/// Case-sensitive (RFC 9110 section 9.1).
[[nodiscard]] Method method_of(std::string_view name);
/// RFC 9110 section 9.2.2: GET, HEAD, PUT, DELETE, OPTIONS, TRACE.
[[nodiscard]] bool is_idempotent(Method method);

/// How the end of a body is told (RFC 9112 section 6).
enum class BodyFraming : std::uint8_t {
  None,           ///< there is no body
  ContentLength,  ///< `content_length` bytes
  Chunked,        ///< chunks until the last one, then trailers
  UntilClose,     ///< responses only: ends with the connection
};

/// What a request and a response head share.
struct Head {
  std::string text;  ///< the raw head, start line to the empty line
  FieldList fields;
  std::uint64_t content_length = 0;  ///< meaningful with BodyFraming::ContentLength
  BodyFraming framing = BodyFraming::None;
  std::uint8_t minor_version = 1;  ///< 0 or 1 of HTTP/1.x
  bool keep_alive = true;          ///< what version and Connection say (RFC 9112 section 9.3)
  bool upgrade =
      false;  ///< request: Connection names `upgrade` and Upgrade is there; response: status 101

  [[nodiscard]] std::optional<std::string_view> find(FieldId id) const {
    return fields.find(text, id);
  }
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
    return fields.find(text, name);
  }
  [[nodiscard]] Field field(std::size_t index) const { return fields.at(text, index); }
};

struct RequestHead : Head {
  std::uint32_t method_length = 0;  ///< the method's name stands at the start of `text`
  std::uint32_t target_offset = 0;
  std::uint32_t target_length = 0;
  Method method = Method::Other;
  bool expects_continue = false;  ///< `Expect: 100-continue` on HTTP/1.1 (RFC 9110 section 10.1.1)

  [[nodiscard]] std::string_view method_name() const {
    return std::string_view(text).substr(0, method_length);
  }
  [[nodiscard]] std::string_view target() const {
    return std::string_view(text).substr(target_offset, target_length);
  }
  void clear();
};

struct ResponseHead : Head {
  std::uint32_t reason_offset = 0;
  std::uint32_t reason_length = 0;
  std::uint16_t status = 0;

  [[nodiscard]] std::string_view reason() const {
    return std::string_view(text).substr(reason_offset, reason_length);
  }
  [[nodiscard]] bool is_interim() const { return status >= 100 && status < 200 && status != 101; }
  void clear();
};

}  // namespace fastgate::http
