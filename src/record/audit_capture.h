/// What a route's `audit` keeps of an exchange beyond its row: header fields and bodies.
///
/// A member of an exchange whose route asks for it; the audit feed appends the parts to its batch.
/// Single-threaded. Bounded by the route's own limits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/model.h"
#include "http/event_reader.h"
#include "http/message.h"
#include "json/document.h"
#include "record/message_merge.h"

namespace fastgate::record {

/// A body as far as it is kept.
class CapturedBody {
 public:
  void begin(std::size_t most);
  void add(std::string_view bytes);
  [[nodiscard]] bool is_on() const { return most_ != 0; }
  /// Appends the text, cut between two characters; of what is no UTF-8 text a marker that tells
  /// size and type. Nothing for an empty body.
  void append_to(std::string& out, std::string_view content_type) const;
  void drop();

 private:
  std::size_t most_ = 0;
  std::uint64_t size_ = 0;  ///< of all that was added
  std::string kept_;
};

class AuditCapture {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  /// Begins anew: the exchange came to (another) route. `secret_fields` are names, in any case,
  /// whose values are masked beside those that are secrets by their name.
  void begin(const config::AuditConfig& parts, std::vector<std::string_view> secret_fields);

  void add_request(std::string_view bytes) { request_.add(bytes); }

  /// How the answer's body is kept; before add_response().
  enum class Answer : std::uint8_t {
    Plain,
    Events,  ///< a text/event-stream: its merged message, if it has one
    Tunnel,  ///< nothing is kept
  };
  /// `parser` is for events; it must outlive the exchange.
  void begin_response(Answer answer, json::DocumentParser& parser);
  void add_response(std::span<const std::string_view> pieces);
  /// The answer is one of the gateway's own, without an upstream's head.
  void reply(std::string_view content_type, const Fields& fields, std::string_view body);

  /// Each appends its part to `out`; nothing where it was not asked for.
  void append_request_headers(std::string& out, const http::Head& head) const;
  void append_request_body(std::string& out, const http::Head& head) const;
  void append_response_headers(std::string& out, const http::Head* head) const;
  void append_response_body(std::string& out, const http::Head* head) const;

 private:
  struct Events {
    http::EventReader reader;
    MessageMerge merge;
  };
  [[nodiscard]] bool is_secret(std::string_view name) const;
  [[nodiscard]] std::string_view shown(std::string_view name, std::string_view value,
                                       std::string& scratch) const;
  void append_fields(std::string& out, const http::Head& head) const;

  config::AuditConfig parts_;
  std::vector<std::string_view> secret_fields_;
  CapturedBody request_;
  CapturedBody response_;
  std::optional<Events> events_;
  bool is_tunnel_ = false;
  std::string reply_headers_;  ///< JSON; of an answer of our own
  std::string reply_type_;
};

}  // namespace fastgate::record
