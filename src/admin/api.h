/// What the calls of the admin API are given and give back.
///
/// A Call owns all its texts, for it is made on a worker's loop and answered on a job lane. Values;
/// each belongs to one call.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/query.h"
#include "base/clock.h"
#include "base/ip_address.h"
#include "base/sha256.h"
#include "gateway/reply.h"
#include "http/message.h"
#include "proxy/local_service.h"
#include "record/exchange_record.h"

namespace fastgate::json {
class JsonWriter;
}

namespace fastgate::admin {

/// What a caller may do; each role may do all that the one before it may.
enum class Role : std::uint8_t {
  None,      ///< nobody in particular: the pages' own files, logging in
  Viewer,    ///< reads
  Operator,  ///< writes, but no keys
  Admin,
};
[[nodiscard]] std::string_view name_of(Role role);

/// Who calls.
struct Caller {
  std::string name;
  Role role = Role::None;
  IpAddress client;
  Sha256 token_sha256{};   ///< of the token that was used, or that opened the session
  std::string csrf_token;  ///< of a session
  std::string cookie;      ///< of a session
};

/// What is wrong with one field of what the caller sent. Contract section 6.
struct FieldError {
  std::string field{};  ///< `match_headers.X-Team`; empty: the whole
  std::string message{};
  std::string file{};
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct ApiError {
  std::uint16_t status = 500;
  std::string code;  ///< in snake_case
  std::string message;
  std::vector<FieldError> errors;  ///< of 422
  std::vector<std::pair<std::string, std::string>> headers;
};

[[nodiscard]] std::unexpected<ApiError> refuse(std::uint16_t status, std::string code,
                                               std::string message);
/// 422 that names a field.
[[nodiscard]] std::unexpected<ApiError> refuse_field(std::string field, std::string message);
/// An Error of a deeper layer: its kind gives the status.
[[nodiscard]] std::unexpected<ApiError> refuse(const Error& error);
[[nodiscard]] gateway::Reply reply_of(const ApiError& error, std::string_view request_id);
/// The members that each refusal has, `detail`, `error` and `request_id`, into an object that is
/// open.
void append_refusal(json::JsonWriter& json, const ApiError& error, std::string_view request_id);

/// One call.
struct Call {
  http::Method method = http::Method::Get;
  std::string path;                   ///< below admin.path, decoded: `/keys/fg_0123`
  std::vector<std::string> captures;  ///< what the pattern's `{…}` took
  Query query;
  std::string query_text;  ///< as it came
  std::string body;
  std::string if_match;
  std::string if_none_match;
  std::string accept_encoding;
  std::string request_id;
  std::string admin_path;  ///< `/admin`
  bool is_https = false;
  Caller caller;
  WallTime now{};
};

/// A body that is made piece by piece, on the lane that the call runs on.
class PieceSource {
 public:
  virtual ~PieceSource() = default;
  [[nodiscard]] virtual proxy::LocalPiece next() = 0;
};

struct ApiReply;
using Answer = std::expected<ApiReply, ApiError>;

/// What is left to do of a call that takes long, so that calls which came meanwhile go first.
class FurtherWork {
 public:
  virtual ~FurtherWork() = default;
  /// The next part of it, on the lane that the call runs on.
  [[nodiscard]] virtual Answer next() = 0;
};

/// What has to go on on the worker's loop: gives its reply to `done` in a later turn, unless the
/// returned call is destroyed before.
using LoopWork = std::function<std::unique_ptr<proxy::LocalCall>(
    proxy::WorkerContext& worker, std::function<void(gateway::Reply)> done)>;

struct ApiReply {
  gateway::Reply reply;
  std::shared_ptr<PieceSource> pieces{};   ///< the body, if it follows
  LoopWork loop_work{};                    ///< if set, it gives the reply
  std::shared_ptr<FurtherWork> further{};  ///< likewise
  /// Who turned out to call, where the request's head did not tell (a login).
  std::optional<record::AdminCaller> caller{};
};

/// 200 with a JSON text.
[[nodiscard]] ApiReply json_reply(std::string body, std::uint16_t status = 200);
/// The same with an ETag; 304 if the caller has it already.
[[nodiscard]] ApiReply tagged_reply(const Call& call, std::string body, std::string_view tag);
/// A strong ETag of a text, with its quotes.
[[nodiscard]] std::string tag_of(std::string_view text);
/// Whether a list of ETags (If-Match, If-None-Match) names this one, or is `*`.
[[nodiscard]] bool names_tag(std::string_view list, std::string_view tag);

}  // namespace fastgate::admin
