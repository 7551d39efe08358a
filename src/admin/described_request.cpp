#include "admin/described_request.h"

#include "admin/call_body.h"
#include "http/fields.h"
#include "json/value.h"

namespace fastgate::admin {
namespace {

std::expected<void, ApiError> read_text(json::ValueView given, std::string_view name,
                                        std::string& out) {
  const auto value = given.find(name);
  if (!value || value->is(json::Kind::Null)) return {};
  if (!value->is(json::Kind::String)) return refuse_field(std::string(name), "must be a text");
  out = value->string();
  return {};
}

std::expected<void, ApiError> read_headers(json::ValueView given, gateway::DryRequest& request) {
  const auto headers = given.find("headers");
  if (!headers || headers->is(json::Kind::Null)) return {};
  if (!headers->is(json::Kind::Object)) return refuse_field("headers", "must be an object");
  for (const json::Member& header : headers->members()) {
    const std::string field = "headers." + std::string(header.name);
    if (!header.value.is(json::Kind::String)) return refuse_field(field, "must be a text");
    if (!http::is_field_name(header.name) || !http::is_field_value(header.value.string())) {
      return refuse_field(field, "cannot be sent as a header field");
    }
    request.headers.emplace_back(header.name, header.value.string());
  }
  return {};
}

}  // namespace

std::expected<void, ApiError> read_request(json::ValueView given, const gateway::Snapshot& snapshot,
                                           gateway::DryRequest& request) {
  if (auto known = check_members(given, {"method", "path", "url", "headers", "body", "key_id"});
      !known) {
    return known;
  }
  if (auto read = read_text(given, "method", request.method); !read) return read;
  if (auto read = read_text(given, "path", request.url); !read) return read;
  if (auto read = read_text(given, "url", request.url); !read) return read;
  if (auto read = read_headers(given, request); !read) return read;
  if (const auto body = given.find("body"); body && !body->is(json::Kind::Null)) {
    const bool is_text = body->is(json::Kind::String);
    request.body = is_text ? std::string(body->string()) : json::to_json(*body);
  }
  std::string key_id;
  if (auto read = read_text(given, "key_id", key_id); !read) return read;
  if (!key_id.empty()) {
    request.key = snapshot.keys.find_id(key_id);
    if (request.key == nullptr) return refuse_field("key_id", "is no key's id");
  }
  return {};
}

}  // namespace fastgate::admin
